"""What can go wrong with a saved file, said so that the reader knows what to do next.

A damaged, hostile or unsuitable file raises one of these and nothing else: never an
EOFError, a KeyError or an error of the zip or HDF5 library.
"""


class SavedFileError(ValueError):
    """Base of everything that reading a saved file can raise."""


class NotAModelFile(SavedFileError):
    """The file is of another kind: not an archive of minikeras, HDF5 or Keras 3."""


class DamagedFile(SavedFileError):
    """The file is cut off, or its bytes are not those that were written."""


class UnsafeFile(SavedFileError):
    """The file holds something that no file of a model needs, such as code or links."""


class TooLarge(SavedFileError):
    """The file asks for more memory, layers or nesting than the limits allow."""


class NewerFormat(SavedFileError):
    """The file was written by a later version than this one can read."""


class InvalidConfig(SavedFileError):
    """The configuration names unknown classes or arguments, or has wrong values."""


class WeightsMismatch(SavedFileError):
    """The weights in the file do not fit those of the model."""


class UnsavableModel(ValueError):
    """The model holds what cannot be written down, such as a nameless function."""


def kilo(count):
    """`count` bytes in a unit that reads well: 1234567 -> '1.2 MB'."""
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if count < 1000 or unit == "TB":
            return f"{count:.1f} {unit}" if unit != "bytes" else f"{count} bytes"
        count /= 1000
