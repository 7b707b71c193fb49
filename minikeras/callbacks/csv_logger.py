"""The callback that writes the numbers of training into a CSV file."""

import csv
import os
from collections.abc import Iterable

import numpy as np

from minikeras.callbacks.base import Callback
from minikeras.utils.checks import path


class CSVLogger(Callback):
    """Write the logs of every epoch as one line of a CSV file.

    Arguments
        filename: path of the file.
        separator: string between the columns.
        append: whether to write behind what the file holds (to resume training); else
          it starts anew. The columns are then those of the file.

    The columns are `epoch` and, in alphabetical order, all names of the first logs and
    of what `compile` announced. A number that an epoch lacks (as with
    validation_freq=2) is written as NA.

    Example
        >>> model.fit(x, y, callbacks=[CSVLogger("training.csv")])
    """

    def __init__(self, filename, separator=",", append=False):
        super().__init__()
        self.filename = os.fspath(path(filename, "filename"))
        self.sep = separator
        self.append = append
        self.keys = None
        self.csv_file = None

    def on_train_begin(self, logs=None):
        self.keys = self._columns_in_file() if self.append else None
        folder = os.path.dirname(self.filename)
        if folder and not os.path.isdir(folder):
            raise FileNotFoundError(
                f"CSVLogger: the folder {folder!r} of filename={self.filename!r} does "
                f"not exist. Make it first: os.makedirs({folder!r})."
            )
        mode = "a" if self.append else "w"
        self.csv_file = open(self.filename, mode, newline="", encoding="utf-8")

    def _columns_in_file(self):
        if not os.path.exists(self.filename):
            return None
        with open(self.filename, newline="", encoding="utf-8") as file:
            header = next(csv.reader(file, delimiter=self.sep), None)
        return header and header[1:]

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        writer = csv.writer(self.csv_file, delimiter=self.sep, lineterminator="\n")
        if self.keys is None:
            announced = getattr(self, "params", {}).get("metrics") or ()
            self.keys = sorted({*logs, *announced})
            writer.writerow(["epoch", *self.keys])
        writer.writerow([epoch, *(_cell(logs.get(key, "NA")) for key in self.keys)])
        self.csv_file.flush()

    def get_state(self):
        """What BackupAndRestore keeps: the lines so far."""
        self.csv_file.flush()
        with open(self.filename, newline="", encoding="utf-8") as file:
            return {"keys": self.keys, "text": file.read()}

    def set_state(self, state):
        """Go on behind the lines of an interrupted training."""
        self.csv_file.close()
        self.keys = state["keys"]
        self.csv_file = open(self.filename, "w", newline="", encoding="utf-8")
        self.csv_file.write(state["text"])

    def on_train_end(self, logs=None):
        if self.csv_file is not None:
            self.csv_file.close()
            self.csv_file = None


def _cell(value):
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return value.item()
    if isinstance(value, Iterable) and not isinstance(value, str):
        return "[" + ", ".join(str(each) for each in value) + "]"
    return value
