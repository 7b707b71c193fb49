"""Models as scikit-learn estimators, for its pipelines and searches.

scikit-learn itself is not needed: it only asks for certain methods.

Example
    >>> def build(units=8):
    ...     model = Sequential([Dense(units, "relu"), Dense(3, "softmax")])
    ...     model.compile("adam", "sparse_categorical_crossentropy")
    ...     return model
    >>> classifier = KerasClassifier(build, epochs=20, verbose=0)
    >>> search = GridSearchCV(classifier, {"units": [4, 8], "epochs": [10, 20]})
    >>> search.fit(x, y).best_params_
"""

import inspect

import numpy as np

from minikeras.utils.checks import shorten


class BaseWrapper:
    """A function that builds models, and the arguments for it and for training.

    Arguments
        build_fn: function, or object with __call__, that returns a compiled model;
            None: a subclass has `__call__`.
        sk_params: arguments of build_fn, and of the model's `fit`, `predict` and
            `evaluate`, such as epochs=5. Each goes wherever its name is known.

    Attributes (after `fit`)
        model: the trained model.
    """

    def __init__(self, build_fn=None, **sk_params):
        self.build_fn = build_fn
        self.sk_params = sk_params
        self.check_params(sk_params)

    def check_params(self, params):
        """Raise an error unless some function takes each of `params`."""
        functions = [self._builder(), *_methods_of_models()]
        known = {name for function in functions for name in _arguments(function)}
        for name in params:
            if name not in known:
                raise ValueError(
                    f"{name!r} is no argument of the function that builds the model, "
                    "nor of the model's fit, predict or evaluate. The builder takes "
                    f"{sorted(_arguments(self._builder()))}."
                )

    def get_params(self, **params):
        """All arguments, as a dict. `params` are ignored (scikit-learn gives deep)."""
        return {**self.sk_params, "build_fn": self.build_fn}

    def set_params(self, **params):
        """Change arguments; returns the wrapper."""
        params = dict(params)
        self.build_fn = params.pop("build_fn", self.build_fn)
        self.check_params(params)
        self.sk_params.update(params)
        return self

    def fit(self, x, y, **kwargs):
        """Build a new model and train it; `kwargs` go to the model's `fit`.

        Returns
            The History of the training.
        """
        from minikeras.models import Sequential
        from minikeras.utils import to_categorical

        builder = self._builder()
        self.model = builder(**self.filter_sk_params(builder))
        if not hasattr(self.model, "fit"):
            raise TypeError(
                "`build_fn` must return a compiled model. It returned "
                f"{shorten(self.model)}; does it end without `return model`?"
            )
        if _wants_one_hot(self.model) and np.ndim(y) != 2:
            y = to_categorical(y)
        return self.model.fit(x, y, **self.filter_sk_params(Sequential.fit, kwargs))

    def filter_sk_params(self, fn, override=None):
        """Those arguments that function `fn` takes; `override` comes on top."""
        known = _arguments(fn)
        chosen = {name: v for name, v in self.sk_params.items() if name in known}
        return {**chosen, **(override or {})}

    def _builder(self):
        if self.build_fn is not None:
            return self.build_fn
        if not callable(self):
            raise ValueError(
                f"{type(self).__name__} needs `build_fn`, a function that returns a "
                "compiled model (or a subclass with __call__)."
            )
        return self.__call__

    def _trained(self):
        if not hasattr(self, "model"):
            raise ValueError(
                f"this {type(self).__name__} is not trained yet: call fit(x, y) first."
            )
        return self.model

    def _predict(self, x, kwargs):
        from minikeras.models import Sequential

        options = self.filter_sk_params(Sequential.predict, kwargs)
        return self._trained().predict(x, **options)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "model")

    def __repr__(self):
        name = getattr(self.build_fn, "__name__", repr(self.build_fn))
        options = [f"{key}={value!r}" for key, value in self.sk_params.items()]
        return f"{type(self).__name__}({', '.join([name, *options])})"


