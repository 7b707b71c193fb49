"""`python -m minikeras demo`: a network learns to read handwritten digits.

It is also an example of a whole script: data, model, training, test, picture.
"""

import argparse

import numpy as np

from minikeras.callbacks import ReduceLROnPlateau
from minikeras.datasets import digits
from minikeras.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from minikeras.models import Sequential
from minikeras.optimizers import Adam
from minikeras.utils import set_random_seed
from minikeras.utils.drawing import image_grid, line_chart, page

WRONG = "#c0392b"
SHOWN = 8


def main(arguments=None):
    """Train, test, and save a picture of both."""
    options = parse(arguments)
    set_random_seed(options.seed)
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    x_train, x_test = x_train[..., None] / 16, x_test[..., None] / 16

    model = build()
    model.summary()
    history = model.fit(
        x_train,
        y_train,
        batch_size=32,
        epochs=options.epochs,
        validation_split=0.1,
        callbacks=[ReduceLROnPlateau(factor=0.5, patience=3)],
    )

    probabilities = model.predict(x_test)
    accuracy = np.mean(probabilities.argmax(axis=1) == y_test)
    print(f"Test accuracy: {accuracy:.4f} on {len(x_test)} digits it never saw.")
    picture = draw(history, x_test.reshape(-1, 8, 8), y_test, probabilities)
    picture.save(options.picture)
    print(f"Learning curves and mistakes: {options.picture}")


def parse(arguments):
    """The options of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m minikeras demo",
        description="A network learns to read handwritten digits.",
    )
    parser.add_argument("--epochs", type=int, default=30, help="default: 30")
    parser.add_argument("--seed", type=int, default=1, help="default: 1")
    parser.add_argument(
        "--picture",
        default="minikeras_demo.png",
        help="PNG file to write (default: minikeras_demo.png)",
    )
    return parser.parse_args(arguments)


def build():
    """Three convolutions, 128 hidden units, a probability for each of 10 digits."""
    options = {"padding": "same", "activation": "relu"}
    model = Sequential()
    model.add(Conv2D(32, 3, input_shape=(8, 8, 1), **options))
    model.add(Conv2D(64, 3, **options))
    model.add(MaxPooling2D())
    model.add(Dropout(0.25))
    model.add(Conv2D(64, 3, **options))
    model.add(MaxPooling2D())
    model.add(Dropout(0.25))
    model.add(Flatten())
    model.add(Dense(128, activation="relu"))
    model.add(Dropout(0.5))
    model.add(Dense(10, activation="softmax"))
    model.compile(
        loss="sparse_categorical_crossentropy",
        optimizer=Adam(lr=0.002),
        metrics=["accuracy"],
    )
    return model


def draw(history, images, labels, probabilities):
    """One page: learning curves, and the digits that were misread."""
    accuracy = np.mean(probabilities.argmax(axis=1) == labels)
    subtitle = (
        f"{accuracy:.1%} of {len(labels)} test digits read right after "
        f"{len(history.epoch)} epochs; three convolutions, 128 hidden units"
    )
    curves = [
        curve(history, "loss", "Loss", "cross-entropy"),
        curve(history, "accuracy", "Accuracy", "share of digits read right"),
    ]
    mistakes = draw_mistakes(images, labels, probabilities)
    return page(
        [curves, [mistakes]], "A small network reads handwritten digits", subtitle
    )


def curve(history, name, title, unit):
    """One number of the history, in training and in validation."""
    series = {
        "training": history.history[name],
        "validation": history.history[f"val_{name}"],
    }
    return line_chart(series, title, x_label="epoch", y_label=unit)


def draw_mistakes(images, labels, probabilities):
    """The misread digits, surest first; or the least sure ones if none is wrong."""
    guess, sure = probabilities.argmax(axis=1), probabilities.max(axis=1)
    wrong = np.flatnonzero(guess != labels)
    shown = wrong[np.argsort(-sure[wrong])][:SHOWN]
    title = f"The {len(wrong)} digits it got wrong"
    if len(wrong) > SHOWN:
        title = f"{SHOWN} of the {len(wrong)} digits it got wrong, the surest first"
    if not len(wrong):
        shown = np.argsort(sure)[:SHOWN]
        title = "Every digit was read right; it was least sure of these"
    captions = [f"it is {labels[i]}\nread as {guess[i]} ({sure[i]:.0%})" for i in shown]
    colors = [WRONG if guess[i] != labels[i] else None for i in shown]
    return image_grid(
        images[shown], captions, columns=SHOWN, title=title, colors=colors
    )
