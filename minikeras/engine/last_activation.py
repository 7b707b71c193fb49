"""The activation at a layer's end, as it is when the layer is called.

As in Keras, a call keeps its activation: if `layer.activation` is exchanged afterwards,
the models that hold the call stay as they are, and what is made anew (`clone_model`, a
saved model loaded again, another call) has the new one.

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


def split(layer, forward):
    """(the layer as it is to be called now, what comes behind it: a function or None).

    Arguments
        layer, forward: the layer, and the method that will be called with it.
    """
    if not getattr(forward, "ends_in_activation", False):
        return layer, None
    activation = layer._called_with = layer.activation
    if activation is softmax or activation is sigmoid:
        return _with_activation(layer, linear), activation
    return _with_activation(layer, activation), None


def activation_called(layer):
    """The activation that a layer had when it was called last."""
    return vars(layer).get("_called_with", getattr(layer, "activation", None))


def _with_activation(layer, activation):
    """A view of a layer, with all that it has, but its activation is its own."""
    view = object.__new__(_kind(type(layer)))
    object.__setattr__(view, "__dict__", layer.__dict__)
    view.activation = activation
    return view


@functools.lru_cache(None)
def _kind(cls):
    """A subclass in which a slot hides the attribute `activation`."""
    return type(cls.__name__, (cls,), {"__slots__": ("activation",)})
