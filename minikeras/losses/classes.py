"""Losses as objects: a function with its options, a reduction and a name."""

from minikeras.losses import averages, crossentropy, similarities
from minikeras.utils.checks import number
from minikeras.utils.losses_utils import Reduction, compute_weighted_loss


class Loss:
    """Base of loss objects; subclasses define `call(y_true, y_pred)`.

    Arguments
        reduction: how the losses of a batch become one number; see `Reduction`.
        name: for messages and configs.
    """

    def __init__(self, reduction=Reduction.SUM_OVER_BATCH_SIZE, name=None):
        Reduction.validate(reduction)
        self.reduction = reduction
        self.name = name

    def __call__(self, y_true, y_pred, sample_weight=None):
        """The loss of a batch; with `reduction='none'`, of each sample."""
        losses = self.call(y_true, y_pred)
        return compute_weighted_loss(losses, sample_weight, self.reduction)

    def call(self, y_true, y_pred):
        """One loss for each sample."""
        raise NotImplementedError(f"{type(self).__name__} must define `call`.")

    def get_config(self):
        """Arguments with which `from_config` makes the loss again."""
        return {"reduction": self.reduction, "name": self.name}

    @classmethod
    def from_config(cls, config):
        """Make a loss from what `get_config` gave."""
        return cls(**config)


class LossFunctionWrapper(Loss):
    """A loss function as an object.

    Arguments
        fn: function of (y_true, y_pred, **kwargs) that gives one loss for each sample.
        kwargs: further arguments of the function.
    """

    def __init__(
        self, fn, reduction=Reduction.SUM_OVER_BATCH_SIZE, name=None, **kwargs
    ):
        super().__init__(reduction, name)
        self.fn = fn
        self._fn_kwargs = kwargs

    def call(self, y_true, y_pred):
        return self.fn(y_true, y_pred, **self._fn_kwargs)

    def get_config(self):
        return {**super().get_config(), **self._fn_kwargs}


class MeanSquaredError(LossFunctionWrapper):
    """See `mean_squared_error`."""

    def __init__(
        self, reduction=Reduction.SUM_OVER_BATCH_SIZE, name="mean_squared_error"
    ):
        super().__init__(averages.mean_squared_error, reduction, name)


class MeanAbsoluteError(LossFunctionWrapper):
    """See `mean_absolute_error`."""

    def __init__(
        self, reduction=Reduction.SUM_OVER_BATCH_SIZE, name="mean_absolute_error"
    ):
        super().__init__(averages.mean_absolute_error, reduction, name)


class MeanAbsolutePercentageError(LossFunctionWrapper):
    """See `mean_absolute_percentage_error`."""

    def __init__(
        self,
        reduction=Reduction.SUM_OVER_BATCH_SIZE,
        name="mean_absolute_percentage_error",
    ):
        super().__init__(averages.mean_absolute_percentage_error, reduction, name)


class MeanSquaredLogarithmicError(LossFunctionWrapper):
    """See `mean_squared_logarithmic_error`."""

    def __init__(
        self,
        reduction=Reduction.SUM_OVER_BATCH_SIZE,
        name="mean_squared_logarithmic_error",
    ):
        super().__init__(averages.mean_squared_logarithmic_error, reduction, name)


class BinaryCrossentropy(LossFunctionWrapper):
    """See `binary_crossentropy`.

    Arguments
        from_logits, label_smoothing: of the function.
        reduction, name: see Loss.
    """

    def __init__(
        self,
        from_logits=False,
        label_smoothing=0,
        reduction=Reduction.SUM_OVER_BATCH_SIZE,
        name="binary_crossentropy",
    ):
        super().__init__(
            crossentropy.binary_crossentropy,
            reduction,
            name,
            from_logits=from_logits,
            label_smoothing=number(label_smoothing, "label_smoothing", 0, 1),
        )


class CategoricalCrossentropy(LossFunctionWrapper):
    """See `categorical_crossentropy`.

    Arguments
        from_logits, label_smoothing: of the function.
        reduction, name: see Loss.
    """

    def __init__(
        self,
        from_logits=False,
        label_smoothing=0,
        reduction=Reduction.SUM_OVER_BATCH_SIZE,
        name="categorical_crossentropy",
    ):
        super().__init__(
            crossentropy.categorical_crossentropy,
            reduction,
            name,
            from_logits=from_logits,
            label_smoothing=number(label_smoothing, "label_smoothing", 0, 1),
        )


class SparseCategoricalCrossentropy(LossFunctionWrapper):
    """See `sparse_categorical_crossentropy`.

    Arguments
        from_logits: of the function.
        reduction, name: see Loss.
    """

    def __init__(
        self,
        from_logits=False,
        reduction=Reduction.SUM_OVER_BATCH_SIZE,
        name="sparse_categorical_crossentropy",
    ):
        super().__init__(
            crossentropy.sparse_categorical_crossentropy,
            reduction,
            name,
            from_logits=from_logits,
        )


class Hinge(LossFunctionWrapper):
    """See `hinge`."""

    def __init__(self, reduction=Reduction.SUM_OVER_BATCH_SIZE, name="hinge"):
        super().__init__(averages.hinge, reduction, name)


class SquaredHinge(LossFunctionWrapper):
    """See `squared_hinge`."""

    def __init__(self, reduction=Reduction.SUM_OVER_BATCH_SIZE, name="squared_hinge"):
        super().__init__(averages.squared_hinge, reduction, name)


class CategoricalHinge(LossFunctionWrapper):
    """See `categorical_hinge`."""

    def __init__(
        self, reduction=Reduction.SUM_OVER_BATCH_SIZE, name="categorical_hinge"
    ):
        super().__init__(similarities.categorical_hinge, reduction, name)


class Poisson(LossFunctionWrapper):
    """See `poisson`."""

    def __init__(self, reduction=Reduction.SUM_OVER_BATCH_SIZE, name="poisson"):
        super().__init__(averages.poisson, reduction, name)


class LogCosh(LossFunctionWrapper):
    """See `logcosh`."""

    def __init__(self, reduction=Reduction.SUM_OVER_BATCH_SIZE, name="logcosh"):
        super().__init__(averages.logcosh, reduction, name)


class KLDivergence(LossFunctionWrapper):
    """See `kullback_leibler_divergence`."""

    def __init__(
        self,
        reduction=Reduction.SUM_OVER_BATCH_SIZE,
        name="kullback_leibler_divergence",
    ):
        super().__init__(similarities.kullback_leibler_divergence, reduction, name)


class Huber(LossFunctionWrapper):
    """See `huber_loss`.

    Arguments
        delta: of the function.
        reduction, name: see Loss.
    """

    def __init__(
        self, delta=1.0, reduction=Reduction.SUM_OVER_BATCH_SIZE, name="huber_loss"
    ):
        super().__init__(
            averages.huber_loss, reduction, name, delta=number(delta, "delta", least=0)
        )
