"""Batches of images out of files that a table names."""

import os
import warnings

import numpy as np

from minikeras.preprocessing.image.files import check_folder, has_format
from minikeras.preprocessing.image.from_files import FileIterator
from minikeras.utils.checks import choice, shorten

CLASS_MODES = (
    "categorical",
    "binary",
    "sparse",
    "input",
    "multi_output",
    "raw",
    None,
)


class DataFrameIterator(FileIterator):
    """Batches of images from files; see ImageDataGenerator.flow_from_dataframe.

    Arguments
        dataframe: pandas.DataFrame, or any table whose columns are `table[name]`, such
            as a dict of lists.
        directory: folder that the files' names are relative to; None: they are paths.
        image_data_generator: what transforms the images; None leaves them alone.
        x_col: column of file names.
        y_col: column of targets, or list of columns for 'multi_output' (and 'raw').
        weight_col: column of sample weights; None: no weights.
        class_mode: targets: 'categorical' rows with a 1 for each of the row's classes
            (a name, or a list of names), 'binary' or 'sparse' class numbers, 'input'
            the images themselves, 'raw' the values of y_col, 'multi_output' a list of
            arrays, one for each of the columns y_col; None: no targets.
        classes: names of the classes, which are numbered in alphabetical order; rows of
            other classes are left out. None: all.
        validate_filenames: whether rows whose file is missing or no image are left
            out, with a warning.
        target_size, color_mode, batch_size, shuffle, seed, data_format, save_to_dir,
        save_prefix, save_format, subset, interpolation, dtype: see DirectoryIterator.

    Attributes
        filenames: the file name of each sample, in the order of the table.
        classes: class number (or list of numbers) of each sample.
        class_indices: number of each class, by name.
        samples, num_classes: how many there are.
    """

    def __init__(
        self,
        dataframe,
        directory=None,
        image_data_generator=None,
        x_col="filename",
        y_col="class",
        weight_col=None,
        target_size=(256, 256),
        color_mode="rgb",
        classes=None,
        class_mode="categorical",
        batch_size=32,
        shuffle=True,
        seed=None,
        data_format="channels_last",
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        subset=None,
        interpolation="nearest",
        dtype="float32",
        validate_filenames=True,
    ):
        self.set_processing_attrs(
            image_data_generator,
            target_size,
            color_mode,
            data_format,
            save_to_dir,
            save_prefix,
            save_format,
            subset,
            interpolation,
        )
        choice(class_mode, "class_mode", CLASS_MODES)
        check_folder("directory", directory)
        self.directory = directory or ""
        self.class_mode = class_mode
        self.dtype = dtype
        columns = _columns(dataframe, x_col, y_col, weight_col, class_mode)
        if validate_filenames:
            columns = self._with_files(columns, x_col)
        if class_mode in ("categorical", "binary", "sparse"):
            columns = self._with_classes(columns, y_col, classes)
        self._take(columns, x_col, y_col, weight_col)
        super().__init__(self.samples, batch_size, shuffle, seed)

    def _with_files(self, columns, x_col):
        """The columns without the rows whose file is missing or no image."""
        files = columns[x_col]
        paths = [os.path.join(self.directory, file) for file in files]
        good = [has_format(path) and os.path.isfile(path) for path in paths]
        bad = [path for path, is_good in zip(paths, good, strict=True) if not is_good]
        if bad:
            warnings.warn(
                f"{len(bad)} of {len(paths)} files in column {x_col!r} are missing or "
                f"no images and are left out: {bad[:3]}.",
                stacklevel=4,
            )
        return _rows(columns, good)

    def _with_classes(self, columns, y_col, classes):
        """The columns without the rows of unwanted classes; numbers the classes."""
        values = columns[y_col]
        if classes:
            values = [_only(value, set(classes)) for value in values]
        else:
            classes = {name for value in values for name in _as_list(value)}
        classes = sorted(set(classes))
        if self.class_mode == "binary" and len(classes) != 2:
            raise ValueError(
                f"class_mode='binary' needs 2 classes; column {y_col!r} has "
                f"{len(classes)}: {classes[:5]}. Use 'categorical' or 'sparse'."
            )
        self.class_indices = {name: i for i, name in enumerate(classes)}
        self.num_classes = len(self.class_indices)
        return _rows({**columns, y_col: values}, [bool(value) for value in values])

    def _take(self, columns, x_col, y_col, weight_col):
        columns = {name: self.part(values) for name, values in columns.items()}
        self.filenames = columns[x_col]
        self.samples = len(self.filenames)
        self._filepaths = [os.path.join(self.directory, f) for f in self.filenames]
        self._sample_weight = weight_col and np.array(columns[weight_col])
        if self.class_mode == "multi_output":
            self._targets = [np.array(columns[name]) for name in y_col]
        elif self.class_mode == "raw":
            self._targets = _raw(columns, y_col)
        elif self.class_mode in ("categorical", "binary", "sparse"):
            self.classes = self.get_classes(columns, y_col)
        self._report(x_col)

    def _report(self, x_col):
        if not self.samples:
            raise ValueError(
                f"no usable row{self.part_named()}: column {x_col!r} names no image "
                f"file in {os.fspath(self.directory) or os.getcwd()!r}."
            )
        belonging = ""
        if self.class_mode in ("categorical", "binary", "sparse"):
            belonging = f" belonging to {self.num_classes} classes"
        print(f"Found {self.samples} validated image filenames{belonging}.")

    def get_classes(self, df, y_col):
        """Class number of each row; a list of numbers where a row has a list."""
        number = self.class_indices
        return [
            number[value] if isinstance(value, str) else [number[v] for v in value]
            for value in df[y_col]
        ]

    @property
    def filepaths(self):
        """Path of each sample's file."""
        return self._filepaths

    @property
    def labels(self):
        """Class number, or target, of each sample."""
        if self.class_mode in ("multi_output", "raw"):
            return self._targets
        return self.classes

    @property
    def sample_weight(self):
        """Weight of each sample, or None."""
        return self._sample_weight


