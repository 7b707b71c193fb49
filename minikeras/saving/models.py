"""`save_model`, `load_model`, and the same for weights alone, in three formats."""

import io
import os

from minikeras.engine.network_config import model_config
from minikeras.saving import own
from minikeras.saving.archive import MAX_BYTES
from minikeras.saving.build import build
from minikeras.saving.compile_config import compile_config, compile_from
from minikeras.saving.config import refuse_lambdas
from minikeras.saving.errors import NotAModelFile, SavedFileError
from minikeras.saving.optimizer_state import load_optimizer, optimizer_state
from minikeras.saving.weights import (
    load_by_name,
    load_by_order,
    non_finite,
    tell_non_finite,
    weights_by_layer,
)
from minikeras.utils import checks

HDF5_SUFFIXES = (".h5", ".hdf5", ".keras2")


def save_model(model, filepath, overwrite=True, include_optimizer=True):
    """Save a model: layers, weights, how it was compiled, the optimizer's state.

    Arguments
        model: the model.
        filepath: where to; the suffix chooses the format: `.h5` and `.hdf5` are Keras
            2's, `.keras` is Keras 3's, all others minikeras's own. Or an open binary
            file (own format), or an open h5py group (Keras 2's).
        overwrite: whether an existing file may be replaced.
        include_optimizer: whether training can go on where it was.

    The file is written beside its name, checked, and renamed: a crash leaves either the
    old file or the new one.
    """
    kind = _format_of(filepath, ValueError)
    refuse_lambdas(model_config(model))
    if kind != "own":  # which marks the file, too
        tell_non_finite(non_finite(weights_by_layer(model)), stacklevel=4)
    if kind == "hdf5":
        from minikeras.saving import hdf5

        hdf5.save_model(model, filepath, overwrite, include_optimizer)
    elif kind == "keras3":
        from minikeras.saving import keras3

        keras3.save_model(model, filepath, overwrite, include_optimizer)
    else:
        own.write(filepath, contents_of(model, include_optimizer), overwrite)


def load_model(filepath, custom_objects=None, compile=True, max_bytes=MAX_BYTES):
    """Load a model that `save_model`, Keras 2, tf.keras or Keras 3 saved.

    Arguments
        filepath: path, open binary file, or open h5py group; the contents tell the
            format, whatever the name.
        custom_objects: dict of name -> class or function that the model uses besides
            those of minikeras.
        compile: whether to compile the model as it was.
        max_bytes: refuse larger files, and models that would take more memory.
    """
    kind, source = _sniff(filepath, ValueError)
    if kind == "hdf5":
        from minikeras.saving import hdf5

        return hdf5.load_model(source, custom_objects, compile, max_bytes)
    with own.open_zip(source, max_bytes) as archive:
        if own.is_keras3(archive):
            from minikeras.saving import keras3

            return keras3.load_model(archive, custom_objects, compile, max_bytes)
        return model_from(own.read(archive), custom_objects, compile, max_bytes)


def save_weights(model, filepath, overwrite=True):
    """Save the weights alone; see `save_model` for the formats."""
    kind = _format_of(filepath)
    if kind == "hdf5":
        from minikeras.saving import hdf5

        tell_non_finite(non_finite(weights_by_layer(model)), stacklevel=4)
        hdf5.save_weights(model, filepath, overwrite)
    elif kind == "keras3" or str(filepath).endswith(".weights.h5"):
        raise ValueError(
            f"{filepath!r}: a .keras file holds a whole model; use model.save, or save "
            "the weights to a name that ends in .h5 or another suffix."
        )
    else:
        own.write(filepath, own.Contents(weights=weights_by_layer(model)), overwrite)


