"""What tf.keras and Keras 3 call things, in Keras 2.3's words, and back.

Later versions wrap an object as {"module", "class_name", "config", "registered_name"}
and added arguments. Modules are ignored: classes are looked up by name in the closed
list of minikeras and in `custom_objects`. An argument that minikeras lacks may be left
out if it has the value that changes nothing; any other value is refused.
"""

import warnings

from minikeras.saving.errors import InvalidConfig, UnsafeFile

ANY = object()
# Arguments of later versions, and the value that means what Keras 2.3 does.
NEUTRAL = {
    "groups": 1,
    "ragged": False,
    "optional": False,
    "time_major": False,
    "synchronized": False,
    "renorm": False,
    "renorm_clipping": None,
    "renorm_momentum": ANY,
    "keepdims": False,
    "zero_output_for_mask": False,
    "quantization_config": None,
    "lora_rank": None,
    "lora_alpha": ANY,
    "use_cudnn": ANY,
    "seed": ANY,
    "autocast": True,
    "activity_regularizer": None,
    "sparse": False,
    "implementation": ANY,
    "input_length": ANY,
    "noise_shape": None,
    "name": ANY,
    "trainable": ANY,
    "dtype": "float32",
    "build_input_shape": ANY,
    "stateful": False,
    "unroll": ANY,
    "data_format": ANY,
}
_CLASSES = {"Functional": "Model"}
_MASKS = ("NotEqual", "Any", "LogicalAnd", "LogicalOr", "Squeeze")
_SCALED = {
    "GlorotUniform": (1.0, "fan_avg", "uniform"),
    "GlorotNormal": (1.0, "fan_avg", "normal"),
    "HeUniform": (2.0, "fan_in", "uniform"),
    "HeNormal": (2.0, "fan_in", "normal"),
    "LecunUniform": (1.0, "fan_in", "uniform"),
    "LecunNormal": (1.0, "fan_in", "normal"),
}
_DISTRIBUTIONS = {"truncated_normal": "normal", "untruncated_normal": "normal"}


def translated(config, version=2):
    """`to_keras2` of a whole configuration; of whatever form, only our errors come."""
    try:
        return to_keras2(config, version)
    except (InvalidConfig, UnsafeFile):
        raise
    except (AttributeError, TypeError, LookupError, ValueError) as error:
        raise InvalidConfig(
            f"the configuration is not one of Keras: {str(error)[:200]}"
        ) from error


def to_keras2(value, version=2):
    """A configuration of any version in Keras 2.3's form.

    Arguments
        value: the configuration of a model, or a part of it.
        version: 3 for Keras 3's own files, in which some words mean something else.
    """
    if isinstance(value, list):
        return [to_keras2(each, version) for each in value]
    if not isinstance(value, dict):
        return value
    if "class_name" not in value:
        return {key: to_keras2(each, version) for key, each in value.items()}
    return _object(value, version)


def _object(value, version):
    name = value["class_name"]
    if name in ("__lambda__", "Lambda") and _holds_code(value.get("config")):
        raise UnsafeFile(
            "the file holds the compiled code of a Lambda layer, which could do all "
            "when it runs. Write the function with `def`, register it, save again."
        )
    if name == "function":
        return str(value.get("config"))
    if name == "__tuple__":
        return to_keras2(value.get("items", []), version)
    if name == "__numpy__":
        return to_keras2(value.get("config", {}).get("value"), version)
    if name in ("DTypePolicy", "Policy"):
        return _plain_dtype(value)
    if not isinstance(name, str) or (name.startswith("__") and name.endswith("__")):
        raise InvalidConfig(
            f"the configuration holds {str(name)[:40]!r}, not known here"
        )
    config = value.get("config")
    if name == "Bidirectional":
        config = _without_zero_outputs(config)
    config = to_keras2(config, version)
    if name in ("Functional", "Model") and _has_keras3_calls(value["config"]):
        config = _count_own_nodes(config)
    registered = value.get("registered_name")
    name = registered if registered and ">" in registered else name
    name = _CLASSES.get(name, name.split(">")[-1])
    result = {"class_name": name, "config": _arguments(name, config, version)}
    result["config"], result["class_name"] = _initializer(name, result["config"])
    result.update({k: value[k] for k in ("name",) if k in value})
    if "inbound_nodes" in value:
        strict = name not in _MASKS
        result["inbound_nodes"] = [_node(n, strict) for n in value["inbound_nodes"]]
    return result


