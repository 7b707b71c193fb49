"""`Input`: the place where data enters a model."""

import numpy as np

from minikeras.backend.common import floatx
from minikeras.backend.names import unique_name
from minikeras.backend.tensor import Symbolic, Tensor
from minikeras.engine.base_layer import Layer
from minikeras.engine.node import Node
from minikeras.utils.checks import sizes


class InputLayer(Layer):
    """The start of a graph of layers: holds the placeholder that data is fed to.

    Arguments
        input_shape: shape of one sample.
        batch_size: number of samples, if fixed.
        batch_input_shape: both together; instead of the two above.
        dtype: type that fed data is converted to.
        input_tensor: an existing tensor or array to use instead of a placeholder.
        sparse: accepted; sparse data is fed as dense arrays.
        name: 'input_1' and so on by default.
    """

    def __init__(
        self,
        input_shape=None,
        batch_size=None,
        batch_input_shape=None,
        dtype=None,
        input_tensor=None,
        sparse=False,
        name=None,
    ):
        super().__init__(name=name or unique_name("input"), dtype=dtype)
        if input_shape is not None and batch_input_shape is not None:
            raise ValueError(
                "Give input_shape or batch_input_shape, not both: "
                f"{input_shape}, {batch_input_shape}."
            )
        if batch_input_shape is None and input_shape is not None:
            batch_input_shape = (batch_size, *sizes(input_shape))
        self.sparse = sparse
        self.is_placeholder = input_tensor is None
        tensor = self._tensor(batch_input_shape, dtype, input_tensor)
        self.dtype = tensor.dtype
        self.batch_input_shape = tuple(tensor.shape)
        self.trainable = False
        self.built = True
        tensor._keras_history = (self, 0, 0)
        tensor._keras_mask = None
        Node(self, tensor, tensor, [None], [None], is_start=True)

    def _tensor(self, batch_input_shape, dtype, input_tensor):
        if isinstance(input_tensor, Tensor):
            return input_tensor
        if input_tensor is not None:
            array = np.asarray(input_tensor)
            tensor = Symbolic(array.shape, array.dtype, name=self.name)
            tensor.default = array
            return tensor
        if batch_input_shape is None:
            raise ValueError("Give an InputLayer input_shape, or batch_input_shape.")
        shape = sizes(batch_input_shape, "batch_input_shape")
        return Symbolic(shape, dtype or floatx(), name=self.name)

    def get_config(self):
        """Shape, type and name."""
        return {
            "batch_input_shape": self.batch_input_shape,
            "dtype": self.dtype,
            "sparse": self.sparse,
            "name": self.name,
        }


def Input(
    shape=None, batch_shape=None, name=None, dtype=None, sparse=False, tensor=None
):
    """A symbolic tensor for the data that a model will be fed.

    Arguments
        shape: shape of one sample, such as (28, 28, 1); None for open sizes.
        batch_shape: the same with the number of samples in front.
        name: of the input; 'input_1' and so on by default.
        dtype: type that fed data is converted to; `floatx()` by default.
        sparse: accepted; sparse data is fed as dense arrays.
        tensor: an existing tensor or array to use instead.

    Example
        >>> x = Input(shape=(4,))
        >>> model = Model(x, Dense(3)(x))
    """
    if shape is None and batch_shape is None and tensor is None:
        raise ValueError(
            "Input needs `shape` (of one sample), `batch_shape` (with the number of "
            "samples), or `tensor`. For vectors of 10 numbers: Input(shape=(10,))."
        )
    if batch_shape is None and tensor is None:
        batch_shape = (None, *sizes(shape, "shape"))
    layer = InputLayer(
        batch_input_shape=batch_shape,
        dtype=dtype,
        input_tensor=tensor,
        sparse=sparse,
        name=name,
    )
    return layer.output