def load_weights(
    model,
    filepath,
    by_name=False,
    skip_mismatch=False,
    reshape=False,
    max_bytes=MAX_BYTES,
):
    """Load weights from a file of weights or of a whole model.

    Arguments
        model: the model; it must have weights already (an input shape is known).
        filepath: path, open binary file, or open h5py group.
        by_name: load the layers that have the same name; otherwise all, in order.
        skip_mismatch: with `by_name`, leave out layers whose shapes differ.
        reshape: accept another shape with as many numbers.
        max_bytes: refuse larger files.
    """
    if skip_mismatch and not by_name:
        raise ValueError(
            "When calling model.load_weights, skip_mismatch can only be set to True "
            "when by_name is True."
        )
    _check_built(model)
    saved = _saved_weights(filepath, max_bytes)
    if by_name:
        load_by_name(model, saved, skip_mismatch, reshape)
    else:
        load_by_order(model, saved, reshape)


def _saved_weights(filepath, max_bytes):
    kind, source = _sniff(filepath)
    if kind == "hdf5":
        from minikeras.saving import hdf5

        return hdf5.read_weights(source, max_bytes)
    with own.open_zip(source, max_bytes) as archive:
        if own.is_keras3(archive):
            raise NotAModelFile(
                f"{archive.what} is a model of Keras 3, whose weights have no names. "
                "Load it with load_model, and pass on model.get_weights()."
            )
        own.check_meta(archive)
        return own.read_weights(archive)


def contents_of(model, include_optimizer=True):
    """Everything about a model that one of our files holds."""
    training = compile_config(model) if include_optimizer else None
    return own.Contents(
        model=model_config(model),
        training=training,
        weights=weights_by_layer(model),
        optimizer=optimizer_state(model) if training else None,
    )


def model_from(contents, custom_objects=None, compile=True, max_bytes=MAX_BYTES):
    """The model that the contents of a file describe."""
    if contents.model is None:
        raise SavedFileError(
            "the file holds weights only, no model. Make the model, then use "
            "model.load_weights."
        )
    elements = sum(a.size for _, pairs in contents.weights for _, a in pairs)
    model = build(contents.model, custom_objects, max_bytes, elements)
    load_by_order(model, contents.weights, is_new=True)
    if compile and contents.training:
        compile_from(model, contents.training, custom_objects)
        if contents.optimizer is not None:
            load_optimizer(model, contents.optimizer)
    return model


def to_bytes(model):
    """A model as the bytes of one of our files: for pickling and copies."""
    return own.to_bytes(contents_of(model))


def from_bytes(data, custom_objects=None):
    """The model that `to_bytes` was given."""
    return load_model(io.BytesIO(data), custom_objects)


def _format_of(filepath, error=TypeError):
    if hasattr(filepath, "create_group") or type(filepath).__name__ == "H5Dict":
        return "hdf5"
    if hasattr(filepath, "write"):
        return "own"
    suffix = os.path.splitext(os.fspath(checks.path(filepath, "filepath", error)))[
        1
    ].lower()
    if suffix in HDF5_SUFFIXES:
        return "hdf5"
    return "keras3" if suffix == ".keras" else "own"


def _sniff(filepath, error=TypeError):
    """(format, what to open) by the first bytes."""
    if hasattr(filepath, "create_group") or type(filepath).__name__ == "H5Dict":
        return "hdf5", filepath
    if hasattr(filepath, "read"):
        data = filepath.read()
        return ("hdf5", io.BytesIO(data)) if _is_hdf5(data) else ("zip", data)
    path = os.fspath(checks.path(filepath, "filepath", error))
    if os.path.isdir(path):
        raise NotAModelFile(
            f"{path!r} is a folder. TensorFlow's SavedModel cannot be read; save the "
            "model there as .h5 or .keras."
        )
    with open(path, "rb") as file:
        start = file.read(8)
    return ("hdf5" if _is_hdf5(start) else "zip"), path


def _is_hdf5(start):
    return bytes(start[:8]) == b"\x89HDF\r\n\x1a\n"


def _check_built(model):
    if not model.built:
        raise ValueError(
            f"Model {model.name!r} has no weights yet: its input shape is not known. "
            "Give the first layer input_shape=(...), or call model.build(shape)."
        )
    if not model.weights and not model.is_graph_network:
        raise ValueError(
            f"Model {model.name!r} has no weights yet: they are made when its `call` "
            "runs for the first time. Call model.predict on a batch before."
        )
