"""TensorFlow's own optimizers, which need TensorFlow."""

from minikeras.optimizers.base import Optimizer


class TFOptimizer(Optimizer):
    """Keras's wrapper of a native TensorFlow optimizer; not available here.

    Use the optimizer of the same name in `minikeras.optimizers` instead.
    """

    def __init__(self, optimizer):
        raise NotImplementedError(
            "TFOptimizer wraps an optimizer of TensorFlow, such as the given "
            f"{type(optimizer).__name__}, and minikeras computes without TensorFlow. "
            "Use the optimizer of the same name in minikeras.optimizers."
        )

    @property
    def weights(self):
        """The native optimizer's weights, which Keras cannot read either."""
        raise NotImplementedError("A TensorFlow optimizer's weights are not available.")

    def get_updates(self, loss, params):
        raise NotImplementedError("TFOptimizer needs TensorFlow.")

    def get_config(self):
        raise NotImplementedError("A TensorFlow optimizer has no config.")

    @classmethod
    def from_config(cls, config):
        raise NotImplementedError("A TensorFlow optimizer has no config.")