def _has_keras3_calls(config):
    calls = [n for e in config.get("layers", ()) for n in e.get("inbound_nodes", ())]
    return any(isinstance(call, dict) for call in calls)


def _count_own_nodes(config):
    """Number the calls of inner models from 1: Keras 2 counts their own first node."""
    models = {e["name"] for e in config["layers"] if "layers" in e["config"]}

    def shifted(place):
        name, node, *rest = place
        return [name, node + (name in models), *rest]

    for entry in config["layers"]:
        calls = entry.get("inbound_nodes", [])
        entry["inbound_nodes"] = [[shifted(p) for p in call] for call in calls]
    for key in ("input_layers", "output_layers"):
        config[key] = [shifted(place) for place in _places(config[key])]
    return config


def _holds_code(config):
    """Whether a configuration has byte code: a function stored as text and a tuple."""
    if not isinstance(config, dict):
        return False
    function = config.get("function", config.get("value"))
    if isinstance(function, dict):
        return function.get("class_name") == "__lambda__"
    kinds = config.get("function_type"), config.get("output_shape_type")
    return isinstance(function, list) or "lambda" in kinds or "value" in config


def _plain_dtype(value):
    name = value.get("config", {}).get("name") if "config" in value else None
    if name not in ("float16", "float32", "float64"):
        raise InvalidConfig(f"the dtype policy {name!r} is not supported")
    return name


def _arguments(name, config, version):
    if not isinstance(config, dict) or name in ("Model", "Sequential"):
        return _model_arguments(name, config)
    config = dict(config)
    if "batch_shape" in config:
        config["batch_input_shape"] = config.pop("batch_shape")
    if name == "LeakyReLU" and "negative_slope" in config:
        config["alpha"] = config.pop("negative_slope")
    if name == "BatchNormalization" and isinstance(config.get("axis"), list):
        (config["axis"],) = config["axis"]
    if name == "Bidirectional":
        _check_backward(config)
    if name == "Conv3DTranspose" and set(config.get("dilation_rate", (1,))) == {1}:
        config.pop("dilation_rate", None)
    if name.startswith(("SeparableConv", "DepthwiseConv")):
        unused = [
            key for key in config if key.startswith("kernel_") and "size" not in key
        ]
        config = {key: config[key] for key in config if key not in unused}
    if version == 3 and "hard_sigmoid" in map(str, config.values()):
        raise InvalidConfig(
            f"{name} uses hard_sigmoid, another function in Keras 3 (relu6(x + "
            "3) / 6) than in Keras 2 (0.2 x + 0.5, clipped). The model would predict "
            "something else; use sigmoid there."
        )
    if name in ("L1", "L2"):
        return {"l1": 0.0, "l2": 0.0, **{k.lower(): v for k, v in config.items()}}
    return _without_neutral(name, config)


def _model_arguments(name, config):
    if isinstance(config, dict):
        known = "name", "layers", "input_layers", "output_layers", "build_input_shape"
        config = {key: config[key] for key in known if key in config}
        config["layers"] = _without_masks(config.get("layers", []))
        for key in ("input_layers", "output_layers"):
            if key in config:
                config[key] = _places(config[key])
    return config


def _without_masks(layers):
    """Leave out the steps by which Keras 3 computes masks: our layers do that."""
    while True:
        used = {
            place[0]
            for entry in layers
            for node in entry.get("inbound_nodes", ())
            for place in node
        }
        kept = [e for e in layers if e["class_name"] not in _MASKS or e["name"] in used]
        if len(kept) == len(layers):
            return kept
        layers = kept


def _places(entry):
    """Input or output layers as a list of [layer, node, tensor]."""
    if isinstance(entry, dict):
        entry = list(entry.values())
    return [entry] if entry and isinstance(entry[0], str) else entry


