"""Keras 2's HDF5 files: models and weights, to and from Keras 2.3, tf.keras, Keras 3.

attributes of the file: keras_version, backend, model_config, training_config (JSON)
/model_weights          a group for each layer (or at the top, for weights alone):
    attribute layer_names; /<layer> has the attribute weight_names and its arrays
/optimizer_weights      attribute weight_names, and the arrays in this order
"""

import contextlib
import warnings

import numpy as np

from minikeras.engine.network_config import KERAS_VERSION, model_config
from minikeras.saving import atomic, hdf5_safe
from minikeras.saving.archive import MAX_BYTES
from minikeras.saving.archive_writer import same_bytes
from minikeras.saving.build import build
from minikeras.saving.compile_config import compile_config, compile_from
from minikeras.saving.config import check_limits, parse_json, to_json
from minikeras.saving.errors import DamagedFile, NotAModelFile
from minikeras.saving.optimizer_state import load_optimizer_or_warn, optimizer_state
from minikeras.saving.to_later import explicit_inputs
from minikeras.saving.translate import translated
from minikeras.saving.translate_training import training_to_keras2
from minikeras.saving.weights import load_by_order, weights_by_layer

_BACKEND = "tensorflow"  # whose order of numbers in kernels this is


def save_model(model, target, overwrite=True, include_optimizer=True):
    """Write a model to a path or into an open group."""
    config = model_config(model)
    check_limits(config, "the model's configuration")
    training = compile_config(model) if include_optimizer else None
    weights = weights_by_layer(model)

    def write(group, written):
        _write_text(group, "model_config", explicit_inputs(_without_versions(config)))
        _write_versions(group)
        _write_weights(group.create_group("model_weights"), weights, written)
        if training is not None:
            _write_text(group, "training_config", training)
            _write_state(group, optimizer_state(model), written)

    _write_to(target, write, overwrite)


def save_weights(model, target, overwrite=True):
    """Write the weights alone to a path or into an open group."""
    weights = weights_by_layer(model)

    def write(group, written):
        _write_weights(group, weights, written)

    _write_to(target, write, overwrite)


def load_model(source, custom_objects=None, compile=True, max_bytes=MAX_BYTES):
    """Read a model from a path, a binary file in memory, or an open group."""
    with opened(source, max_bytes) as file:
        version = hdf5_safe.attribute(file, "keras_version", "unknown")
        text = hdf5_safe.attribute(file, "model_config")
        if not isinstance(text, str):
            raise NotAModelFile(
                f"{file.file.filename!r} holds no model (Keras {version}). If it "
                "holds weights, make the model and use model.load_weights."
            )
        what = (
            f"the configuration of {file.file.filename!r} (Keras {str(version)[:20]})"
        )
        config = translated(parse_json(text, what))
        training = hdf5_safe.attribute(file, "training_config")
        saved = _read_weights(hdf5_safe.subgroup(file, "model_weights"))
        state = _read_state(file) if compile and training else None
    elements = sum(a.size for _, pairs in saved for _, a in pairs)
    model = build(config, custom_objects, max_bytes, elements)
    load_by_order(model, saved, is_new=True)
    if compile and training:
        training = training_to_keras2(parse_json(training, what), model)
        if training is not None:
            compile_from(model, training, custom_objects)
            load_optimizer_or_warn(model, state)
    return model


def read_weights(source, max_bytes=MAX_BYTES):
    """The weights, by layer, of a file of weights or of a model."""
    with opened(source, max_bytes) as file:
        if "layer_names" not in file.attrs and "model_weights" in file:
            file = hdf5_safe.subgroup(file, "model_weights")
        return _read_weights(file)


@contextlib.contextmanager
def opened(source, max_bytes):
    """The group to read from, whatever the source is, if it is not too large."""
    group = getattr(getattr(source, "data", None), "group", source)
    with hdf5_safe.open_for_reading(group) as file:
        hdf5_safe.examine(file, group, max_bytes)
        yield file


def _write_to(target, write, overwrite):
    group = getattr(getattr(target, "data", None), "group", target)
    if hasattr(group, "create_group"):
        write(group, [])
        return
    h5py, written = hdf5_safe.h5py_module(), []
    with atomic.replacing_path(
        group, lambda path: _verify(path, written), overwrite
    ) as temporary:
        with h5py.File(temporary, "w") as file:
            write(file, written)


def _verify(path, written):
    """Raise unless the file holds the arrays that were written to these places."""
    with hdf5_safe.open_for_reading(path) as file:
        for place, array in written:
            if not same_bytes(np.asarray(file[place][()]), np.asarray(array)):
                raise DamagedFile(f"{place!r} was not written correctly to {path!r}")


def _write_versions(group):
    group.attrs["keras_version"] = np.bytes_(KERAS_VERSION)
    group.attrs["backend"] = np.bytes_(_BACKEND)


def _without_versions(config):
    return {key: config[key] for key in ("class_name", "config")}


def _write_text(group, name, value):
    group.attrs[name] = np.bytes_(to_json(value).encode())


def _write_weights(group, weights, written):
    from minikeras.utils.io_utils import write_names

    _write_versions(group)
    write_names(group, "layer_names", [name for name, _ in weights])
    for name, pairs in weights:
        _write_arrays(group.create_group(name), pairs, written)


def _write_state(group, state, written):
    if state:
        _write_arrays(group.create_group("optimizer_weights"), state, written)


def _write_arrays(group, pairs, written):
    """Write arrays into a group; places and arrays are noted in `written`."""
    from minikeras.utils.io_utils import write_names

    names = _distinct([name for name, _ in pairs])
    write_names(group, "weight_names", names)
    for name, (_, array) in zip(names, pairs, strict=True):
        group.create_dataset(name, data=array)
        written.append((f"{group.name}/{name}", array))


def _distinct(names):
    """Names that differ: HDF5 cannot hold two arrays of one name."""
    seen, distinct = set(), []
    for name in names:
        base, number = name, 1
        while name in seen:
            name, number = f"{base.removesuffix(':0')}_{number}:0", number + 1
        seen.add(name)
        distinct.append(name)
    return distinct


def _read_weights(group):
    if not any(name.startswith("layer_names") for name in group.attrs):
        raise NotAModelFile("the HDF5 file holds no weights of Keras: no layer_names")
    backend = hdf5_safe.attribute(group, "backend", "tensorflow")
    if backend == "theano":
        warnings.warn(
            "the weights were saved with Theano, which turns the kernels of "
            "convolutions: call minikeras.utils.convert_all_kernels_in_model(model).",
            stacklevel=5,
        )
    names = hdf5_safe.names_attribute(group, "layer_names")
    return [(name, _read_arrays(group, name)) for name in names]


def _read_arrays(group, name):
    layer = hdf5_safe.subgroup(group, name)
    names = hdf5_safe.names_attribute(layer, "weight_names")
    return [(each, hdf5_safe.array(layer, each)) for each in names]


def _read_state(file):
    if "optimizer_weights" not in file:
        return []
    state = _read_arrays(file, "optimizer_weights")
    if len({name for name, _ in state}) != len(state):
        raise DamagedFile("the optimizer's state has the same name twice")
    return state
