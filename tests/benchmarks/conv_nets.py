"""Training steps and predictions of convolutional nets, beside PyTorch and Keras 3.

    python tests/benchmarks/conv_nets.py --peer torch=PYTHON --peer keras3=PYTHON

float32, 2 threads. Aims, as ratios to the best peer: 1.1 for each net, 1.4 in the
geometric mean of all. Beside each stand GFLOP/s, and their share of what a large matrix
product reaches in the same run; Winograd's algorithm does fewer operations than are
counted, and may pass 100 %. `convolutions.py` has the single shapes.
"""

import os
import sys

import numpy as np
import side_by_side

# A net is a list of (layer, arguments); convolutions have a relu unless told otherwise.
NETS = {
    "mnist": {
        "input": (28, 28, 1), "batch": 128, "optimizer": "Adadelta", "classes": 10,
        "layers": [
            ("conv", 32, 3, "valid"), ("conv", 64, 3, "valid"), ("pool", 2, 2),
            ("dropout", 0.25), ("flatten",), ("dense", 128), ("dropout", 0.5),
        ],
    },
    "vgg-like": {
        "input": (100, 100, 3), "batch": 32, "optimizer": "SGD", "classes": 10,
        "layers": [
            ("conv", 32, 3, "valid"), ("conv", 32, 3, "valid"), ("pool", 2, 2),
            ("dropout", 0.25), ("conv", 64, 3, "valid"), ("conv", 64, 3, "valid"),
            ("pool", 2, 2), ("dropout", 0.25), ("flatten",), ("dense", 256),
            ("dropout", 0.5),
        ],
    },
    "cifar-10": {
        "input": (32, 32, 3), "batch": 32, "optimizer": "RMSprop", "classes": 10,
        "layers": [
            ("conv", 32, 3, "same"), ("conv", 32, 3, "valid"), ("pool", 2, 2),
            ("dropout", 0.25), ("conv", 64, 3, "same"), ("conv", 64, 3, "valid"),
            ("pool", 2, 2), ("dropout", 0.25), ("flatten",), ("dense", 512),
            ("dropout", 0.5),
        ],
    },
    "conv-batchnorm-relu": {
        "input": (32, 32, 3), "batch": 64, "optimizer": "Adam", "classes": 10,
        "layers": 3 * [("linear_conv", 32, 3, "same"), ("norm",), ("relu",)]
        + [("global_pool",)],
    },
    "alexnet": {
        "input": (227, 227, 3), "batch": 8, "optimizer": "SGD", "classes": 100,
        "layers": [
            ("conv", 96, 11, "valid", 4), ("pool", 3, 2), ("conv", 256, 5, "same"),
            ("pool", 3, 2), ("conv", 384, 3, "same"), ("conv", 384, 3, "same"),
            ("conv", 256, 3, "same"), ("pool", 3, 2), ("flatten",), ("dense", 1024),
            ("dropout", 0.5), ("dense", 1024), ("dropout", 0.5),
        ],
    },
    "separable": {
        "input": (32, 32, 3), "batch": 32, "optimizer": "Adam", "classes": 10,
        "layers": [
            ("conv", 32, 3, "same"), ("separable", 64, 3, "same"), ("pool", 2, 2),
            ("separable", 128, 3, "same"), ("pool", 2, 2),
            ("separable", 128, 3, "same"), ("global_pool",),
        ],
    },
    "conv1d": {
        "input": (100, 100), "batch": 16, "optimizer": "RMSprop", "classes": 2,
        "layers": [
            ("conv", 64, 3, "valid"), ("conv", 64, 3, "valid"), ("pool", 3, 3),
            ("conv", 128, 3, "valid"), ("conv", 128, 3, "valid"), ("global_pool",),
            ("dropout", 0.5),
        ],
    },
}  # fmt: skip


def data(net):
    random = np.random.RandomState(0)
    x = random.rand(net["batch"], *net["input"]).astype("float32")
    return x, random.randint(net["classes"], size=net["batch"])


# ---- Keras: this library and its peer ------------------------------------------------


def keras_layer(layers, rank, kind, *args):
    def of_rank(name):
        return getattr(layers, f"{name}{rank}D")

    if kind == "conv":
        filters, size, padding, *strides = args
        options = {"padding": padding, "strides": strides[0] if strides else 1}
        return of_rank("Conv")(filters, size, activation="relu", **options)
    if kind == "linear_conv":
        return of_rank("Conv")(*args[:2], padding=args[2])
    if kind == "separable":
        filters, size, padding = args
        return of_rank("SeparableConv")(
            filters, size, padding=padding, activation="relu"
        )
    if kind == "pool":
        return of_rank("MaxPooling")(args[0], strides=args[1])
    if kind == "global_pool":
        return of_rank("GlobalAveragePooling")()
    if kind == "dense":
        return layers.Dense(args[0], activation="relu")
    simple = {"dropout": "Dropout", "flatten": "Flatten", "norm": "BatchNormalization"}
    if kind in simple:
        return getattr(layers, simple[kind])(*args)
    return layers.Activation(kind)


