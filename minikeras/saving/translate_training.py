"""What later versions of Keras write about `compile`, in Keras 2.3's words."""

import warnings

from minikeras.saving.errors import InvalidConfig
from minikeras.saving.translate import ANY, to_keras2

# Arguments of later optimizers, and the value that means what Keras 2.3 does.
_OPTIMIZER_NEUTRAL = {
    "weight_decay": None,
    "global_clipnorm": None,
    "use_ema": False,
    "ema_momentum": ANY,
    "ema_overwrite_frequency": ANY,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
    "jit_compile": ANY,
    "is_legacy_optimizer": ANY,
    "name": ANY,
    "clipnorm": None,
    "clipvalue": None,
    "decay": 0.0,
    "centered": False,
    "momentum": 0.0,
    "initial_accumulator_value": ANY,
}


def training_to_keras2(training, model):
    """What `compile` was told, in Keras 2.3's form; None, with a warning, if not."""
    try:
        training = to_keras2(training)
        optimizer = training.get("optimizer_config", training.get("optimizer"))
        result = {
            "optimizer_config": _optimizer(optimizer),
            **{key: training.get(key) for key in ("loss", "loss_weights")},
            "sample_weight_mode": training.get("sample_weight_mode"),
        }
        for key in ("metrics", "weighted_metrics"):
            result[key] = _metrics(training.get(key), model)
        return result
    except (InvalidConfig, AttributeError, TypeError, KeyError) as error:
        warnings.warn(
            f"the model was loaded, but not compiled as it was: {error}. Call "
            "model.compile before training.",
            stacklevel=4,
        )
        return None


def _optimizer(config):
    from minikeras import optimizers

    if isinstance(config, str):
        return {"class_name": config, "config": {}}
    cls = optimizers.KNOWN.get(config["class_name"])
    if cls is None:
        return config
    known, result = set(cls._argument_names()), {}
    for key, value in config["config"].items():
        neutral = key in _OPTIMIZER_NEUTRAL and _OPTIMIZER_NEUTRAL[key] in (ANY, value)
        if neutral and (key not in known or value is None):
            continue
        if key not in known:
            raise InvalidConfig(f"the optimizer has {key}={value!r}")
        result[key] = value
    return {"class_name": config["class_name"], "config": result}


def _metrics(given, model):
    """Metrics by their names: tf.keras wraps functions, and makes lists of lists."""
    if isinstance(given, dict) and "class_name" not in given:
        return {key: _metrics(each, model) for key, each in given.items()}
    if isinstance(given, list):
        nested = len(given) == 1 and isinstance(given[0], list)
        if nested and len(model.output_names) == 1:
            given = given[0]
        return [_metrics(each, model) for each in given]
    if isinstance(given, dict) and given["class_name"] == "MeanMetricWrapper":
        config = given["config"]
        return (
            config["name"]
            if config.get("name") in ("accuracy", "acc")
            else config["fn"]
        )
    return given
