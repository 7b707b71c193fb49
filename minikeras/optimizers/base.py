"""`Optimizer`: changes weights by their gradients, step by step.

A built-in optimizer says three things: which arrays it keeps beside each weight
(`slots`), which kernel makes a step, and the numbers of the t-th step (`rates`). The
formula is in the kernel's specification, `minikeras/kernels/optimizers.py`.

An optimizer of your own overrides `get_updates` with K ops, as in Keras.
"""

import functools

import numpy as np

from minikeras import backend as K
from minikeras.backend.graph import Call
from minikeras.backend.tensor import Symbolic, Tensor, Variable, tracing
from minikeras.kernels import team
from minikeras.optimizers.slots import Rows, Slots
from minikeras.utils.checks import check_arrays, number, shorten
from minikeras.utils.messages import did_you_mean

# Least and largest value of hyperparameters that cannot have any.
RANGES = {
    **dict.fromkeys(("momentum", "rho", "beta_1", "beta_2"), (0, 1)),
    "decay": (0,),
}
NANOSECONDS = 0.7  # for each weight, by one thread
BLOCK = 256  # weights that stay together: each thread begins with a line of the cache


class Optimizer:
    """Base of all optimizers.

    Arguments
        clipnorm: all gradients are scaled down together, so that the norm of the whole
            is at most this.
        clipvalue: each number in the gradients is clipped to -clipvalue ... clipvalue,
            after `clipnorm`. In an embedding that is the gradient of a row; Keras clips
            each use of the row on its own, and then adds them up.

    Attributes
        iterations: variable that counts the steps.
        weights: the state; iterations first, then the slots.

    Hyperparameters are variables: `K.set_value(optimizer.lr, 0.01)`, or shorter
    `optimizer.lr = 0.01`.
    """

    slots = ()
    kernel = None

    def __init__(self, **kwargs):
        for name in kwargs:
            if name not in ("clipnorm", "clipvalue"):
                raise TypeError(
                    f"Unexpected keyword argument passed to optimizer: {name}."
                    f"{did_you_mean(name, self._argument_names())}"
                )
        for name, value in kwargs.items():
            if value is not None:
                number(value, name)
        vars(self).update(kwargs)
        self.iterations = Variable(0, "int64", name=self._scoped("iterations"))
        self.updates, self.weights = [], []
        self._slots = Slots()
        self._traced = self._gradients_given = None

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "get_updates" in vars(cls):
            cls.get_updates = written_down(cls.get_updates)

    @classmethod
    def _argument_names(cls):
        code = cls.__init__.__code__
        own = code.co_varnames[1 : code.co_argcount]
        return [*own, "lr", "decay", "epsilon", "clipnorm", "clipvalue"]

    def _scoped(self, name):
        return f"{type(self).__name__}/{name}:0"

    def _hyperparameter(self, name, value):
        """Make a number that users may change between steps."""
        if value is None or isinstance(value, str) or np.ndim(value):
            raise TypeError(
                f"{name} of {type(self).__name__} must be a number. Got: "
                f"{shorten(value)}"
            )
        value = number(value, name, *RANGES.get(name, ()))
        setattr(self, name, Variable(value, name=self._scoped(name)))

    def __setattr__(self, name, value):
        """`optimizer.momentum = 0.8` changes the variable that holds the momentum."""
        before = vars(self).get(name)
        if isinstance(before, Variable) and not isinstance(value, Tensor):
            before.assign(value if before.shape else number(value, name))
        else:
            super().__setattr__(name, value)

    @property
    def lr(self):
        """The learning rate's variable; short for `learning_rate`."""
        return self.learning_rate

    @lr.setter
    def lr(self, value):
        self.learning_rate = value

    # ---- a step ----------------------------------------------------------------------

    def rates(self, t):
        """The kernel's last arguments in step t (counted from 1)."""
        raise NotImplementedError(
            f"{type(self).__name__} defines neither `get_updates` (with K ops) nor "
            "`kernel` and `rates`."
        )

    def _decayed_rate(self, t):
        """lr / (1 + decay (t - 1))"""
        return self.learning_rate.value.item() / (1 + self.decay.value.item() * (t - 1))

    def update(self, variables):
        """One step: change the variables by the gradients that they have collected."""
        for variable in variables:
            if not variable.has_grad:
                variable.grad  # noqa: B018  fills the buffer with zeros
        if self._is_custom():
            self._custom_update(variables)
            return
        segments = self._segments(variables)
        self._clip(segments)
        self._apply(segments)
        for variable in variables:
            if variable.constraint is not None:
                variable.assign(variable.constraint(variable.value))

    def _apply(self, segments):
        t = int(self.iterations.value) + 1
        rates = self.rates(t)
        for segment in segments:
            rows = self._rows_of(segment)
            self._share(segment if rows is None else rows.taken, rates)
            if rows is not None:
                rows.put_back()
        self.iterations.value[...] = t

    def _share(self, arrays, rates):
        """One kernel step on flat arrays, shared among threads if they are large."""
        size = arrays[0].size
        if NANOSECONDS * size < team.ENOUGH:
            self.kernel(*arrays, *rates)
            return

        def part(lo, hi):
            some = slice(lo * BLOCK, hi * BLOCK)
            self.kernel(*(array[some] for array in arrays), *rates)

        team.split(part, -(-size // BLOCK), NANOSECONDS * size)

    def _rows_of(self, segment):
        """The rows of an embedding that this step changes; None for all."""
        variable = segment.table
        if variable is None or variable.grad_rows is None:
            return None
        rows = self._rows_to_change(variable)
        count = len(variable.value)
        if rows is None or 3 * len(rows) > count:
            return None
        return Rows(segment, rows, count)

    def _rows_to_change(self, variable):
        """Numbers of the rows that a step may change; None if it may change all.

        Most optimizers keep moving means, which change where the gradient is zero.
        """
        return None

    def _clip(self, segments):
        """Clip flat gradients in place."""
        clipnorm, clipvalue = self._limits()
        if not (clipnorm > 0 or clipvalue > 0):
            return
        grads = [flat_grads for _, flat_grads, *_ in segments]
        if clipnorm > 0:
            norm = np.sqrt(sum(float(np.dot(g, g)) for g in grads))
            if norm >= clipnorm:
                for g in grads:
                    g *= clipnorm / norm
        if clipvalue > 0:
            for g in grads:
                np.clip(g, -clipvalue, clipvalue, out=g)

    def _limits(self):
        own = vars(self)
        return own.get("clipnorm") or 0, own.get("clipvalue") or 0

    def _segments(self, variables):
        """Flat arrays, the kernel's first arguments: values, gradients, slots."""
        segments = self._slots.segments(variables)
        if segments is None:
            self._make_slots(variables)
            segments = self._slots.segments(variables)
        return segments

    def build(self, variables):
        """Make the state for these variables, so that `weights` is complete."""
        if self._is_custom():
            self._traced = tuple(variables), self._trace(variables)
        else:
            self._make_slots(variables)

    def _make_slots(self, variables):
        self._slots.plan(variables, self.slots, type(self).__name__)
        self.weights = self._state()

    def _state(self):
        """Variables of the state, in the order of `get_weights`."""
        return [self.iterations, *self._slots.in_order(self.slots)]

    # ---- steps written with K ops ----------------------------------------------------

    def _is_custom(self):
        """Whether a user's class changes how updates or gradients are computed."""
        for cls in type(self).__mro__:
            if "kernel" in vars(cls):
                return False
            if "get_updates" in vars(cls) or "get_gradients" in vars(cls):
                return True
        return False

    def _custom_update(self, variables):
        if self._traced is None or self._traced[0] != tuple(variables):
            self.build(variables)
        _, step = self._traced
        step([variable.grad for variable in variables])

    def _trace(self, variables):
        """A K.function that takes the gradients and carries out `get_updates`."""
        places = [
            Symbolic(v.shape, v.dtype, name=f"gradient of {v.name}") for v in variables
        ]
        self._gradients_given = places
        try:
            updates = self.get_updates(Symbolic((), name="loss"), list(variables))
        finally:
            self._gradients_given = None
        return K.function(places, [], updates)

    def get_gradients(self, loss, params):
        """Gradients of a symbolic loss for each of `params`, clipped."""
        grads = self._gradients_given
        if grads is None:
            grads = K.gradients(loss, params)
        if any(g is None for g in grads):
            without = [p.name for p, g in zip(params, grads, strict=True) if g is None]
            raise ValueError(
                "An operation has `None` for gradient: the loss does not depend on "
                f"{without}, or only through operations without a gradient such as "
                "K.argmax and K.round."
            )
        clipnorm, clipvalue = self._limits()
        if clipnorm > 0:
            norm = K.sqrt(sum(K.sum(K.square(g)) for g in grads))
            grads = [clip_norm(g, clipnorm, norm) for g in grads]
        if clipvalue > 0:
            grads = [K.clip(g, -clipvalue, clipvalue) for g in grads]
        return grads

    def get_updates(self, loss, params):
        """Updates for K.function that make one step towards a smaller symbolic loss."""
        params = list(params)
        grads = self.get_gradients(loss, params)
        self._make_slots(params)
        self.updates = [K.update(self.iterations, self.iterations + 1)]
        for p, g in zip(params, grads, strict=True):
            slots = self._slots.of(p)
            shapes, dtypes = zip(
                *((v.shape, v.dtype) for v in (p, *slots)), strict=True
            )
            call = Call(self._new_values, (p, g, *slots), name=self._scoped(p.name))
            new_p, *new_slots = call.outputs_like(list(shapes), list(dtypes))
            if p.constraint is not None:
                new_p = p.constraint(new_p)
            self.updates += map(K.update, (p, *slots), (new_p, *new_slots))
        return self.updates

    def _new_values(self, p, g, *slots):
        """What one step makes of a weight and its slots."""
        new_p, *new_slots = (np.array(each) for each in (p, *slots))
        flat = [
            each.reshape(-1) for each in (new_p, np.ascontiguousarray(g), *new_slots)
        ]
        self.kernel(*flat, *self.rates(int(self.iterations.value) + 1))
        return [new_p, *new_slots], None

    # ---- state and configuration -----------------------------------------------------

    def get_weights(self):
        """Copies of the state: the iteration count, then the slots."""
        return [np.array(w.value) for w in self.weights]

    def set_weights(self, weights):
        """Overwrite the state by arrays in the order of `get_weights`.

        The iteration count may be left out, as Keras before 2.3 did.
        """
        own = self.weights
        check_arrays(weights, type(self).__name__)
        if len(weights) == len(own) - 1:
            weights = [np.array(0), *weights]
        if len(weights) != len(own):
            raise ValueError(
                f"Length of the specified weight list ({len(weights)}) does not match "
                f"the number of weights of the optimizer ({len(own)})."
                + ("" if own else " It has none before its first step.")
            )
        for variable, value in zip(own, weights, strict=True):
            if np.shape(value) != variable.shape:
                raise ValueError(
                    f"Optimizer weight shape {variable.shape} of {variable.name!r} not "
                    f"compatible with provided weight shape {np.shape(value)}."
                )
        for variable, value in zip(own, weights, strict=True):
            variable.assign(value)

    def get_config(self):
        """Arguments with which `from_config` makes the optimizer again."""
        own = vars(self)
        return {name: own[name] for name in ("clipnorm", "clipvalue") if name in own}

    def _config_of(self, *names):
        """`get_config` with these attributes, variables as numbers."""
        own = vars(self)
        values = ((name, own[name]) for name in names)
        return {
            **Optimizer.get_config(self),
            **{n: v.value.item() if isinstance(v, Variable) else v for n, v in values},
        }

    @classmethod
    def from_config(cls, config):
        """Make an optimizer from what `get_config` gave."""
        return cls(**config)

    def __getstate__(self):
        """For pickling: without what is made again at the next step."""
        return {**vars(self), "_traced": None, "updates": []}


def written_down(get_updates):
    """Make a `get_updates` note all that it does, `K.update_add(t, 1)` too."""

    @functools.wraps(get_updates)
    def noted(self, loss, params):
        with tracing():
            return get_updates(self, loss, params)

    return noted


def pop_epsilon(kwargs):
    """Take `epsilon` out of the arguments; `K.epsilon()` if it is not there."""
    given = kwargs.pop("epsilon", None)
    return K.epsilon() if given is None else number(given, "epsilon", least=0)


def clip_norm(g, c, n):
    """`g` scaled by c / n where the norm n is at least c (and c positive)."""
    if c <= 0:
        return g
    return K.switch(n >= c, g * (c / n), g)
