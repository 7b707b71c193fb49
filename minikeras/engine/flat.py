"""Many weights in one flat array, so that an optimizer step is a few calls."""

from minikeras.kernels import workspace


def lay_flat(variables):
    """Move weights, and their gradients, side by side into common buffers.

    Arguments
        variables: the weights. Each becomes a view of a flat array, in this order; one
            that another model has already moved stays where it is.

    Optimizers look for neighbours in memory and treat them as one array.
    """
    homeless = [v for v in variables if not v.in_buffer]
    for dtype in dict.fromkeys(v.dtype for v in homeless):
        alike = [v for v in homeless if v.dtype == dtype]
        size = sum(v.value.size for v in alike)
        values, grads = (workspace.zeros((size,), dtype) for _ in range(2))
        start = 0
        for variable in alike:
            stop = start + variable.value.size
            variable.move(values[start:stop], grads[start:stop])
            start = stop
