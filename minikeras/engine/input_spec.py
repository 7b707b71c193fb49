"""What a layer demands of its inputs, and the messages when they do not suit."""

from minikeras.backend.tensor import Tensor
from minikeras.engine.node import as_list
from minikeras.engine.twins import shapes_of
from minikeras.utils.checks import shorten


class InputSpec:
    """Demands on one input; None leaves a thing open.

    Arguments
        dtype: name of the type.
        shape: tuple with None for open sizes.
        ndim, max_ndim, min_ndim: number of axes, that of samples included.
        axes: dict of sizes by axis, such as {-1: 3}.
    """

    def __init__(
        self,
        dtype=None,
        shape=None,
        ndim=None,
        max_ndim=None,
        min_ndim=None,
        axes=None,
    ):
        self.dtype = dtype
        self.shape = None if shape is None else tuple(shape)
        self.ndim = len(shape) if shape is not None else ndim
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.axes = axes or {}

    def __repr__(self):
        given = {k: v for k, v in vars(self).items() if v}
        return f"InputSpec({', '.join(f'{k}={v}' for k, v in given.items())})"


def check_compatibility(layer, inputs):
    """Raise ValueError, with the likely cause, if inputs do not suit `input_spec`."""
    if not layer.input_spec:
        return
    specs, tensors = as_list(layer.input_spec), as_list(inputs)
    if len(specs) != len(tensors):
        raise ValueError(
            f"Layer {layer.name} expects {len(specs)} inputs, but it received "
            f"{len(tensors)} input tensors: {tensors}."
        )
    for index, (spec, tensor) in enumerate(zip(specs, tensors, strict=True)):
        problem = spec and find_problem(spec, shapes_of(tensor))
        if problem:
            raise ValueError(
                f"Input {index} is incompatible with layer {layer.name} "
                f"({type(layer).__name__}): {problem}"
            )


def check_initialized(layer, error=AttributeError):
    """An error for an object whose class forgot the constructor of its base."""
    if "_inbound_nodes" not in vars(layer):
        raise error(
            f"{type(layer).__name__}.__init__ has to call super().__init__(**kwargs) "
            "before it does anything else."
        )


def check_arguments(layer, inputs):
    """Raise ValueError for inputs that are neither tensors nor arrays."""
    check_initialized(layer)
    for x in inputs if isinstance(inputs, list) else [inputs]:
        if not hasattr(x, "shape") or isinstance(x, type):
            raise ValueError(
                f"Layer {layer.name} was called with an input that is neither a tensor "
                f"nor an array: {shorten(x)}. Layers are called on what Input(...) or "
                "another layer gives: y = Dense(3)(x)."
            )


def check_result(layer, outputs):
    """Raise ValueError if the outputs of a layer do not come from its inputs."""
    for y in outputs if isinstance(outputs, list) else [outputs]:
        if not isinstance(y, Tensor):
            raise ValueError(
                f"Layer {layer.name} ({type(layer).__name__}) must give a tensor that "
                "is computed from its input with K ops or layers (K.mean(x), not "
                f"np.mean(x)). It gave {shorten(y)}."
            )


def find_problem(spec, shape):
    """How `shape` offends against `spec`: a sentence, or None."""
    ndim = len(shape)
    if spec.ndim is not None and ndim != spec.ndim:
        return (
            f"expected ndim={spec.ndim}, found ndim={ndim}. {advice(shape, spec.ndim)}"
        )
    if spec.max_ndim is not None and ndim > spec.max_ndim:
        return f"expected max_ndim={spec.max_ndim}, found ndim={ndim} (shape {shape})."
    if spec.min_ndim is not None and ndim < spec.min_ndim:
        return (
            f"expected min_ndim={spec.min_ndim}, found ndim={ndim}. "
            f"{advice(shape, spec.min_ndim)}"
        )
    for axis, size in spec.axes.items():
        if size is not None and shape[axis] not in (size, None):
            return (
                f"expected axis {axis} of input shape to have value {size} but got "
                f"shape {shape}. Its weights were made for {size} features."
            )
    if spec.shape is not None:
        for wanted, found in zip(spec.shape, shape, strict=True):
            if wanted is not None and found is not None and wanted != found:
                return f"expected shape={spec.shape}, found shape={shape}."
    return None


def advice(shape, ndim):
    """The likely cause of a wrong number of axes."""
    sizes = ", ".join(str(size) for size in shape)
    if ndim == 3 and len(shape) == 2:
        return (
            f"It reads (batch, time, features); got ({sizes}). For one number a step "
            "use x[..., None]; after a recurrent layer give that one "
            "return_sequences=True."
        )
    if ndim == 4 and len(shape) == 3:
        return (
            f"It reads (batch, height, width, channels); got ({sizes}). For grey "
            "images use input_shape=(height, width, 1) and x = x[..., None]."
        )
    if ndim == 5 and len(shape) == 4:
        return (
            f"It reads (batch, depth, height, width, channels); got ({sizes}). For one "
            "number a place use input_shape=(depth, height, width, 1) and "
            "x = x[..., None]."
        )
    hint = ""
    if ndim == 2 < len(shape):
        hint = "; Flatten() before it joins the axes of a sample"
    elif ndim == 3 < len(shape):
        hint = "; Reshape((steps, features)) before it joins axes of a sample"
    elif ndim == 4 < len(shape):
        hint = (
            ". It reads (batch, height, width, channels); input_shape leaves the batch "
            "out, and TimeDistributed(layer) reads each picture of a film"
        )
    elif ndim == 4 and len(shape) == 2:
        hint = (
            "; it reads pictures, not vectors: put it before Flatten() or global "
            "pooling, or Reshape((height, width, channels)) before it"
        )
    return f"Got shape ({sizes}){hint}."
