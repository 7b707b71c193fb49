"""Training steps of recurrent networks, beside PyTorch and Keras.

    python tests/benchmarks/recurrent.py --peer torch=PYTHON --peer keras2=PYTHON \
        --peer keras3=PYTHON

The networks of Keras's examples: sentiment of reviews (imdb, without and with dropout),
the guide's sequence classifier and its stacked and stateful LSTMs, text generation
character by character, and a bidirectional LSTM. Aim, as a ratio to the best peer: 1.2.
"""

import os

import numpy as np
import side_by_side

THREADS = int(os.environ.get("OMP_NUM_THREADS", 2))


class Net:
    """One network: a stack of recurrent layers between data and a Dense layer.

    Arguments
        batch, steps: of the data.
        units: of each recurrent layer.
        kind: 'LSTM' or 'GRU'.
        words, vector: of the Embedding; without it, inputs have `features` numbers.
        classes: 1 for a yes or no.
        optimizer: 'adam' or 'rmsprop'.
        rate, recurrent_rate: dropout inside the layers; dropout: behind them.
        stateful, both: whether states are kept, whether it reads in both directions.
    """

    def __init__(
        self,
        batch,
        steps,
        units,
        kind="LSTM",
        words=None,
        vector=None,
        features=None,
        classes=1,
        optimizer="rmsprop",
        rate=0.0,
        recurrent_rate=0.0,
        dropout=0.0,
        stateful=False,
        both=False,
    ):
        vars(self).update(locals())

    def data(self, batches=4):
        """A few batches: (x, y) pairs. Rows of one-hot vectors for characters."""
        random = np.random.RandomState(0)
        for _ in range(batches):
            n, t = self.batch, self.steps
            if self.words:
                x = random.randint(1, self.words, (n, t)).astype("int32")
            elif self.features > 50:
                x = np.eye(self.features, dtype="float32")[
                    random.randint(self.features, size=(n, t))
                ]
            else:
                x = random.rand(n, t, self.features).astype("float32")
            labels = random.randint(max(self.classes, 2), size=n)
            yield x, labels


def keras_step(name, net):
    def make():
        if name == "minikeras":
            import minikeras as keras
        else:
            import keras
        if name == "keras3":
            import tensorflow

            tensorflow.config.threading.set_intra_op_parallelism_threads(THREADS)
        if name == "keras2":
            import tensorflow

            config = tensorflow.compat.v1.ConfigProto(
                intra_op_parallelism_threads=THREADS,
                inter_op_parallelism_threads=THREADS,
            )
            session = tensorflow.compat.v1.Session(config=config)
            keras.backend.set_session(session)
        model = keras_model(keras, net, name)
        batches = []
        for x, labels in net.data():
            one_hot = np.eye(net.classes, dtype="float32")
            y = labels.astype("float32")[:, None]
            batches.append((x, y if net.classes == 1 else one_hot[labels]))
        return in_turn(model.train_on_batch, batches)

    return make


def keras_model(keras, net, name):
    layers, inputs = keras.layers, None
    if net.stateful and name == "keras3":
        shape = {"batch_shape": (net.batch, net.steps, net.features)}
        inputs = keras.Input(**shape)
    elif net.stateful:
        inputs = keras.layers.Input(batch_shape=(net.batch, net.steps, net.features))
    elif net.words:
        inputs = keras.layers.Input((net.steps,), dtype="int32")
    else:
        inputs = keras.layers.Input((net.steps, net.features))
    x = inputs
    if net.words:
        x = layers.Embedding(net.words, net.vector)(x)
    for i, units in enumerate(net.units):
        layer = getattr(layers, net.kind)(
            units,
            dropout=net.rate,
            recurrent_dropout=net.recurrent_rate,
            return_sequences=i < len(net.units) - 1,
            stateful=net.stateful,
        )
        x = (layers.Bidirectional(layer) if net.both else layer)(x)
    if net.dropout:
        x = layers.Dropout(net.dropout)(x)
    x = layers.Dense(
        net.classes, activation="sigmoid" if net.classes == 1 else "softmax"
    )(x)
    model = keras.models.Model(inputs, x)
    optimizers = {"adam": keras.optimizers.Adam, "rmsprop": keras.optimizers.RMSprop}
    loss = "binary_crossentropy" if net.classes == 1 else "categorical_crossentropy"
    model.compile(optimizers[net.optimizer](), loss)
    return model