def _columns(table, x_col, y_col, weight_col, class_mode):
    """The columns that are needed, as lists, checked."""
    needed = [x_col] + ([weight_col] if weight_col else [])
    if class_mode not in ("input", None):
        needed += y_col if isinstance(y_col, (list, tuple)) else [y_col]
    columns = {name: _column(table, name) for name in needed}
    _check_kind(columns, x_col, str, "file names")
    if weight_col:
        _check_kind(columns, weight_col, (int, float, np.number), "numbers")
    if class_mode == "categorical":
        _check_kind(columns, y_col, (str, list, tuple), "class names or lists of them")
    if class_mode in ("binary", "sparse"):
        _check_kind(columns, y_col, str, "class names")
    if class_mode == "multi_output" and not isinstance(y_col, (list, tuple)):
        raise TypeError(f"class_mode='multi_output' needs a list y_col; got {y_col!r}.")
    return columns


def _column(table, name):
    try:
        return list(table[name])
    except TypeError as error:
        raise TypeError(
            "`dataframe` must be a pandas.DataFrame, or a dict of columns; got "
            f"{shorten(table)}. From a file: pandas.read_csv(path, dtype=str)."
        ) from error
    except (KeyError, IndexError, ValueError) as error:
        names = list(getattr(table, "columns", table))
        raise ValueError(
            f"the table has no column {name!r}; it has {names}. "
            "See the arguments x_col, y_col and weight_col."
        ) from error


def _check_kind(columns, name, kinds, what):
    for row, value in enumerate(columns[name]):
        if not isinstance(value, kinds):
            raise TypeError(
                f"column {name!r} must hold {what}, but row {row} holds {value!r}. "
                f"For text, convert it first: df[{name!r}] = df[{name!r}].astype(str)."
            )


def _rows(columns, keep):
    return {
        name: [value for value, kept in zip(values, keep, strict=True) if kept]
        for name, values in columns.items()
    }


def _raw(columns, y_col):
    if isinstance(y_col, (list, tuple)):
        return np.stack([np.array(columns[name]) for name in y_col], axis=1)
    return np.array(columns[y_col])


def _as_list(value):
    return [value] if isinstance(value, str) else value


def _only(value, wanted):
    """The class, or those classes of a list, that are wanted; None or [] if none is."""
    if isinstance(value, str):
        return value if value in wanted else None
    return [name for name in value if name in wanted]
