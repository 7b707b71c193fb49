"""Optimizers: buffers, state, hyperparameters, the user's own, mistakes."""

import pickle

import numpy as np
import pytest

from minikeras import backend as K
from minikeras import constraints, optimizers
from minikeras.backend.tensor import Variable
from minikeras.engine.flat import lay_flat
from minikeras.kernels import use_specs
from minikeras.layers import Dense
from minikeras.models import Sequential
from minikeras.optimizers import SGD, Adam, Nadam, Optimizer

ALL = [
    optimizers.SGD(0.1, momentum=0.9, nesterov=True, decay=0.1),
    optimizers.RMSprop(0.1),
    optimizers.Adagrad(0.1),
    optimizers.Adadelta(1.0),
    optimizers.Adam(0.1, clipnorm=1.0),
    optimizers.Adam(0.1, amsgrad=True, clipvalue=0.5),
    optimizers.Adamax(0.1),
    optimizers.Nadam(0.1),
]
every_optimizer = pytest.mark.parametrize(
    "config",
    [optimizers.serialize(each) for each in ALL],
    ids=lambda c: c["class_name"],
)


def weights_of(*shapes, dtype="float32"):
    random = np.random.RandomState(0)
    return [Variable(random.standard_normal(shape), dtype) for shape in shapes]


def steps(optimizer, weights, count=5):
    """Some steps with gradients that depend on the step alone."""
    random = np.random.RandomState(1)
    for _ in range(count):
        for weight in weights:
            weight.zero_grad()
            weight.add_grad(random.standard_normal(weight.shape).astype(weight.dtype))
        optimizer.update(weights)
    return [weight.value.copy() for weight in weights]


def same(a, b, **tolerance):
    for one, other in zip(a, b, strict=True):
        np.testing.assert_allclose(one, other, **tolerance)


# ---- buffers -------------------------------------------------------------------------


@every_optimizer
def test_side_by_side_or_not_the_steps_are_the_same(config):
    apart, flat = weights_of((3, 2), (4,), ()), weights_of((3, 2), (4,), ())
    lay_flat(flat)
    a, b = optimizers.get(config), optimizers.get(config)
    same(steps(a, apart), steps(b, flat), rtol=1e-5)
    same(a.get_weights(), b.get_weights(), rtol=1e-5)
    assert len(a._segments(apart)) == 3
    assert len(b._segments(flat)) == 1


@every_optimizer
def test_kernels_and_specifications_agree(config):
    compiled = steps(optimizers.get(config), weights_of((30, 7)))
    with use_specs():
        same(steps(optimizers.get(config), weights_of((30, 7))), compiled, rtol=1e-5)


@every_optimizer
def test_double_precision(config):
    single = steps(optimizers.get(config), weights_of((4, 3)))
    double = steps(optimizers.get(config), weights_of((4, 3), dtype="float64"))
    assert double[0].dtype == "float64"
    same(double, single, rtol=1e-3, atol=1e-5)


def test_freezing_a_part_makes_new_segments_and_keeps_the_state():
    a, b, c = weights = weights_of((2,), (3,), (4,))
    lay_flat(weights)
    optimizer = SGD(0.1, momentum=0.9)
    steps(optimizer, weights)
    moments = [slot.copy() for slot in optimizer.get_weights()[1:]]
    frozen = b.value.copy()
    steps(optimizer, [a, c], 1)
    assert [len(s[0]) for s in optimizer._segments([a, c])] == [2, 4]
    np.testing.assert_array_equal(b.value, frozen)
    np.testing.assert_array_equal(optimizer.get_weights()[2], moments[1])
    assert np.any(optimizer.get_weights()[1] != moments[0])


def test_unfreezing_goes_on_with_the_state_as_it_is_now():
    weights, others = weights_of((2,), (3,)), weights_of((2,), (3,))
    lay_flat(weights)
    a, b = SGD(0.1, momentum=0.9), SGD(0.1, momentum=0.9)
    for optimizer, (first, second) in ((a, weights), (b, others)):
        everything = [first, second]
        steps(optimizer, everything)
        steps(optimizer, [first])
        steps(optimizer, everything)
    same([w.value for w in weights], [w.value for w in others], rtol=1e-6)
    same(a.get_weights(), b.get_weights(), rtol=1e-6)
    np.testing.assert_array_equal(a._segments(weights)[0][2][:2], a.get_weights()[1])