def _initializer(name, config):
    """Initializers in the words of Keras 2.3, which has one class for six names."""
    if name in _SCALED:
        scale, mode, distribution = _SCALED[name]
        made = {"scale": scale, "mode": mode, "distribution": distribution}
        return {**made, "seed": config.get("seed")}, "VarianceScaling"
    if name == "VarianceScaling":
        kind = config.get("distribution")
        config = {**config, "distribution": _DISTRIBUTIONS.get(kind, kind)}
        config.pop("input_axes", None)
        config.pop("output_axes", None)
    return config, "L1L2" if name in ("L1", "L2") else name


def _without_neutral(name, config):
    """Leave out arguments that our class lacks, where they change nothing."""
    known = _known_arguments(name)
    if known is None:
        return config
    result = {}
    for key, value in config.items():
        if key in known:
            result[key] = value
        elif key not in NEUTRAL or NEUTRAL[key] not in (ANY, value):
            raise InvalidConfig(
                f"{name} has {key}={str(value)[:40]!r}, which Keras 2.3 does not have."
            )
    return result


def _known_arguments(name):
    from minikeras import layers
    from minikeras.engine.base_layer import COMMON_ARGUMENTS
    from minikeras.engine.config import constructor_arguments

    cls = getattr(layers, name, None) if name[:1].isupper() else None
    if not (isinstance(cls, type) and issubclass(cls, layers.Layer)):
        return None
    if cls.__init__ is layers.Layer.__init__:
        return COMMON_ARGUMENTS
    own = set(constructor_arguments(cls))
    return own if name == "InputLayer" else own | COMMON_ARGUMENTS


def _check_backward(config):
    """Keras 3 writes the backward layer out; ours is the mirror of the forward one."""
    other = config.pop("backward_layer", None)
    if other is None:
        return
    here, there = dict(config["layer"]["config"]), dict(other["config"])
    same_direction = here.pop("go_backwards", None) == there.pop("go_backwards", None)
    here.pop("name", None)
    there.pop("name", None)
    if same_direction or here != there:
        raise InvalidConfig(
            "Bidirectional has a backward_layer of its own, not known here"
        )


def _without_zero_outputs(config):
    """Later versions give zeros at masked steps, Keras 2.3 the output of before."""
    config = dict(config)
    for key in ("layer", "backward_layer"):
        if isinstance(config.get(key), dict):
            inner = dict(config[key]["config"])
            zeros = inner.pop("zero_output_for_mask", False)
            config[key] = {**config[key], "config": inner}
            if zeros and inner.get("return_sequences") and key == "layer":
                warnings.warn(
                    f"{config.get('name')}: outputs at masked steps are not zero as in "
                    "later Keras versions. Layers that take a mask do not read them.",
                    stacklevel=2,
                )
    return config


def _node(node, strict=True):
    """A call in Keras 2.3's form: [[layer, node, tensor, arguments], ...]."""
    if isinstance(node, list):
        return [_old_place(place) for place in node]
    if not isinstance(node, dict):
        raise InvalidConfig("the configuration has a call of unknown form")
    arguments = {
        key: to_keras2(value)
        for key, value in (node.get("kwargs") or {}).items()
        if value not in (None, False) and key != "mask"
    }
    places = list(_histories(node.get("args"), strict))
    return [[*place, arguments if i == 0 else {}] for i, place in enumerate(places)]


def _old_place(place):
    """tf.keras notes mask and training of a call; None says nothing."""
    if isinstance(place, list) and len(place) == 4 and isinstance(place[3], dict):
        given = {k: v for k, v in place[3].items() if v is not None}
        return [*place[:3], given]
    return place


def _histories(args, strict):
    if isinstance(args, dict) and args.get("class_name") == "__keras_tensor__":
        history = args.get("config", {}).get("keras_history")
        if not isinstance(history, list) or len(history) != 3:
            raise InvalidConfig("the configuration has a tensor without a place")
        yield history
    elif isinstance(args, list):
        for each in args:
            yield from _histories(each, strict)
    elif args is not None and strict:
        raise InvalidConfig(f"a layer is called on {str(args)[:60]!r}, not on tensors")
