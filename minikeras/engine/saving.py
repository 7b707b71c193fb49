"""The names that older scripts import from `keras.engine.saving`."""

from minikeras.models import (
    load_model,
    model_from_config,
    model_from_json,
    model_from_yaml,
    save_model,
)

__all__ = [
    "load_model", "model_from_config", "model_from_json", "model_from_yaml",
    "save_model",
]  # fmt: skip
