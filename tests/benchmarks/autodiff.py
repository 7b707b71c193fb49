"""What K ops cost: custom layers and losses, an op on the tape and in a graph, PyTorch.

    python tests/benchmarks/autodiff.py --peer torch=PYTHON

custom: train_on_batch of 20-64-64-10 (dropout 0.5, batch 128, SGD with Nesterov
momentum, accuracy) with built-in parts, and with the same layer or loss written with K
ops; aim: at most twice the time. chain: 50 elementwise ops forward and backward on
128 x 64, with PyTorch eager beside. overhead: the same chain on 2 x 2: plain calls of
forward and backward, on the tape, in a graph; aim: at most 3 microseconds an op.
"""

import os
import statistics
import sys

import numpy as np
import side_by_side

OPS = 50


def custom(layer_kind="built-in", loss_kind="built-in"):
    def make():
        from minikeras import models, optimizers
        from minikeras.layers import Dense, Dropout

        custom_dense, custom_loss = parts_with_k_ops()
        dense = custom_dense if layer_kind == "K ops" else Dense
        loss = custom_loss if loss_kind == "K ops" else "categorical_crossentropy"
        model = models.Sequential()
        for units in (64, 64):
            shape = {} if model.layers else {"input_shape": (20,)}
            model.add(dense(units, activation="relu", **shape))
            model.add(Dropout(0.5))
        model.add(dense(10, activation="softmax"))
        sgd = optimizers.SGD(0.01, momentum=0.9, nesterov=True)
        model.compile(sgd, loss, ["accuracy"])
        random = np.random.RandomState(0)
        x = random.rand(128, 20).astype("float32")
        y = np.eye(10, dtype="float32")[random.randint(10, size=128)]
        return lambda: model.train_on_batch(x, y)

    return make


def parts_with_k_ops():
    """Dense and categorical cross-entropy as users write them."""
    from minikeras import activations
    from minikeras import backend as K
    from minikeras.layers import Layer

    class CustomDense(Layer):
        def __init__(self, units, activation=None, **kwargs):
            super().__init__(**kwargs)
            self.units, self.activation = units, activations.get(activation)

        def build(self, input_shape):
            self.kernel = self.add_weight("kernel", (input_shape[-1], self.units))
            self.bias = self.add_weight("bias", (self.units,), initializer="zeros")
            super().build(input_shape)

        def call(self, x):
            return self.activation(K.dot(x, self.kernel) + self.bias)

        def compute_output_shape(self, input_shape):
            return (*input_shape[:-1], self.units)

    def custom_loss(y_true, y_pred):
        y_pred = K.clip(y_pred, K.epsilon(), 1 - K.epsilon())
        return -K.sum(y_true * K.log(y_pred), axis=-1)

    return CustomDense, custom_loss


def chain(x, tanh):
    for _ in range(OPS // 2):
        x = tanh(x) * 0.99
    return x


def minikeras_chain(shape, way="tape"):
    def make():
        from minikeras import backend as K
        from minikeras.backend.graph import Graph

        x = np.random.RandomState(0).standard_normal(shape).astype("float32")
        dy = np.ones_like(x)
        placeholder = K.placeholder(shape)
        graph = Graph([placeholder], [chain(placeholder, K.tanh)])

        def on_tape():
            y, backward = K.differentiate(lambda x: chain(x, K.tanh), x)
            return backward(dy)

        def in_graph():
            y, backward = graph.forward([x])
            return backward([dy])

        def plain():
            value, backwards = x, []
            for _ in range(OPS // 2):
                value, first = K.tanh.forward(value)
                value, second = K.multiply.forward(value, 0.99)
                backwards += [first, second]
            gradient = dy
            for backward in reversed(backwards):
                gradient = backward(gradient)
                gradient = gradient[0] if type(gradient) is tuple else gradient
            return gradient

        return {"tape": on_tape, "graph": in_graph, "plain": plain}[way]

    return make


def torch_chain():
    import torch

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    x = torch.randn(128, 64, requires_grad=True)
    dy = torch.ones_like(x)

    def step():
        x.grad = None
        chain(x, torch.tanh).backward(dy)

    return step


# The first player is what the others are compared with.
WORKLOADS = {
    "custom layer and loss": {
        "minikeras": custom(),
        "minikeras custom loss": custom(loss_kind="K ops"),
        "minikeras custom layer": custom(layer_kind="K ops"),
        "minikeras both": custom("K ops", "K ops"),
    },
    "chain of 50 on 128 x 64": {
        "minikeras": minikeras_chain((128, 64)),
        "minikeras graph": minikeras_chain((128, 64), "graph"),
        "torch": torch_chain,
    },
    "overhead of 50 on 2 x 2": {
        "minikeras": minikeras_chain((2, 2), "plain"),
        "minikeras tape": minikeras_chain((2, 2), "tape"),
        "minikeras graph": minikeras_chain((2, 2), "graph"),
    },
}


def main():
    options = side_by_side.arguments()
    if options.serve:
        return side_by_side.serve(WORKLOADS[options.only][options.serve])
    pythons = dict(peer.split("=", 1) for peer in options.peer)
    pythons["minikeras"] = sys.executable
    for name, players in WORKLOADS.items():
        if options.only in (None, name):
            here = {
                p: pythons[p.split()[0]] for p in players if p.split()[0] in pythons
            }
            report(name, side_by_side.measure(name, here, options.rounds))


def report(name, times):
    """Median of each player, beside the first one; for an op of a chain, too."""
    medians = {player: statistics.median(each) for player, each in times.items()}
    first = next(iter(medians.values()))
    for player, median in medians.items():
        line = f"{name:26}{player:24}{1e3 * median:9.3f} ms{median / first:7.2f} x"
        if "50" in name:
            line += f"{1e6 * (median - first) / OPS:+9.2f} us an op"
        print(line)


if __name__ == "__main__":
    sys.exit(main())
