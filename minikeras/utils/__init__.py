"""Helpers for scripts: labels, progress, custom objects, pictures."""

from minikeras.lazy import lazy_names

WHERE = {
    "CustomObjectScope": "custom_objects",
    "Progbar": "progbar",
    "check_gradients": "gradient_check",
    "custom_object_scope": "custom_objects",
    "deserialize_keras_object": "custom_objects",
    "get_custom_objects": "custom_objects",
    "normalize": "np_utils",
    "serialize_keras_object": "custom_objects",
    "set_random_seed": "seeding",
    "to_categorical": "np_utils",
}
SUBMODULES = ("generic_utils", "np_utils")

__all__ = sorted(WHERE)
__getattr__, __dir__ = lazy_names(__name__, WHERE, SUBMODULES)