def keras_model(name, net):
    if name == "minikeras":
        import minikeras as keras
    else:
        import keras
    rank = len(net["input"]) - 1
    inputs = x = keras.layers.Input(net["input"])
    for layer in net["layers"]:
        x = keras_layer(keras.layers, rank, *layer)(x)
    x = keras.layers.Dense(net["classes"], activation="softmax")(x)
    model = keras.models.Model(inputs, x)
    model.compile(net["optimizer"].lower(), "categorical_crossentropy")
    return model


def keras_step(name, net):
    def make():
        model = keras_model(name, net)
        x, labels = data(net)
        y = np.eye(net["classes"], dtype="float32")[labels]
        return lambda: model.train_on_batch(x, y)

    return make


def keras_predict(name, net):
    def make():
        model = keras_model(name, net)
        x, _ = data(net)
        return lambda: model.predict_on_batch(x)

    return make


# ---- PyTorch -------------------------------------------------------------------------


def torch_layers(nn, rank, channels, kind, *args):
    """(layers, channels behind them)"""

    def of_rank(name):
        return getattr(nn, f"{name}{rank}d")

    if kind in ("conv", "linear_conv"):
        filters, size, padding, *strides = args
        stride = strides[0] if strides else 1
        conv = of_rank("Conv")(channels, filters, size, stride, padding)
        return [conv, nn.ReLU()][: 1 + (kind == "conv")], filters
    if kind == "separable":
        filters, size, padding = args
        own = of_rank("Conv")(channels, channels, size, 1, padding, groups=channels)
        return [own, of_rank("Conv")(channels, filters, 1), nn.ReLU()], filters
    if kind == "pool":
        return [of_rank("MaxPool")(*args)], channels
    if kind == "global_pool":
        return [of_rank("AdaptiveAvgPool")(1), nn.Flatten()], channels
    if kind == "dense":
        return [nn.LazyLinear(args[0]), nn.ReLU()], args[0]
    if kind == "norm":
        return [of_rank("BatchNorm")(channels)], channels
    simple = {"dropout": nn.Dropout, "flatten": nn.Flatten, "relu": nn.ReLU}
    return [simple[kind](*args)], channels


def torch_model(net, channels_last):
    import torch

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    x, labels = data(net)
    rank = x.ndim - 2
    parts, channels = [], x.shape[-1]
    for layer in net["layers"]:
        more, channels = torch_layers(torch.nn, rank, channels, *layer)
        parts += more
    model = torch.nn.Sequential(*parts, torch.nn.LazyLinear(net["classes"]))
    x = torch.from_numpy(np.ascontiguousarray(np.moveaxis(x, -1, 1)))
    model(x)  # linear layers find out their sizes
    if channels_last:
        model = model.to(memory_format=torch.channels_last)
        x = x.contiguous(memory_format=torch.channels_last)
    return torch, model, x, torch.from_numpy(labels)


def torch_step(net, channels_last=False):
    def make():
        torch, model, x, labels = torch_model(net, channels_last)
        optimizer = getattr(torch.optim, net["optimizer"])(model.parameters(), 0.001)
        loss_function = torch.nn.CrossEntropyLoss()

        def step():
            optimizer.zero_grad()
            loss = loss_function(model(x), labels)
            loss.backward()
            optimizer.step()
            return loss.item()

        return step

    return make


def torch_predict(net, channels_last=False):
    def make():
        torch, model, x, _ = torch_model(net, channels_last)
        model.eval()

        def predict():
            with torch.no_grad():
                return torch.softmax(model(x), 1).numpy()

        return predict

    return make


def workloads():
    """{name: {player: function that makes a step}}"""
    found = {}
    for name, net in NETS.items():
        for kind, keras_makes, torch_makes in (
            ("step", keras_step, torch_step),
            ("predict", keras_predict, torch_predict),
        ):
            players = {p: keras_makes(p, net) for p in ("minikeras", "keras3")}
            players["torch"] = torch_makes(net)
            if len(net["input"]) == 3:
                players["torch channels_last"] = torch_makes(net, channels_last=True)
            found[f"{name} {kind}"] = players
    return found


def operations():
    """{name: floating-point operations of a step}: those of kernels, nothing else.

    A gradient by the input and one by the kernel take what the forward pass takes; the
    first layer has none by its input.
    """
    from minikeras.engine.costs import multiply_adds

    found = {}
    for name, net in NETS.items():
        layers = [
            multiply_adds(layer) for layer in keras_model("minikeras", net).layers
        ]
        forward, first = sum(layers), next(filter(None, layers))
        found[f"{name} predict"] = 2 * net["batch"] * forward
        found[f"{name} step"] = 2 * net["batch"] * (3 * forward - first)
    return found


if __name__ == "__main__":
    # Players, who may have another Python, need not know.
    known = operations() if "--serve" not in sys.argv else None
    side_by_side.main(workloads(), target=1.1, operations=known)
