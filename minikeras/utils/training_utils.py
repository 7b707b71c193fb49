"""The path that `multi_gpu_model` had before Keras 2.3."""

from minikeras.utils.multi_gpu_utils import multi_gpu_model

__all__ = ["multi_gpu_model"]
