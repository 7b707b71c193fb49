"""Keras 3's own files: a zip of config.json, metadata.json and model.weights.h5.

The weights lie in HDF5 groups that follow the objects: `layers/dense/vars/0` is the
first weight of the first Dense, whatever its name; a recurrent layer has `cell/vars`.
"""

import datetime
import io
import re

from minikeras.engine.network_config import model_config
from minikeras.saving import atomic, hdf5_safe
from minikeras.saving.archive_writer import ArchiveWriter
from minikeras.saving.build import build
from minikeras.saving.compile_config import compile_from
from minikeras.saving.config import check_limits, parse_json, to_json, wanted
from minikeras.saving.errors import WeightsMismatch
from minikeras.saving.to_later import explicit_inputs, to_keras3
from minikeras.saving.translate import translated
from minikeras.saving.translate_training import training_to_keras2

_KINDS = {"Model": "functional"}
_VERSION = "3.0.0"  # the earliest that reads what is written here


def load_model(archive, custom_objects=None, compile=True, max_bytes=2**31):
    """The model in an open archive of Keras 3 (or of tf.keras 2.12 and later)."""
    what = archive.what
    metadata = parse_json(archive.read("metadata.json"), f"{what}: metadata.json")
    version = str(wanted(metadata, "keras_version", str, what))[:20]
    config = parse_json(archive.read("config.json"), f"{what} (Keras {version})")
    described = translated(config, version=3 if version.startswith("3") else 2)
    data = io.BytesIO(archive.read("model.weights.h5"))
    with hdf5_safe.open_for_reading(data, f"{what}: model.weights.h5") as file:
        size = hdf5_safe.examine(file, data, max_bytes)
        model = build(described, custom_objects, max_bytes, elements=size)
        _read(model, described, file)
    training = config.get("compile_config")
    if compile and training and training.get("optimizer"):
        training = training_to_keras2(training, model)
        if training is not None:
            compile_from(model, training, custom_objects)
    return model


def save_model(model, target, overwrite=True, include_optimizer=True):
    """Write a model for Keras 3; how it was compiled is not part of it."""
    config = explicit_inputs(model_config(model))
    check_limits(config, "the model's configuration")
    config = to_keras3(config, _shapes(model))
    metadata = {
        "keras_version": _VERSION,
        "date_saved": datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S"),
    }
    writers = []
    with atomic.replacing(target, lambda p: writers[0].verify(p), overwrite) as file:
        writer = ArchiveWriter(file)
        writers.append(writer)
        writer.add("metadata.json", to_json(metadata).encode())
        writer.add("config.json", to_json(config).encode())
        writer.add("model.weights.h5", _weights_file(model))
        writer.close()


def places(layer, path="", names=None):
    """(path in the file, weights there) for a layer or model and what is inside it.

    Arguments
        layer: the layer or model.
        path: where it lies.
        names: names of a model's layers, in the order of the file; pairs of a name and
            such a list for models inside. The model's own order if None.
    """
    inside = _attributes(layer)
    yield path + "vars", [] if inside else layer.weights
    for name, member in inside:
        if isinstance(member, list):
            yield from _in_container(member, f"{path}{name}/", names)
        else:
            yield from places(member, f"{path}{name}/")


def _attributes(layer):
    """The attributes of a layer that hold its weights, where it has none itself."""
    for names in (["layers"], ["forward_layer", "backward_layer"], ["cells"], ["cell"]):
        if hasattr(layer, names[0]):
            return [(name, getattr(layer, name)) for name in names]
    if hasattr(getattr(layer, "layer", None), "weights"):
        return [("layer", layer.layer)]
    return []


def _in_container(layers, path, names=None):
    """Layers of one class are numbered: dense, dense_1, dense_2."""
    counts, by_name = {}, {layer.name: layer for layer in layers}
    for entry in names or list(by_name):
        name, inner = entry if isinstance(entry, tuple) else (entry, None)
        if name not in by_name:  # the input layer that a Sequential hides
            continue
        layer = by_name[name]
        kind = _kind(layer)
        number = counts[kind] = counts.get(kind, -1) + 1
        kind = f"{kind}_{number}" if number else kind
        yield from places(layer, f"{path}{kind}/", inner)


def _kind(layer):
    """The class in Keras 3's spelling: ConvLSTM2D is conv_lstm2d there."""
    name = type(layer).__name__
    words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return _KINDS.get(name) or re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()


def _order(config):
    """Names of the layers in a configuration, as `places` takes them."""
    return [
        (_name_of(entry), _order(entry) if "layers" in entry["config"] else None)
        for entry in config["config"]["layers"]
    ]


def _name_of(entry):
    return entry.get("name") or entry["config"].get("name")


def _read(model, config, file):
    ready = []
    for path, weights in places(model, names=_order(config)):
        if not weights:
            continue
        group = hdf5_safe.subgroup(file, path)
        if len(group) != len(weights):
            raise WeightsMismatch(
                f"{path} has {len(group)} arrays in the file, the model {len(weights)}"
            )
        arrays = [hdf5_safe.array(group, str(i)) for i in range(len(weights))]
        ready += zip(weights, arrays, [path] * len(weights), strict=True)
    for weight, array, path in ready:
        if array.shape != weight.shape:
            raise WeightsMismatch(
                f"{weight.name} has shape {weight.shape}; {path} in the file has "
                f"{array.shape}"
            )
    for weight, array, _ in ready:
        weight.assign(array)


def _weights_file(model):
    buffer = io.BytesIO()
    with hdf5_safe.h5py_module().File(buffer, "w") as file:
        for path, weights in places(model):
            group = file.create_group(path)
            for number, weight in enumerate(weights):
                group.create_dataset(str(number), data=weight.value)
    return buffer.getvalue()


def _shapes(model):
    """A function that finds the tensor of a place, or with one argument a model."""

    def find(name, node=None, tensor=None):
        layer = next(x for x in [*model.layers, *_inputs(model)] if x.name == name)
        if node is None:
            return _shapes(layer)
        nodes = [n for n in layer._inbound_nodes if n in model._nodes]
        tensors = nodes[node if node < len(nodes) else -1].output_tensors
        return tensors[tensor].shape, tensors[tensor].dtype

    return find


def _inputs(model):
    return [t._keras_history[0] for t in model.inputs or ()]