def test_weights_that_move_are_found_again():
    moved, still = weights_of((2,), (3,)), weights_of((2,), (3,))
    a, b = SGD(0.1, momentum=0.9), SGD(0.1, momentum=0.9)
    steps(a, moved)
    steps(b, still)
    lay_flat(moved)
    same(steps(a, moved), steps(b, still))
    assert len(a._segments(moved)) == 1


def test_two_models_may_share_an_optimizer():
    a, b = weights_of((2,)), weights_of((3,))
    optimizer = SGD(0.1, momentum=0.9)
    for _ in range(2):
        steps(optimizer, a, 1)
        steps(optimizer, b, 1)
    assert [w.shape for w in optimizer.get_weights()] == [(), (2,), (3,)]
    assert optimizer.iterations.value == 4


def test_a_weight_without_a_gradient_counts_as_zero():
    a, b = weights = weights_of((2,), (2,))
    a.add_grad(np.ones(2))
    before = b.value.copy()
    SGD(0.1).update(weights)
    np.testing.assert_array_equal(b.value, before)


# ---- formulas ------------------------------------------------------------------------


def one_step(optimizer, gradient):
    weight = Variable(np.zeros(len(gradient)))
    weight.add_grad(np.asarray(gradient))
    optimizer.update([weight])
    return weight.value


def test_clipnorm_bounds_the_norm_over_all_weights():
    a, b = weights = [Variable(np.zeros(1)), Variable(np.zeros(1))]
    a.add_grad(np.array([3.0]))
    b.add_grad(np.array([4.0]))
    SGD(1.0, clipnorm=1.0).update(weights)
    np.testing.assert_allclose([a.value[0], b.value[0]], [-0.6, -0.8], rtol=1e-6)


def test_clipvalue_bounds_each_number():
    got = one_step(SGD(1.0, clipvalue=0.5), [3.0, -4.0, 0.25])
    np.testing.assert_allclose(got, [-0.5, 0.5, -0.25])


def test_clip_norm_scales_where_the_norm_is_larger():
    g = np.array([3.0, 4.0])
    np.testing.assert_allclose(optimizers.clip_norm(g, 1.0, 5.0), g / 5)
    np.testing.assert_array_equal(optimizers.clip_norm(g, 10.0, 5.0), g)
    np.testing.assert_array_equal(optimizers.clip_norm(g, 0, 5.0), g)


@pytest.mark.parametrize("make", [optimizers.Adam, optimizers.Adamax])
def test_the_first_step_of_adam_and_adamax_is_the_learning_rate(make):
    got = one_step(make(0.125), [2.0, -0.01])
    np.testing.assert_allclose(got, [-0.125, 0.125], rtol=1e-3)


def test_decay_divides_the_rate_from_the_second_step_on():
    optimizer, weight = SGD(1.0, decay=1.0), Variable(np.zeros(1))
    path = []
    for _ in range(3):
        weight.zero_grad()
        weight.add_grad(np.ones(1))
        optimizer.update([weight])
        path.append(weight.value[0])
    np.testing.assert_allclose(path, [-1, -1.5, -1.5 - 1 / 3], rtol=1e-6)


# ---- state and hyperparameters -------------------------------------------------------


@every_optimizer
def test_state_and_weights_copied_the_steps_go_on_alike(config):
    ours, theirs = weights_of((3, 2), (4,)), weights_of((3, 2), (4,))
    optimizer, other = optimizers.get(config), optimizers.get(config)
    steps(optimizer, ours)
    other.build(theirs)
    other.set_weights(optimizer.get_weights())
    for a, b in zip(ours, theirs, strict=True):
        b.assign(a.value)
    same(steps(optimizer, ours), steps(other, theirs))


@every_optimizer
def test_pickled_with_its_weights_the_steps_go_on_alike(config):
    optimizer, weights = optimizers.get(config), weights_of((3, 2), (4,))
    steps(optimizer, weights)
    other, copies = pickle.loads(pickle.dumps((optimizer, weights)))
    same(steps(optimizer, weights), steps(other, copies))


def test_the_state_without_the_count_is_accepted():
    optimizer, weights = optimizers.RMSprop(), weights_of((2,))
    steps(optimizer, weights)
    optimizer.set_weights([np.ones(2)])
    assert optimizer.iterations.value == 0
    np.testing.assert_array_equal(optimizer.get_weights()[1], [1, 1])


