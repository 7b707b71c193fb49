"""The same layer for every time step."""

from minikeras import backend as K
from minikeras.engine.input_spec import find_problem
from minikeras.engine.node import as_list
from minikeras.layers.wrappers.wrapper import Wrapper


class TimeDistributed(Wrapper):
    """Apply a layer to every time step of a sequence.

    Forward
        time steps are samples: x (n, t, ...) is read as (n t, ...)
        y = layer(x), read as (n, t, ...)

    Backward
        dx = layer's backward(dy), with dy and dx read the same way

    Shapes
        x   (n, t, ...)
        y   (n, t, ...)        as the layer inside says

    Masks
        a mask (n, t, ...) is read as (n t, ...) by the layer inside, and so is the mask
        that it gives; where it gives none, a time step stays if any of it does. (Keras
        hands the layer inside no mask if the batch size is fixed.)

    Arguments
        layer: any layer or model with one input and one output.

    Example
        >>> TimeDistributed(Dense(8), input_shape=(10, 16))
    """

    def __init__(self, layer, **kwargs):
        super().__init__(layer, **kwargs)
        self.supports_masking = True

    def build(self, input_shape):
        if len(input_shape) < 3:
            raise ValueError(
                f"Layer {self.name!r}: TimeDistributed reads (samples, time, ...); got "
                f"shape {input_shape}. Give input_shape=(time steps, features); a "
                "recurrent layer before it needs return_sequences=True."
            )
        frame = (input_shape[0], *input_shape[2:])
        spec = as_list(self.layer.input_spec)[0]
        problem = find_problem(spec, frame) if spec is not None else None
        if problem:
            raise ValueError(
                f"Layer {self.name!r} (TimeDistributed) got shape {input_shape}, and "
                f"hands {frame} to layer {self.layer.name!r} for each time step: "
                f"{problem}"
            )
        if not self.layer.built:
            self.layer.build(frame)
            self.layer.built = True
        self.built = True

    def compute_output_shape(self, input_shape):
        inner = self.layer.compute_output_shape((input_shape[0], *input_shape[2:]))
        return (inner[0], input_shape[1], *inner[1:])

    def compute_mask(self, inputs, mask=None):
        frames = K.reshape(inputs, (-1, *sizes(inputs, 2)))
        rows = None if mask is None else K.reshape(mask, (-1, *sizes(mask, 2)))
        made = self.layer.compute_mask(frames, rows)
        if made is not None:
            return K.reshape(made, (-1, *sizes(inputs, 1)[:1], *sizes(made, 1)))
        if mask is None or len(mask.shape) == 2:
            return mask
        return K.any(mask, axis=tuple(range(2, len(mask.shape))))

    def forward(self, x, training=False, mask=None):
        n, t = x.shape[:2]
        options = self._options(training, mask)
        y, layer_backward = self.layer.forward(
            x.reshape(n * t, *x.shape[2:]), **options
        )

        def backward(dy):
            dx = layer_backward(dy.reshape(y.shape))
            return None if dx is None else dx.reshape(x.shape)

        return y.reshape(n, t, *y.shape[1:]), backward

    def _options(self, training, mask):
        """What the layer inside wants to know."""
        from minikeras.engine.twins import options_of

        takes = options_of(type(self.layer).forward)
        options = {"training": training} if "training" in takes else {}
        if "mask" in takes and mask is not None and mask.ndim > 2:
            options["mask"] = mask.reshape(-1, *mask.shape[2:])
        return options


def sizes(x, start):
    """The sizes of x from an axis on; tensors where they are not known yet."""
    return [size or K.shape(x)[i] for i, size in enumerate(x.shape) if i >= start]
