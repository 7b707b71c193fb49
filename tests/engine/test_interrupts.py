"""Ctrl-C at every moment of a training step: a batch counts whole or not at all."""

import itertools
import signal
import sys
import time

import numpy as np
import pytest

from minikeras import backend as K
from minikeras import optimizers
from minikeras.backend import control, tape, tensor, updates
from minikeras.constraints import MaxNorm
from minikeras.layers import BatchNormalization, Dense, SimpleRNN
from minikeras.models import Sequential
from minikeras.utils.interrupts import interrupts_held_back


class Hand(optimizers.Optimizer):
    """An optimizer written by a user, with two updates for each weight."""

    def get_updates(self, loss, params):
        self.updates = [K.update_add(self.iterations, 1)]
        self.moments = [K.zeros(K.int_shape(p)) for p in params]
        self.weights = [self.iterations, *self.moments]
        for p, m, g in zip(
            params, self.moments, self.get_gradients(loss, params), strict=True
        ):
            new = 0.9 * m + g
            self.updates += [K.update(m, new), K.update(p, p - 0.01 * new)]
        return self.updates


class ByHand(optimizers.SGD):
    """One that changes the weights in a loop of its own."""

    def update(self, variables):
        for variable in variables:
            variable.assign(variable.value - 0.01 * variable.grad)
        self.iterations.value += 1


@pytest.fixture(autouse=True)
def scopes_end_with_the_test():
    """What a thread notes while a scope is open is as before, for the tests to come.

    A trace also strikes in the line that closes a scope (in `finally`, where Python
    itself looks for no signals, and in `__exit__`), which then stays open.
    """
    notes = [module._thread.__dict__ for module in (control, tape, tensor, updates)]
    before = [dict(note) for note in notes]
    yield
    for note, values in zip(notes, before, strict=True):
        note.clear()
        note.update(values)


OPTIMIZERS = {
    "sgd": lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "rmsprop": lambda: optimizers.RMSprop(clipnorm=1.0),
    "adagrad": optimizers.Adagrad,
    "adadelta": optimizers.Adadelta,
    "adam": lambda: optimizers.Adam(amsgrad=True),
    "adamax": optimizers.Adamax,
    "nadam": optimizers.Nadam,
    "of a user": Hand,
    "of a user, by hand": ByHand,
}


def model_with_states(optimizer):
    """Weights, a constraint, moving means, recurrent states, metrics."""
    np.random.seed(1)
    model = Sequential(
        [
            SimpleRNN(3, stateful=True, batch_input_shape=(4, 2, 2)),
            BatchNormalization(),
            Dense(2, kernel_constraint=MaxNorm(1.0)),
        ]
    )
    model.compile(optimizer, "mse", ["mae"])
    return model


def batch(number):
    random = np.random.RandomState(number)
    return [random.randn(4, 2, 2).astype("f")], [random.randn(4, 2).astype("f")], [None]


def variables_of(model):
    """All that a training step changes."""
    metrics = [variable for metric in model.metrics for variable in metric.weights]
    states = model.layers[0].states
    return [*model.weights, *model.optimizer.weights, *states, *metrics]


def state_of(variables):
    return [np.array(variable.value) for variable in variables]


def same(state, other):
    return all(np.array_equal(a, b) for a, b in zip(state, other, strict=True))


class CtrlC:
    """Sends SIGINT to this process at the n-th line that is run in the block."""

    def __init__(self, moment):
        self.moment = moment
        self.lines = 0

    def __enter__(self):
        self.before = sys.gettrace()
        sys.settrace(self._trace)

    def _trace(self, frame, event, argument):
        if event == "line":
            self.lines += 1
            if self.lines == self.moment:
                signal.raise_signal(signal.SIGINT)
        return self._trace

    def __exit__(self, *error):
        sys.settrace(self.before)