def test_a_state_that_does_not_fit_is_refused():
    optimizer, weights = optimizers.RMSprop(), weights_of((2,))
    with pytest.raises(ValueError, match="none before its first step"):
        optimizer.set_weights([np.array(0), np.ones(2)])
    optimizer.build(weights)
    with pytest.raises(ValueError, match=r"\(2,\).*not compatible.*\(3,\)"):
        optimizer.set_weights([np.array(0), np.ones(3)])
    with pytest.raises(ValueError, match=r"\(5\) does not match.*\(2\)"):
        optimizer.set_weights([np.ones(2)] * 5)


def test_the_learning_rate_can_be_changed_in_three_ways():
    optimizer = SGD(0.5)
    K.set_value(optimizer.lr, 0.25)
    assert one_step(optimizer, [1.0]) == -0.25
    optimizer.lr = 0.125
    assert one_step(optimizer, [1.0]) == -0.125
    optimizer.learning_rate = 0.0625
    assert one_step(optimizer, [1.0]) == -0.0625
    assert K.get_value(optimizer.lr) == 0.0625


def test_lr_and_learning_rate_are_one():
    assert SGD(lr=0.5).get_config() == SGD(learning_rate=0.5).get_config()


def test_attributes_have_keras_names():
    assert K.get_value(Adam().beta_1) == pytest.approx(0.9)
    assert K.get_value(SGD(momentum=0.5).momentum) == 0.5
    assert K.get_value(SGD(decay=0.5).decay) == 0.5
    assert Adam().epsilon == K.epsilon()
    assert Nadam().schedule_decay == 0.004
    assert K.get_value(SGD().iterations) == 0


# ---- optimizers of the user's own ----------------------------------------------------


class PlainDescent(Optimizer):
    """As in a Keras 2 script: K ops in `get_updates`."""

    def __init__(self, lr=0.1, **kwargs):
        super().__init__(**kwargs)
        self.learning_rate = K.variable(lr)

    def get_updates(self, loss, params):
        grads = self.get_gradients(loss, params)
        self.updates = [K.update_add(self.iterations, 1)]
        rate = self.lr / (1.0 + K.cast(self.iterations, K.floatx()))
        for p, g in zip(params, grads, strict=True):
            new_p = p - rate * g
            if getattr(p, "constraint", None) is not None:
                new_p = p.constraint(new_p)
            self.updates.append(K.update(p, new_p))
        return self.updates


class SignDescent(SGD):
    """Changes the gradients only."""

    def get_gradients(self, loss, params):
        return [K.sign(g) for g in super().get_gradients(loss, params)]


def model_with(optimizer):
    model = Sequential(
        [Dense(3, "tanh", input_dim=4), Dense(2, kernel_constraint="non_neg")]
    )
    model.set_weights([np.full(w.shape, 0.5) for w in model.weights])
    model.compile(optimizer, "mse")
    return model


def trained(optimizer, count=4):
    model = model_with(optimizer)
    x = np.random.RandomState(0).rand(8, 4)
    for _ in range(count):
        model.train_on_batch(x, x[:, :2] - 1)
    return model.get_weights()


def test_get_updates_with_k_ops_trains():
    same(trained(PlainDescent(0.1)), trained(SGD(0.1, decay=1.0)), rtol=1e-5)


def test_constraints_are_applied_once_also_by_get_updates():
    halfway = constraints.MinMaxNorm(2.0, 2.0, rate=0.5)
    for optimizer in (SGD(0.0), SignDescent(0.0)):
        weight = Variable(np.array([4.0]), constraint=halfway)
        weight.add_grad(np.ones(1))
        optimizer.update([weight])
        assert weight.value == pytest.approx(3.0)


def test_changed_gradients_are_used():
    optimizer = SignDescent(0.125)
    assert one_step(optimizer, [3.0, -0.5]).tolist() == [-0.125, 0.125]
    weight = Variable(np.zeros(1))
    for _ in range(3):
        weight.zero_grad()
        weight.add_grad(np.array([7.0]))
        optimizer.update([weight])
    assert weight.value == -0.375
    assert optimizer.iterations.value == 4


def test_clipping_reaches_optimizers_of_the_users_own():
    got = one_step(PlainDescent(1.0, clipnorm=1.0), [3.0, 4.0])
    np.testing.assert_allclose(got, [-0.6, -0.8], rtol=1e-6)


