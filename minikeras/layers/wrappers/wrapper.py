"""The base of layers that hold another layer."""

from minikeras.engine.base_layer import Layer


class Wrapper(Layer):
    """A layer that does something with another one.

    Arguments
        layer: the layer inside.
    """

    def __init__(self, layer, **kwargs):
        if not isinstance(layer, Layer):
            raise ValueError(
                f"{type(self).__name__} wraps a layer; got {layer!r}. Write "
                f"{type(self).__name__}(Dense(8))."
            )
        super().__init__(**kwargs)
        self.layer = layer

    @property
    def activity_regularizer(self):
        """The penalty on outputs of the layer inside."""
        return getattr(self.layer, "activity_regularizer", None)

    def get_config(self):
        """Arguments, and class and arguments of the layer inside."""
        layer = {
            "class_name": type(self.layer).__name__,
            "config": self.layer.get_config(),
        }
        return {**super().get_config(), "layer": layer}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        from minikeras.layers import deserialize

        config = dict(config)
        layer = deserialize(config.pop("layer"), custom_objects=custom_objects)
        return cls(layer, **config)