def torch_step(net):
    def make():
        import torch

        torch.set_num_threads(THREADS)
        model = torch_model(torch, net)
        optimizers = {"adam": torch.optim.Adam, "rmsprop": torch.optim.RMSprop}
        optimizer = optimizers[net.optimizer](model.parameters(), 0.001)
        if net.classes == 1:
            loss_function = torch.nn.BCEWithLogitsLoss()
        else:
            loss_function = torch.nn.CrossEntropyLoss()
        batches = []
        for x, labels in net.data():
            x, labels = torch.from_numpy(x), torch.from_numpy(labels)
            y = labels.float()[:, None] if net.classes == 1 else labels
            batches.append((x, y))

        def step(x, y):
            optimizer.zero_grad()
            loss = loss_function(model(x), y)
            loss.backward()
            optimizer.step()
            return loss.item()

        return in_turn(step, batches)

    return make


def torch_model(torch, net):
    nn = torch.nn

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(net.words, net.vector) if net.words else None
            size, self.layers = net.vector or net.features, nn.ModuleList()
            for units in net.units:
                kind = getattr(nn, net.kind)
                options = {"batch_first": True, "bidirectional": net.both}
                self.layers.append(kind(size, units, **options))
                size = 2 * units if net.both else units
            self.drop = nn.Dropout(net.dropout)
            self.dense = nn.Linear(size, net.classes)
            self.states = [None] * len(net.units)

        def forward(self, x):
            x = x if self.embedding is None else self.embedding(x)
            for i, layer in enumerate(self.layers):
                before = self.states[i] if net.stateful else None
                x, states = layer(x, before)
                if net.stateful:
                    self.states[i] = tuple(s.detach() for s in states)
            if net.both:
                half = x.shape[-1] // 2
                x = torch.cat([x[:, -1, :half], x[:, 0, half:]], -1)
            else:
                x = x[:, -1]
            return self.dense(self.drop(x))

    return Model()


def in_turn(function, batches):
    """A step without arguments that takes one batch after the other."""
    count = 0

    def step():
        nonlocal count
        count += 1
        return function(*batches[count % len(batches)])

    return step


IMDB = {"words": 20000, "vector": 128, "optimizer": "adam"}
CHARACTERS = {"features": 57, "classes": 57}
STACK = {"features": 16, "classes": 10}
NETS = {
    "imdb lstm": Net(32, 80, [128], **IMDB),
    "imdb lstm dropout": Net(32, 80, [128], **IMDB, rate=0.2, recurrent_rate=0.2),
    "guide lstm": Net(16, 80, [128], words=1024, vector=256, dropout=0.5),
    "stacked lstm": Net(64, 8, [32] * 3, **STACK),
    "stateful stacked lstm": Net(32, 8, [32] * 3, **STACK, stateful=True),
    "character lstm": Net(128, 40, [128], **CHARACTERS),
    "character gru": Net(128, 40, [128], **CHARACTERS, kind="GRU"),
    "bidirectional lstm": Net(32, 100, [64], **IMDB, dropout=0.5, both=True),
}


def players(net):
    """PyTorch's layers have no dropout that stays the same over time."""
    made = {name: keras_step(name, net) for name in ("minikeras", "keras2", "keras3")}
    if not net.rate:
        made["torch"] = torch_step(net)
    return made


WORKLOADS = {name: players(net) for name, net in NETS.items()}

if __name__ == "__main__":
    side_by_side.main(WORKLOADS, target=1.2)