@pytest.mark.parametrize(
    "make", [lambda: SGD(0.1, momentum=0.5), lambda: Adam(0.1), Nadam]
)
def test_get_updates_in_a_script(make):
    w, x = K.variable(np.ones(3)), K.placeholder((3,))
    loss = K.sum(K.square(w - x))
    step = K.function([x], [loss], make().get_updates(loss, [w]))
    values = [step([np.zeros(3)])[0] for _ in range(20)]
    assert values[-1] < values[0]

    other, optimizer = Variable(np.ones(3)), make()
    for _ in range(20):
        other.zero_grad()
        other.add_grad(2 * other.value)
        optimizer.update([other])
    np.testing.assert_allclose(K.get_value(w), other.value, rtol=1e-4, atol=1e-6)


def test_a_loss_without_a_gradient_is_explained():
    w = K.variable(np.ones(3))
    with pytest.raises(ValueError, match="None.*K.argmax"):
        SGD().get_gradients(K.sum(K.variable(np.ones(2))), [w])


# ---- mistakes ------------------------------------------------------------------------


def test_unknown_arguments_are_answered_with_what_was_meant():
    with pytest.raises(TypeError, match="momentm.*Did you mean 'momentum'"):
        SGD(momentm=0.9)
    with pytest.raises(TypeError, match="clip_norm.*Did you mean 'clipnorm'"):
        Adam(clip_norm=1.0)


@pytest.mark.parametrize("wrong", [None, "0.01", [0.01]])
def test_hyperparameters_are_numbers(wrong):
    with pytest.raises(TypeError, match="learning_rate of Adam must be a number"):
        Adam(lr=wrong)


def test_the_base_class_says_what_is_missing():
    with pytest.raises(NotImplementedError, match="get_updates"):
        one_step(Optimizer(), [1.0])


def test_native_tensorflow_optimizers_are_refused_with_the_way_out():
    with pytest.raises(NotImplementedError, match="minikeras.optimizers"):
        optimizers.TFOptimizer(object())


@pytest.mark.parametrize("name", ["SGD", "Adagrad", "Adam", "RMSprop", "Adadelta"])
def test_gradients_of_rows_give_the_same_as_whole_ones(name):
    random = np.random.RandomState(0)
    table = random.randn(50, 3)
    by_rows, whole = Variable(table), Variable(table)
    both = [getattr(optimizers, name)() for _ in range(2)]
    lists = [by_rows], [whole]
    for _ in range(4):
        rows, grads = random.randint(50, size=6), random.randn(6, 3).astype("float32")
        full = np.zeros((50, 3), "float32")
        np.add.at(full, rows, grads)
        by_rows.zero_grad(), whole.zero_grad()
        by_rows.add_grad_rows(rows, grads)
        whole.add_grad(full)
        np.testing.assert_allclose(by_rows.grad, full, rtol=1e-6)
        for optimizer, variables in zip(both, lists, strict=True):
            optimizer.update(variables)
    np.testing.assert_allclose(by_rows.value, whole.value, rtol=1e-6)
    for one, other in zip(*(o.get_weights() for o in both), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_after_an_interrupted_step_the_gradient_of_rows_starts_from_zero(monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    table = Variable(np.zeros((50, 3)))
    table.add_grad(np.ones((50, 3)))
    table.zero_grad()
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("minikeras.backend.tensor.add_rows", interrupt)
        table.add_grad_rows(np.array([1]), np.ones((1, 3), "float32"))
    table.zero_grad()
    table.add_grad_rows(np.array([2]), np.ones((1, 3), "float32"))
    assert table.grad.sum() == table.grad[2].sum() == 3


@pytest.mark.parametrize("name", ["SGD", "Adagrad"])
def test_a_step_touches_only_the_rows_of_the_batch(name):
    table = Variable(np.ones((50, 3)))
    variables, optimizer = [table], getattr(optimizers, name)()
    for rows in ([1, 2], [2, 3], [4, 4]):
        table.zero_grad()
        table.add_grad_rows(np.array(rows), np.ones((2, 3), "float32"))
        optimizer.update(variables)
    changed = optimizer._rows_of(optimizer._segments(variables)[0]).rows
    assert set(changed) <= {2, 3, 4}
    untouched = np.setdiff1d(np.arange(50), [1, 2, 3, 4])
    assert (table.value[untouched] == 1).all()
    assert (table.value[[1, 2, 3, 4]] < 1).all()
