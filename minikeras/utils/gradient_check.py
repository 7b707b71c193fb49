"""`check_gradients`: does a `backward` give the derivative of its `forward`?"""

import contextlib

import numpy as np

from minikeras.backend import floatx, set_floatx
from minikeras.backend.tape import differentiate
from minikeras.backend.tensor import Variable


def check_gradients(
    layer,
    x,
    *,
    directions=3,
    step=1e-5,
    tolerance=1e-6,
    wrt_inputs=True,
    seed=0,
    **options,
):
    """Compare `backward` with central differences along random directions, in float64.

    For a random direction d, (f(x + step d) - f(x - step d)) / (2 step) must be the
    inner product of the gradient and d; the same for every weight. x and dy are
    read-only while this runs, so that a layer that writes into them is found out.

    Arguments
        layer: a built layer, model or op, or a function of K ops.
        x: array, or list of arrays for several inputs. Whole numbers get no gradient.
        directions: how many random directions to try for each input and weight.
        step: size of the step along a direction.
        tolerance: largest allowed difference, relative to the size of the result.
        wrt_inputs: False to check the weights only.
        seed: for the random directions.
        options: keyword arguments of `forward`, such as training=True.

    Raises an AssertionError that names what is wrong, or returns the largest relative
    difference.

    Example
        >>> layer = Dense(3, activation="tanh")
        >>> layer.build((None, 4))
        >>> check_gradients(layer, np.ones((2, 4))) < 1e-6
        True
    """
    random = np.random.RandomState(seed)
    weights = list(getattr(layer, "weights", ()))
    arrays = [_as_read_only(a) for a in (x if isinstance(x, (list, tuple)) else [x])]
    several = isinstance(x, (list, tuple))
    with _in_float64(weights):
        check = _Check(layer, arrays, several, weights, options, random)
        worst = 0.0
        for name, probe in check.probes(wrt_inputs):
            for _ in range(directions):
                worst = max(worst, _compare(check, name, probe, step, tolerance))
    return worst


class _Check:
    """The analytic gradients of a random weighted sum of the outputs, and that sum."""

    def __init__(self, layer, arrays, several, weights, options, random):
        self.run = _forward_of(layer, options, several)
        self.arrays, self.weights, self.random = arrays, weights, random
        self.state = np.random.get_state()
        self.values = [w.value.copy() for w in weights]
        y, backward = self._outputs(arrays)
        self.dys = [_as_read_only(random.standard_normal(np.shape(a))) for a in y]
        for weight in weights:
            weight.zero_grad()
        dx = backward(self.dys[0] if len(y) == 1 else self.dys)
        self.dx = list(dx) if isinstance(dx, (list, tuple)) else [dx]
        self.dw = [w.grad.copy() for w in weights]

    def _outputs(self, arrays):
        np.random.set_state(self.state)  # random layers draw the same numbers each time
        for weight, value in zip(self.weights, self.values, strict=True):
            if not _is_trained(weight):  # statistics that the run before has moved
                weight.value[...] = value
        y, backward = self.run(arrays)
        return (list(y) if isinstance(y, (list, tuple)) else [y]), backward

    def total(self, arrays):
        outputs, _ = self._outputs(arrays)
        return sum(
            float((y * dy).sum()) for y, dy in zip(outputs, self.dys, strict=True)
        )

    def probes(self, wrt_inputs):
        """(name, probe) for all that is differentiated for; `probe(d, step)`."""
        if wrt_inputs:
            for i, array in enumerate(self.arrays):
                if array.dtype.kind == "f":
                    name = f"input {i}" if len(self.arrays) > 1 else "the input"
                    yield name, _InputProbe(self, i)
        for i, weight in enumerate(self.weights):
            if _is_trained(weight):
                yield f"weight {weight.name!r}", _WeightProbe(self, i)


def _is_trained(weight):
    return getattr(weight, "trainable", True)


class _InputProbe:
    def __init__(self, check, index):
        self.check, self.index = check, index
        self.value, self.gradient = check.arrays[index], check.dx[index]

    def moved(self, change):
        arrays = list(self.check.arrays)
        arrays[self.index] = _as_read_only(self.value + change)
        return self.check.total(arrays)


class _WeightProbe:
    def __init__(self, check, index):
        self.check, self.weight = check, check.weights[index]
        self.value, self.gradient = check.values[index], check.dw[index]

    def moved(self, change):
        self.weight.value[...] = self.value + change
        try:
            return self.check.total(self.check.arrays)
        finally:
            self.weight.value[...] = self.value


def _compare(check, name, probe, step, tolerance):
    """The relative difference along a random direction; an error if it is too large."""
    direction = check.random.standard_normal(np.shape(probe.value))
    if probe.gradient is None:
        analytic = 0.0
    elif np.shape(probe.gradient) != np.shape(probe.value):
        raise AssertionError(
            f"The gradient for {name} has shape {np.shape(probe.gradient)}; it must "
            f"have the shape of its subject, {np.shape(probe.value)}."
        )
    else:
        analytic = float((probe.gradient * direction).sum())
    ahead, behind = probe.moved(step * direction), probe.moved(-step * direction)
    numeric = (ahead - behind) / (2 * step)
    scale = max(abs(analytic), abs(numeric), 1e-2 * abs(ahead), 1e-3)
    difference = abs(analytic - numeric) / scale
    if not difference <= tolerance:
        raise AssertionError(
            f"The gradient for {name} is wrong: along a random direction, backward "
            f"gives {analytic:.9g}, differences of forward give {numeric:.9g} "
            f"(relative difference {difference:.2g}, allowed {tolerance:.2g})."
            + _likely_cause(analytic, numeric)
        )
    return difference


def _likely_cause(analytic, numeric):
    if analytic == 0:
        return " Backward gives no gradient here at all."
    ratio = numeric / analytic
    if abs(ratio - round(ratio)) < 1e-4 and round(ratio) not in (0, 1):
        return f" A factor of {round(ratio)} is missing."
    return " If forward has a kink (relu at 0), try an x further away from it."


def _forward_of(layer, options, several):
    """`run(list of arrays) -> (y, backward)` for a layer, an op or a function."""
    forward = getattr(layer, "forward", None)
    is_op = forward is None or not hasattr(layer, "weights")

    def run(arrays):
        if forward is None:
            return differentiate(layer, *arrays)
        if is_op:
            return forward(*arrays, **options)
        return forward(list(arrays) if several else arrays[0], **options)

    return run


def _as_read_only(array):
    array = np.asarray(array)
    array = np.array(array, np.float64 if array.dtype.kind == "f" else array.dtype)
    array.flags.writeable = False
    return array


@contextlib.contextmanager
def _in_float64(weights):
    """Weights and float type in float64 for a while; afterwards they are as before."""
    float_type = floatx()
    before = [vars(w).copy() for w in weights if isinstance(w, Variable)]
    state = np.random.get_state()
    set_floatx("float64")
    try:
        for weight in weights:
            weight.value = weight.value.astype(np.float64)
            weight.has_grad, weight._grad = False, None
        yield
    finally:
        set_floatx(float_type)
        np.random.set_state(state)
        for weight, attributes in zip(weights, before, strict=True):
            vars(weight).update(attributes)
