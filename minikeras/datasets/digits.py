"""Handwritten digits that come with the package: no download, ready at once.

Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, 1998, UCI
Machine Learning Repository, https://doi.org/10.24432/C50P49, licence CC BY 4.0.
"""

import pathlib
import zlib

import numpy as np

FILE = pathlib.Path(__file__).parent / "data" / "digits.npy"
SHAPE = (1797, 65)
CHECKSUM = 0xEDDE1BC8
TRAINING_ROWS = 1437


def load_data():
    """1,797 grey images of handwritten digits, 8 x 8 pixels.

    13 people wrote them. They are mixed once and for all: 1,437 for training and
    360 for testing, with the same share of every digit in both. The same people wrote
    both parts, so the test says how well a model reads these hands, not others.

    Returns
        (x_train, y_train), (x_test, y_test)
            x (n, 8, 8)   uint8, ink from 0 (paper) to 16
            y (n,)        uint8, the digit

    Example
        >>> (x_train, y_train), (x_test, y_test) = digits.load_data()
        >>> x_train = x_train.reshape(-1, 64) / 16
    """
    rows = _read(FILE)
    images, labels = rows[:, :64].reshape(-1, 8, 8), rows[:, 64]
    training, test = slice(TRAINING_ROWS), slice(TRAINING_ROWS, None)
    return (
        (images[training].copy(), labels[training].copy()),
        (images[test].copy(), labels[test].copy()),
    )


def _read(path):
    """The rows of the file: 64 pixels and a digit each; an error if it is damaged."""
    try:
        rows = np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise FileNotFoundError(
            f"{path} is missing. It comes with minikeras: install the package again."
        ) from None
    except (ValueError, EOFError, OSError) as error:
        raise _damaged(path, error) from None
    if rows.shape != SHAPE or rows.dtype != np.uint8:
        raise _damaged(path, f"it holds {rows.dtype} {rows.shape}, not uint8 {SHAPE}")
    if zlib.crc32(rows.tobytes()) != CHECKSUM:
        raise _damaged(path, "its checksum is wrong")
    return rows


def _damaged(path, why):
    return ValueError(
        f"{path} is damaged ({why}). It comes with minikeras: install it again."
    )
