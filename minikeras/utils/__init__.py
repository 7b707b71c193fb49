"""Helpers for scripts: labels, progress, custom objects, pictures."""

from minikeras.lazy import lazy_names

WHERE = {
    "CustomObjectScope": "custom_objects",
    "GeneratorEnqueuer": "data_utils",
    "H5Dict": "io_utils",
    "HDF5Matrix": "io_utils",
    "OrderedEnqueuer": "data_utils",
    "Progbar": "progbar",
    "Sequence": "data_utils",
    "SequenceEnqueuer": "data_utils",
    "check_gradients": "gradient_check",
    "convert_all_kernels_in_model": "layer_utils",
    "custom_object_scope": "custom_objects",
    "deserialize_keras_object": "custom_objects",
    "get_custom_objects": "custom_objects",
    "get_file": "downloads",
    "get_source_inputs": "layer_utils",
    "model_to_dot": "vis_utils",
    "multi_gpu_model": "multi_gpu_utils",
    "normalize": "np_utils",
    "plot_model": "vis_utils",
    "profile": "profiling",
    "print_summary": "layer_utils",
    "serialize_keras_object": "custom_objects",
    "set_random_seed": "seeding",
    "to_categorical": "np_utils",
}
SUBMODULES = (
    "conv_utils", "data_utils", "generic_utils", "io_utils", "layer_utils",
    "losses_utils", "multi_gpu_utils", "np_utils", "test_utils", "vis_utils",
)  # fmt: skip

__all__ = sorted(WHERE)
__getattr__, __dir__ = lazy_names(__name__, WHERE, SUBMODULES)
