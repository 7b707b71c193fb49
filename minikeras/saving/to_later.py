"""Keras 2.3's configurations in words that later versions understand, too."""

from minikeras.saving.errors import UnsavableModel

_MODULES = {
    "initializer": "keras.initializers",
    "regularizer": "keras.regularizers",
    "constraint": "keras.constraints",
}
_NOT_IN_KERAS3 = {
    "ThresholdedReLU": "use ReLU(threshold=...)",
    "LocallyConnected1D": "Keras 3 dropped it",
    "LocallyConnected2D": "Keras 3 dropped it",
    "CuDNNLSTM": "use LSTM",
    "CuDNNGRU": "use GRU(reset_after=True)",
    "ConvLSTM2DCell": "use ConvLSTM2D",
    "Highway": "Keras 2 dropped it",
    "MaxoutDense": "Keras 2 dropped it",
}
_DROPPED = {
    "batch_input_shape",
    "input_length",
    "implementation",
    "input_dtype",
    "batch_size",
}


def explicit_inputs(config):
    """Sequential models with their input layer written out: all versions read that.

    Arguments
        config: {"class_name", "config"} of a model, as `get_config` gives it.
    """
    inner = dict(config["config"])
    layers = [
        explicit_inputs(each) if _is_model(each) else each for each in inner["layers"]
    ]
    if config["class_name"] == "Sequential" and layers:
        layers = _with_input(layers)
    inner["layers"] = layers
    return {**config, "config": inner}


def _is_model(entry):
    return "layers" in entry.get("config", {})


def _with_input(layers):
    first = layers[0]
    shape = first["config"].get("batch_input_shape")
    if shape is None or first["class_name"] == "InputLayer":
        return layers
    rest = {k: v for k, v in first["config"].items() if k != "batch_input_shape"}
    is_index = first["class_name"] == "Embedding"
    placeholder = {
        "batch_input_shape": shape,
        "dtype": "float32" if not is_index else first["config"]["dtype"],
        "sparse": False,
        "name": first["config"]["name"] + "_input",
    }
    return [
        {"class_name": "InputLayer", "config": placeholder},
        {**first, "config": rest},
        *layers[1:],
    ]


def to_keras3(config, shapes):
    """The configuration of a model in Keras 3's own form.

    Arguments
        config: {"class_name", "config"} in Keras 2.3's form, inputs written out.
        shapes: function of (layer name, node, tensor) that gives a tensor's
            (shape, dtype), for models that are graphs.
    """
    name, inner = config["class_name"], config["config"]
    made = {"name": inner["name"], "trainable": True}
    models = {_name_of(each) for each in inner["layers"] if _is_model(each)}
    made["layers"] = [_layer(entry, shapes, models) for entry in inner["layers"]]
    if name != "Sequential":
        for key in ("input_layers", "output_layers"):
            made[key] = [_place(place, models) for place in inner[key]]
    return _wrapped("keras", name, made)


def _wrapped(module, name, config):
    return {
        "module": module,
        "class_name": name,
        "config": config,
        "registered_name": None,
    }


def _name_of(entry):
    return entry.get("name") or entry["config"].get("name")


def _place(place, models):
    """Keras 3 numbers an inner model's calls from 0, Keras 2 from 1."""
    name, node, tensor = place[:3]
    return [name, node - (name in models), tensor]


def _layer(entry, shapes, models=()):
    name, config = entry["class_name"], entry["config"]
    if name in _NOT_IN_KERAS3:
        raise UnsavableModel(
            f"Keras 3 has no {name}: {_NOT_IN_KERAS3[name]}. Save as .h5 for Keras 2, "
            "or in minikeras's own format."
        )
    if _is_model(entry):
        made = to_keras3(entry, shapes(entry["name"]) if "name" in entry else shapes)
    else:
        made = _wrapped("keras.layers", name, _arguments(name, config, shapes))
    made["name"] = _name_of(entry)
    if "inbound_nodes" in entry:
        made["inbound_nodes"] = [
            _node(node, shapes, models) for node in entry["inbound_nodes"]
        ]
    return made


def _arguments(name, config, shapes):
    made = {}
    for key, value in config.items():
        if key == "batch_input_shape" and name == "InputLayer":
            made["batch_shape"] = value
        elif key == "alpha" and name == "LeakyReLU":
            made["negative_slope"] = value
        elif name.startswith("SpatialDropout") and key in ("trainable", "noise_shape"):
            continue
        elif key not in _DROPPED:
            made[key] = _value(name, key, value, shapes)
    return made


def _value(name, key, value, shapes):
    kind = key.rsplit("_", 1)[-1]
    if value == "hard_sigmoid":
        raise UnsavableModel(
            f"{name} has {key}='hard_sigmoid', which is another function in Keras 3 "
            "than in Keras 2: the model would predict something else. Save as .h5."
        )
    if isinstance(value, dict) and kind in _MODULES and "class_name" in value:
        config = dict(value["config"])
        if config.get("distribution") == "normal":
            config["distribution"] = "truncated_normal"
        return _wrapped(_MODULES[kind], value["class_name"], config)
    if isinstance(value, dict) and "class_name" in value:  # a wrapped layer or cell
        return _layer(value, shapes)
    if isinstance(value, list):
        return [_value(name, key, each, shapes) for each in value]
    return value


def _node(node, shapes, models):
    tensors = [_tensor(place, shapes, models) for place in node]
    arguments = {k: v for place in node for k, v in (place[3:] or [{}])[0].items()}
    args = [tensors] if len(tensors) > 1 else tensors
    return {"args": args, "kwargs": arguments}


def _tensor(place, shapes, models):
    shape, dtype = shapes(*place[:3])
    config = {"shape": list(shape), "dtype": dtype}
    config["keras_history"] = _place(place, models)
    return {"class_name": "__keras_tensor__", "config": config}
