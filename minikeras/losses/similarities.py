"""Losses that compare a whole row of predictions with a row of targets."""

from minikeras import backend as K


def _as_type_of(y_true, y_pred):
    return K.cast(y_true, K.dtype(y_pred))


def categorical_hinge(y_true, y_pred):
    """max(wrong - right + 1, 0): the right class shall win by 1 over all others."""
    y_true = _as_type_of(y_true, y_pred)
    right = K.sum(y_true * y_pred, axis=-1)
    wrong = K.max((1.0 - y_true) * y_pred, axis=-1)
    return K.maximum(0.0, wrong - right + 1.0)


def kullback_leibler_divergence(y_true, y_pred):
    """sum of t log(t / p): how far the distribution p is from the distribution t."""
    t = K.clip(_as_type_of(y_true, y_pred), K.epsilon(), 1)
    p = K.clip(y_pred, K.epsilon(), 1)
    return K.sum(t * K.log(t / p), axis=-1)


def cosine_proximity(y_true, y_pred, axis=-1):
    """Minus the cosine of the angle between targets and predictions."""
    t = K.l2_normalize(_as_type_of(y_true, y_pred), axis=axis)
    p = K.l2_normalize(y_pred, axis=axis)
    return -K.sum(t * p, axis=axis)


kld = KLD = kullback_leibler_divergence
cosine = cosine_similarity = cosine_proximity
