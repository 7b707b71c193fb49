"""Models as scikit-learn estimators."""

import pickle

import numpy as np
import pytest

from minikeras.layers import Dense
from minikeras.models import Sequential
from minikeras.wrappers.scikit_learn import (
    BaseWrapper,
    KerasClassifier,
    KerasRegressor,
)


def build_classifier(units=8, outputs=3, loss="sparse_categorical_crossentropy"):
    last = "sigmoid" if outputs == 1 else "softmax"
    hidden = Dense(units, activation="tanh", input_shape=(4,))
    model = Sequential([hidden, Dense(outputs, activation=last)])
    model.compile("adam", loss, metrics=["accuracy"])
    return model


def build_regressor(units=8):
    hidden = Dense(units, activation="tanh", input_shape=(4,))
    model = Sequential([hidden, Dense(1)])
    model.compile("adam", "mse")
    return model


@pytest.fixture
def data():
    """Inputs, and labels that a small model finds easily."""
    np.random.seed(0)
    x = np.random.randn(90, 4)
    return x, np.array(["ant", "bee", "cat"])[x[:, :3].argmax(axis=1)]


def classifier(**options):
    settings = {"epochs": 30, "batch_size": 10, "verbose": 0, **options}
    return KerasClassifier(build_classifier, **settings)


def test_a_classifier_predicts_the_labels_it_was_given(data):
    x, y = data
    model = classifier()
    history = model.fit(x, y)
    assert len(history.history["loss"]) == 30
    assert model.classes_.tolist() == ["ant", "bee", "cat"]
    assert set(model.predict(x)) <= set(y)
    assert model.score(x, y) == np.mean(model.predict(x) == y) > 0.8


def test_probabilities_have_a_column_for_each_class(data):
    x, y = data
    model = classifier()
    model.fit(x, y)
    probabilities = model.predict_proba(x)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    found = model.classes_[probabilities.argmax(axis=1)]
    assert (found == model.predict(x)).all()


def test_one_sigmoid_unit_tells_two_classes_apart(data):
    x, _ = data
    y = np.where(x[:, 0] > 0, 7, -7)
    model = classifier(outputs=1, loss="binary_crossentropy")
    model.fit(x, y)
    assert model.predict_proba(x).shape == (90, 2)
    assert set(model.predict(x)) == {-7, 7}
    assert model.score(x, y) > 0.8


@pytest.mark.parametrize("form", ["vector", "column", "rows with a 1"])
def test_labels_are_made_to_fit_the_categorical_loss(data, form):
    x, _ = data
    y = x[:, :3].argmax(axis=1)
    given = {"vector": y, "column": y[:, None], "rows with a 1": np.eye(3)[y]}[form]
    model = classifier(loss="categorical_crossentropy")
    model.fit(x, given)
    assert model.classes_.tolist() == [0, 1, 2]
    assert model.score(x, given) > 0.8


def test_sample_weights_reach_training_and_score(data):
    x, y = data
    only_ants = (y == "ant").astype(float)
    model = classifier()
    model.fit(x, y, sample_weight=only_ants)
    found = model.predict(x) == "ant"
    assert found.mean() > 1.3 * only_ants.mean()
    expected = found[y == "ant"].mean()
    assert model.score(x, y, sample_weight=only_ants) == pytest.approx(expected)


def test_a_regressor_scores_minus_the_loss(data):
    x, _ = data
    y = x @ [1.0, -1, 0.5, 0]
    model = KerasRegressor(build_regressor, epochs=60, batch_size=10, verbose=0)
    model.fit(x, y)
    assert model.predict(x).shape == (90,)
    expected = -np.mean((model.predict(x) - y) ** 2)
    assert model.score(x, y) == pytest.approx(expected, rel=1e-4)
    assert expected > -0.5


def test_fit_builds_a_new_model_each_time(data):
    model = classifier(epochs=1)
    model.fit(*data)
    first = model.model
    model.fit(*data)
    assert model.model is not first


