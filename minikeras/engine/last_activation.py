"""The activation at a layer's end, placed in the graph as a step of its own.

A cross-entropy of softmax(z) or sigmoid(z) is only exact when it is computed from z, as
`backend.crossentropy` does where it can. So a layer that ends in one of the two becomes
two calls, the layer without it and then the function: z has a place in the graph.
"""

import functools

from minikeras.activations import linear, sigmoid, softmax


def ends_in_activation(forward):
    """Decorate a `forward` whose last step is `self.activation`, used nowhere else."""
    forward.ends_in_activation = True
    return forward


def last_activation(layer, forward):
    """Softmax or sigmoid, if `forward` of this layer ends in it; else None."""
    if not getattr(forward, "ends_in_activation", False):
        return None
    activation = layer.activation
    return activation if activation is softmax or activation is sigmoid else None


def without_activation(layer):
    """A view of a layer, with all that it has, but its activation is linear."""
    view = object.__new__(_linear_kind(type(layer)))
    object.__setattr__(view, "__dict__", layer.__dict__)
    return view


@functools.lru_cache(None)
def _linear_kind(cls):
    """A subclass in which a property hides the attribute `activation`."""
    return type(cls.__name__, (cls,), {"activation": property(lambda self: linear)})