class KerasClassifier(BaseWrapper):
    """A model that tells classes apart, as a scikit-learn classifier.

    Labels may be any values (or rows with a 1, as from `to_categorical`); `predict`
    gives the same kind of value back. The model has one output unit for each class, or
    a single sigmoid unit for two classes.

    Attributes (after `fit`)
        classes_, n_classes_: the labels, sorted, and how many there are.
    """

    _estimator_type = "classifier"  # for scikit-learn before 1.6

    def __sklearn_tags__(self):
        from sklearn.utils import ClassifierTags

        return _tags("classifier", classifier_tags=ClassifierTags())

    def fit(self, x, y, sample_weight=None, **kwargs):
        """Build a new model and train it; see BaseWrapper.fit."""
        y = np.asarray(y)
        if y.ndim == 2 and y.shape[1] > 1:
            self.classes_ = np.arange(y.shape[1])
        elif y.ndim == 1 or y.ndim == 2:
            self.classes_ = np.unique(y)
            y = np.searchsorted(self.classes_, y.ravel())
        else:
            raise ValueError(
                "y must hold one label for each sample, (n,), or one column for each "
                f"class, (n, classes); got shape {y.shape}."
            )
        self.n_classes_ = len(self.classes_)
        if sample_weight is not None:
            kwargs["sample_weight"] = sample_weight
        return super().fit(x, y, **kwargs)

    def predict(self, x, **kwargs):
        """The most probable label of each sample; kwargs go to the model's predict."""
        probabilities = self.predict_proba(x, **kwargs)
        return self.classes_[probabilities.argmax(axis=-1)]

    def predict_proba(self, x, **kwargs):
        """Probability of each class, (n, classes); kwargs go to the model's predict."""
        found = self._predict(x, kwargs)
        return np.hstack([1 - found, found]) if found.shape[1] == 1 else found

    def score(self, x, y, **kwargs):
        """The share of samples whose label is predicted.

        Arguments
            x, y: samples and their labels.
            kwargs: sample_weight, and arguments of the model's predict.
        """
        y = np.asarray(y)
        labels = self.classes_[y.argmax(axis=1)] if _is_one_hot(y) else y.ravel()
        weights = kwargs.pop("sample_weight", None)
        return float(np.average(self.predict(x, **kwargs) == labels, weights=weights))


class KerasRegressor(BaseWrapper):
    """A model that predicts numbers, as a scikit-learn regressor."""

    _estimator_type = "regressor"  # for scikit-learn before 1.6

    def __sklearn_tags__(self):
        from sklearn.utils import RegressorTags

        return _tags("regressor", regressor_tags=RegressorTags())

    def predict(self, x, **kwargs):
        """The predictions, (n,) for one output; kwargs go to the model's predict."""
        found = self._predict(x, kwargs)
        return found[:, 0] if found.shape[-1] == 1 and found.ndim == 2 else found

    def score(self, x, y, **kwargs):
        """Minus the loss, so that more is better; kwargs go to the model's evaluate."""
        from minikeras.models import Sequential

        options = self.filter_sk_params(Sequential.evaluate, kwargs)
        loss = self._trained().evaluate(x, y, **options)
        return -float(loss[0] if isinstance(loss, list) else loss)


def _methods_of_models():
    from minikeras.models import Sequential

    return [
        Sequential.fit,
        Sequential.predict,
        Sequential.predict_classes,
        Sequential.evaluate,
    ]


def _arguments(function):
    names = set(inspect.signature(function).parameters)
    return names - {"self", "x", "y", "kwargs"}


def _wants_one_hot(model):
    loss = getattr(model, "loss", None)
    return getattr(loss, "__name__", loss) == "categorical_crossentropy"


def _is_one_hot(y):
    return y.ndim == 2 and y.shape[1] > 1


def _tags(kind, **more):
    """What scikit-learn from 1.6 on asks of an estimator."""
    from sklearn.utils import Tags, TargetTags

    targets = TargetTags(required=True)
    return Tags(estimator_type=kind, target_tags=targets, **more)
