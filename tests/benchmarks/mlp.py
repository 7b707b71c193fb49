"""Training steps of two multi-layer perceptrons, beside PyTorch, Keras and
scikit-learn.

    python tests/benchmarks/mlp.py --peer torch=PYTHON --peer keras2=PYTHON \
        --peer keras3=PYTHON --peer sklearn=PYTHON

guide: 20-64-64-10, dropout 0.5, batch 128, SGD with Nesterov momentum, accuracy; by
train_on_batch, and a step of fit. wide: 784-512-512-10, dropout 0.2, batch 128,
RMSprop. Aims, as ratios to the best peer: 4, 2 and 1.3.
"""

import os

import numpy as np
import side_by_side

BATCH, STEPS = 128, 50
GUIDE = {"sizes": (20, 64, 64, 10), "rate": 0.5}
WIDE = {"sizes": (784, 512, 512, 10), "rate": 0.2}


def data(net, batches=1):
    random = np.random.RandomState(0)
    n, sizes = BATCH * batches, net["sizes"]
    x = random.rand(n, sizes[0]).astype("float32")
    labels = random.randint(sizes[-1], size=n)
    return x, np.eye(sizes[-1], dtype="float32")[labels], labels


def keras_model(keras, net):
    layers = keras.layers
    first, *hidden, last = net["sizes"]
    model = keras.models.Sequential()
    for i, units in enumerate(hidden):
        shape = {"input_shape": (first,)} if i == 0 else {}
        model.add(layers.Dense(units, activation="relu", **shape))
        model.add(layers.Dropout(net["rate"]))
    model.add(layers.Dense(last, activation="softmax"))
    if net is GUIDE:
        optimizer = keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True)
    else:
        optimizer = keras.optimizers.RMSprop(0.001)
    model.compile(
        loss="categorical_crossentropy", optimizer=optimizer, metrics=["accuracy"]
    )
    return model


def import_keras(name):
    if name == "minikeras":
        import minikeras as keras
    else:
        import keras
    return keras


def on_batch(name, net):
    def make():
        model = keras_model(import_keras(name), net)
        x, y, _ = data(net)
        return lambda: model.train_on_batch(x, y)

    return make


def in_fit(name):
    """One call trains 50 batches; `side_by_side` reports the time of all."""

    def make():
        model = keras_model(import_keras(name), GUIDE)
        x, y, _ = data(GUIDE, STEPS)
        return lambda: model.fit(x, y, batch_size=BATCH, epochs=1, verbose=0)

    return make


def torch_on_batch(net):
    def make():
        import torch

        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
        first, *hidden, last = net["sizes"]
        parts = []
        for units in hidden:
            parts += [torch.nn.Linear(first, units), torch.nn.ReLU()]
            parts += [torch.nn.Dropout(net["rate"])]
            first = units
        model = torch.nn.Sequential(*parts, torch.nn.Linear(first, last))
        if net is GUIDE:
            optimizer = torch.optim.SGD(
                model.parameters(), 0.01, momentum=0.9, nesterov=True
            )
        else:
            optimizer = torch.optim.RMSprop(model.parameters(), 0.001)
        loss_function = torch.nn.CrossEntropyLoss()
        x, _, labels = data(net)
        x, labels = torch.from_numpy(x), torch.from_numpy(labels)

        def step():
            optimizer.zero_grad()
            logits = model(x)
            loss = loss_function(logits, labels)
            loss.backward()
            optimizer.step()
            hits = (logits.argmax(1) == labels).float().mean()
            return loss.item(), hits.item()

        return step

    return make


def torch_in_fit():
    step = torch_on_batch(GUIDE)()

    def epoch():
        for _ in range(STEPS):
            step()

    return epoch


def sklearn_in_fit():
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier((64, 64), solver="sgd", batch_size=BATCH, momentum=0.9)
    x, _, labels = data(GUIDE, STEPS)
    model.partial_fit(x, labels, classes=list(range(10)))
    return lambda: model.partial_fit(x, labels)


WORKLOADS = {
    "guide train_on_batch": {
        "minikeras": on_batch("minikeras", GUIDE),
        "torch": torch_on_batch(GUIDE),
        "keras2": on_batch("keras2", GUIDE),
        "keras3": on_batch("keras3", GUIDE),
    },
    "guide fit, 50 steps": {
        "minikeras": in_fit("minikeras"),
        "torch": torch_in_fit,
        "keras2": in_fit("keras2"),
        "keras3": in_fit("keras3"),
        "sklearn": sklearn_in_fit,
    },
    "wide train_on_batch": {
        "minikeras": on_batch("minikeras", WIDE),
        "torch": torch_on_batch(WIDE),
        "keras2": on_batch("keras2", WIDE),
        "keras3": on_batch("keras3", WIDE),
    },
}
AIMS = {"guide train_on_batch": 4, "guide fit, 50 steps": 2, "wide train_on_batch": 1.3}

if __name__ == "__main__":
    side_by_side.main(WORKLOADS, AIMS)