def interrupted_everywhere(run, restore, first=1, step=1):
    """Run it with Ctrl-C at its 1st, 2nd, ... line; yields after each interrupt."""
    for moment in itertools.count(first, step):
        restore()
        try:
            with CtrlC(moment):
                run()
        except KeyboardInterrupt:
            yield moment
        else:
            return  # it ran to its end: there are no further lines


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_step_that_is_interrupted_has_changed_all_or_nothing(name):
    model = model_with_states(OPTIMIZERS[name]())
    model.train_step(*batch(0))
    variables = variables_of(model)
    states = [state_of(variables)]
    for number in (1, 2):
        model.train_step(*batch(number))
        states.append(state_of(variables))
    before, after, end = states
    assert not any(np.array_equal(a, b) for a, b in zip(before, after, strict=True))

    def restore():
        for variable, value in zip(variables, before, strict=True):
            variable.assign(value)

    outcomes = []
    # every fourth line, the optimizers taking turns
    first = 1 + list(OPTIMIZERS).index(name) % 4
    for moment in interrupted_everywhere(
        lambda: model.train_step(*batch(1)), restore, first, step=4
    ):
        now = state_of(variables)
        assert same(now, before) or same(now, after), f"torn at line {moment}"
        outcomes.append(same(now, after))
        if not outcomes[-1]:
            model.train_step(*batch(1))
        model.train_step(*batch(2))
        assert same(state_of(variables), end), f"went on wrongly after line {moment}"
    assert outcomes == sorted(outcomes) and set(outcomes) == {False, True}


def test_a_prediction_that_is_interrupted_has_changed_all_states_or_none():
    model = model_with_states("sgd")
    x, _, _ = batch(0)
    states = model.layers[0].states
    model.predict_step(x)
    before = state_of(states)
    model.predict_step(x)
    after = state_of(states)

    def restore():
        for variable, value in zip(states, before, strict=True):
            variable.assign(value)

    outcomes = set()
    for _ in interrupted_everywhere(lambda: model.predict_step(x), restore):
        now = state_of(states)
        assert same(now, before) or same(now, after)
        outcomes.add(same(now, after))
    assert outcomes == {False, True}


def test_the_updates_of_a_function_are_carried_out_all_or_not_at_all():
    a, b = K.variable(0.0), K.variable(0.0)
    step = K.function([], [], [K.update_add(a, 1), K.update_add(b, 1)])
    moments = 0
    for _ in interrupted_everywhere(lambda: step([]), lambda: None):
        assert a.value == b.value
        moments += 1
    assert moments > 10 and 0 < a.value < moments


def test_the_handler_of_the_user_gets_the_interrupt_afterwards():
    got = []

    def mine(number, frame):
        got.append((number, "inside" in frame.f_locals or done))

    before = signal.signal(signal.SIGINT, mine)
    done = False
    try:
        with interrupts_held_back():
            signal.raise_signal(signal.SIGINT)
            assert not got
            done = True
        assert got == [(signal.SIGINT, True)]
        assert signal.getsignal(signal.SIGINT) is mine
    finally:
        signal.signal(signal.SIGINT, before)


def test_ctrl_c_that_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interrupts_held_back():
            signal.raise_signal(signal.SIGINT)
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_second_ctrl_c_gets_out_of_a_block_that_does_not_end():
    with pytest.raises(KeyboardInterrupt):
        with interrupts_held_back():
            signal.raise_signal(signal.SIGINT)
            time.sleep(1.1)
            signal.raise_signal(signal.SIGINT)
            raise AssertionError("not interrupted")


def test_an_error_in_the_block_puts_the_handler_back():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ZeroDivisionError):
        with interrupts_held_back():
            1 / 0  # noqa: B018
    assert signal.getsignal(signal.SIGINT) is before


def test_blocks_inside_of_blocks_hold_back_until_the_outermost_ends():
    with pytest.raises(KeyboardInterrupt):
        with interrupts_held_back():
            with interrupts_held_back():
                signal.raise_signal(signal.SIGINT)
            outer = True
    assert outer
