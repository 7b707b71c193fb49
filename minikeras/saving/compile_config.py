"""What `compile` was told, as plain data, and back."""

from minikeras.saving.errors import InvalidConfig, UnsavableModel

_REASONS = TypeError, ValueError, LookupError, AttributeError, ArithmeticError
KEYS = "loss", "metrics", "weighted_metrics", "sample_weight_mode", "loss_weights"


def compile_config(model):
    """Optimizer, loss and metrics as plain data; None if the model is not compiled."""
    if getattr(model, "optimizer", None) is None:
        return None
    given = model._compile_arguments
    optimizer = model.optimizer
    return {
        "optimizer_config": {
            "class_name": type(optimizer).__name__,
            "config": optimizer.get_config(),
        },
        **{key: _plain(given.get(key), key) for key in KEYS},
    }


def compile_from(model, config, custom_objects=None):
    """Compile a model as `config` says."""
    from minikeras import losses, metrics, optimizers
    from minikeras.utils.custom_objects import CustomObjectScope

    if not isinstance(config, dict) or "optimizer_config" not in config:
        raise InvalidConfig("the training configuration lacks an optimizer")
    try:
        with CustomObjectScope(custom_objects or {}):
            optimizer = optimizers.deserialize(config["optimizer_config"])
            options = {key: config.get(key) for key in KEYS}
            options["loss"] = _restored(options["loss"], losses)
            for key in ("metrics", "weighted_metrics"):
                options[key] = _restored(options[key], metrics)
            model.compile(optimizer, **options)
    except _REASONS as error:
        raise InvalidConfig(
            f"the model cannot be compiled as it was: {error} Or load it with "
            "compile=False, and compile it yourself."
        ) from error


def _plain(value, what):
    """Names, numbers, lists and dicts in the place of functions and objects."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(each, what) for each in value]
    if isinstance(value, dict):
        return {str(key): _plain(each, what) for key, each in value.items()}
    if hasattr(value, "get_config") and not isinstance(value, type):
        return {"class_name": type(value).__name__, "config": value.get_config()}
    name = getattr(value, "__name__", None)
    if name is None or not name.isidentifier():
        raise UnsavableModel(
            f"the {what} given to compile is {value!r}, which has no name to be saved "
            "by. Write it with `def`, or save with include_optimizer=False."
        )
    return name


def _restored(value, module):
    """Objects in the place of their configurations; names stay names."""
    if isinstance(value, list):
        return [_restored(each, module) for each in value]
    if isinstance(value, dict) and set(value) >= {"class_name", "config"}:
        return module.deserialize(value)
    if isinstance(value, dict):
        return {key: _restored(each, module) for key, each in value.items()}
    return value