def test_arguments_go_where_their_names_are_known(data):
    model = classifier(units=5, epochs=2)
    history = model.fit(*data, epochs=3)
    assert model.model.layers[0].units == 5
    assert len(history.epoch) == 3
    assert model.filter_sk_params(build_classifier) == {"units": 5}


def test_unknown_arguments_are_named():
    with pytest.raises(ValueError, match="'unitz' is no argument.*'units'"):
        classifier(unitz=3)
    with pytest.raises(ValueError, match="'unitz'"):
        classifier().set_params(unitz=3)


def test_using_a_model_before_training_is_explained(data):
    for call in (classifier().predict, classifier().predict_proba):
        with pytest.raises(ValueError, match="not trained yet"):
            call(data[0])
    with pytest.raises(ValueError, match="not trained yet"):
        KerasRegressor(build_regressor).score(*data)


def test_a_wrapper_without_a_builder_is_refused():
    with pytest.raises(ValueError, match="needs `build_fn`"):
        BaseWrapper()


def test_labels_of_three_axes_are_refused(data):
    with pytest.raises(ValueError, match=r"got shape \(90, 1, 1\)"):
        classifier().fit(data[0], np.zeros((90, 1, 1)))


class BuildsItself(KerasClassifier):
    def __call__(self, units=3):
        return build_classifier(units)


class Builder:
    def __call__(self, units=3):
        return build_classifier(units)


@pytest.mark.parametrize(
    "make", [BuildsItself, lambda **options: KerasClassifier(Builder(), **options)]
)
def test_builders_can_be_objects_and_subclasses(data, make):
    model = make(units=6, epochs=1, verbose=0)
    model.fit(*data)
    assert model.model.layers[0].units == 6


def test_parameters_are_what_was_given_and_can_be_changed():
    model = classifier(units=4)
    assert model.get_params(deep=True)["units"] == 4
    assert model.get_params()["build_fn"] is build_classifier
    assert model.set_params(units=6) is model
    assert model.get_params()["units"] == 6
    assert repr(KerasClassifier(build_classifier, units=2)) == (
        "KerasClassifier(build_classifier, units=2)"
    )


def test_an_untrained_wrapper_can_be_pickled():
    restored = pickle.loads(pickle.dumps(classifier(units=4)))
    assert restored.get_params() == classifier(units=4).get_params()


# ----------------------------------------------------------------- scikit-learn


def test_scikit_learn_clones_wrappers_with_all_arguments():
    base = pytest.importorskip("sklearn.base")
    model = classifier(units=4, class_weight={0: 1.0, 1: 2.0, 2: 1.0})
    copy = base.clone(model)
    assert copy is not model
    assert copy.get_params() == model.get_params()
    assert base.is_classifier(model)
    assert base.is_regressor(KerasRegressor(build_regressor))


def test_scikit_learn_cross_validates(data):
    selection = pytest.importorskip("sklearn.model_selection")
    scores = selection.cross_val_score(classifier(), *data, cv=3)
    assert scores.shape == (3,) and scores.mean() > 0.6
    negative_losses = selection.cross_val_score(
        KerasRegressor(build_regressor, verbose=0), data[0], data[0][:, 0], cv=2
    )
    assert (negative_losses < 0).all()


def test_scikit_learn_searches_through_pipelines(data):
    selection = pytest.importorskip("sklearn.model_selection")
    pipeline = pytest.importorskip("sklearn.pipeline")
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    steps = [("scale", preprocessing.StandardScaler()), ("net", classifier())]
    grid = {"net__units": [1, 8], "net__epochs": [30]}
    search = selection.GridSearchCV(pipeline.Pipeline(steps), grid, cv=2)
    search.fit(*data)
    assert search.best_params_ == {"net__units": 8, "net__epochs": 30}
    assert search.predict(data[0]).shape == (90,)
