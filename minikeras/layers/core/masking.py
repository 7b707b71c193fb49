"""Time steps that do not count."""

import numpy as np

from minikeras import backend as K
from minikeras.engine.base_layer import Layer
from minikeras.utils.checks import number


class Masking(Layer):
    """Mark time steps whose features all have one value, for later layers to skip.

    Forward
        m = 1 where a feature of the step differs from `mask_value`, else 0
        y = m x

    Backward
        dx = m dy

    Shapes
        x, y   (n, t, ..., d)
        m      (n, t, ..., 1)    without the last axis it is the mask of the output

    Arguments
        mask_value: the value that marks steps to be skipped.

    Example
        >>> Masking().compute_mask(np.array([[[0.0, 0.0], [0.0, 1.0]]]))
        array([[False,  True]])
    """

    def __init__(self, mask_value=0.0, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        if np.ndim(mask_value) == 0:
            number(mask_value, "mask_value")
        self.mask_value = mask_value

    def compute_output_shape(self, input_shape):
        return input_shape

    def compute_mask(self, inputs, mask=None):
        return K.any(K.not_equal(inputs, self.mask_value), axis=-1)

    def forward(self, x):
        m = np.any(x != self.mask_value, axis=-1, keepdims=True).astype(x.dtype)

        def backward(dy):
            return m * dy

        return m * x, backward
