"""Connectionist temporal classification: labels for sequences without an alignment.

A network gives probabilities of C classes at every time step; the last class is the
blank. A path of classes stands for the labels that are left when repeated classes are
merged and blanks removed: - a a - b and a - - b b both stand for a b.

References
    Graves, Fernandez, Gomez, Schmidhuber: Connectionist Temporal Classification (2006),
    https://www.cs.toronto.edu/~graves/icml_2006.pdf
"""

import numpy as np

from minikeras.backend.common import epsilon, floatx
from minikeras.backend.op import op


@op
def ctc_label_dense_to_sparse(labels, label_lengths):
    """The labels of all samples in one row, without the padding.

    Keras gives a SparseTensor; its `values` are what this gives.
    """
    return np.asarray(labels)[_labels_mask(labels, label_lengths)], None


def _labels_mask(labels, lengths):
    return np.arange(np.shape(labels)[1]) < np.reshape(lengths, (-1, 1))


# ---- loss --------------------------------------------------------------------------


def _cost_shape(y_true, y_pred, input_length, label_length):
    return (y_pred[0], 1)


def _pred_dtype(y_true, y_pred, input_length, label_length):
    return y_pred


@op(shape=_cost_shape, dtype=_pred_dtype)
def ctc_batch_cost(y_true, y_pred, input_length, label_length):
    """-log of the probability of all paths that stand for the true labels.

    Arguments
        y_true: (n, longest label) class numbers, padded with anything.
        y_pred: (n, time, classes) probabilities (softmax), the blank last.
        input_length: (n, 1) number of time steps of each sample.
        label_length: (n, 1) number of labels of each sample.

    Returns (n, 1).
    """
    times = np.reshape(input_length, -1).astype(int)
    lengths = np.reshape(label_length, -1).astype(int)
    z = np.log(y_pred + np.asarray(epsilon(), y_pred.dtype))
    log_p = _log_softmax(z)
    states, n_states, may_skip = _states(y_true, lengths, y_pred.shape[2] - 1)
    _check_lengths(times, lengths, y_true, y_pred)
    emitted = np.take_along_axis(log_p, states[:, None, :], axis=2)
    alpha, log_total = _forward_sums(emitted, may_skip, times, n_states)

    def backward(dy):
        beta = _backward_sums(emitted, may_skip, times, n_states)
        share = np.exp(alpha + beta - log_total[:, None, None])
        expected = np.zeros_like(log_p)
        rows = np.arange(len(states))
        for s in range(states.shape[1]):  # two states may emit the same class
            expected[rows, :, states[:, s]] += share[:, :, s]
        inside = (np.arange(log_p.shape[1]) < times[:, None])[:, :, None]
        dz = np.where(inside, np.exp(log_p) - expected, np.zeros((), z.dtype))
        return None, dy.reshape(-1, 1, 1) * dz / (y_pred + epsilon())

    return -log_total[:, None].astype(y_pred.dtype), backward


def _log_softmax(z):
    z = z - z.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def _states(labels, lengths, blank):
    """blank, label, ..., blank; how many; where the blank before may be skipped."""
    labels = np.asarray(labels).astype(int)
    n, longest = labels.shape
    states = np.full((n, 2 * longest + 1), blank)
    states[:, 1::2] = np.where(_labels_mask(labels, lengths), labels, blank)
    may_skip = np.zeros(states.shape, bool)
    may_skip[:, 2:] = (states[:, 2:] != blank) & (states[:, 2:] != states[:, :-2])
    return states, 2 * lengths + 1, may_skip


def _check_lengths(times, lengths, y_true, y_pred):
    labels = np.asarray(y_true).astype(int)
    real = _labels_mask(labels, lengths)
    repeats = ((labels[:, 1:] == labels[:, :-1]) & real[:, 1:]).sum(axis=1)
    for i in np.flatnonzero((times < lengths + repeats) | (times > y_pred.shape[1])):
        raise ValueError(
            f"Sample {i}: input_length is {times[i]}, but {lengths[i]} labels with "
            f"{repeats[i]} repetitions need at least {lengths[i] + repeats[i]} time "
            f"steps, and y_pred has {y_pred.shape[1]}."
        )
    if (labels[real] >= y_pred.shape[2] - 1).any() or (labels[real] < 0).any():
        raise ValueError(
            f"Labels must be from 0 to {y_pred.shape[2] - 2} (the last of the "
            f"{y_pred.shape[2]} classes is the blank); found {labels[real].max()}."
        )


def _forward_sums(emitted, may_skip, times, n_states):
    """log of the sum over path beginnings that are in state s at time t; the total."""
    n, steps, count = emitted.shape
    alpha = np.full(emitted.shape, -np.inf, emitted.dtype)
    alpha[:, 0, :2] = emitted[:, 0, :2]
    alpha[:, 0, 1:][n_states == 1] = -np.inf
    for t in range(1, steps):
        stay = alpha[:, t - 1]
        alpha[:, t] = (
            _log_add(stay, _shift(stay, 1), _skip(stay, may_skip)) + emitted[:, t]
        )
    last = alpha[np.arange(n), times - 1]
    in_blank = np.take_along_axis(last, n_states[:, None] - 1, axis=1)
    in_label = np.take_along_axis(last, n_states[:, None] - 2, axis=1)
    in_label[n_states == 1] = -np.inf
    return alpha, _log_add(in_blank, in_label)[:, 0]


def _backward_sums(emitted, may_skip, times, n_states):
    """log of the sum over path endings after time t, from state s."""
    n, steps, count = emitted.shape
    s = np.arange(count)
    final = (s == n_states[:, None] - 1) | (s == n_states[:, None] - 2)
    start = np.where(final, 0.0, -np.inf).astype(emitted.dtype)
    beta = np.full(emitted.shape, -np.inf, emitted.dtype)
    for t in reversed(range(steps)):
        following = start
        if t + 1 < steps:
            ahead = beta[:, t + 1] + emitted[:, t + 1]
            skip = _shift(np.where(may_skip, ahead, -np.inf), -2)
            inner = _log_add(ahead, _shift(ahead, -1), skip)
            following = np.where((times - 1 == t)[:, None], start, inner)
        beta[:, t] = np.where((t < times)[:, None], following, -np.inf)
    return beta


def _shift(x, by):
    """x moved along the states, -inf where nothing moves in."""
    moved = np.full_like(x, -np.inf)
    if by > 0:
        moved[:, by:] = x[:, :-by]
    else:
        moved[:, :by] = x[:, -by:]
    return moved


def _skip(x, may_skip):
    return np.where(may_skip, _shift(x, 2), -np.inf)


def _log_add(*terms):
    """log of the sum of exp(term), also where all are -inf."""
    with np.errstate(invalid="ignore"):
        return np.logaddexp.reduce(terms)


# ---- decoding ----------------------------------------------------------------------


def ctc_decode(
    y_pred,
    input_length,
    greedy=True,
    beam_width=100,
    top_paths=1,
    merge_repeated=False,
):
    """The most probable labels.

    Arguments
        y_pred: (n, time, classes) probabilities, the blank last.
        input_length: (n,) number of time steps of each sample.
        greedy: take the best class of each step, instead of a beam search for labels.
        beam_width: how many prefixes the beam search keeps.
        top_paths: how many results the beam search gives.
        merge_repeated: beam search only: merge equal neighbours in the result, too.

    Returns (list of `top_paths` arrays (n, longest) padded with -1, scores): for greedy
    the negative sum of log probabilities (n, 1); else log probabilities (n, top_paths).
    """
    if greedy:
        *decoded, scores = _decode_greedily(y_pred, input_length)
    else:
        *decoded, scores = _search_beam(
            y_pred, input_length, beam_width, top_paths, merge_repeated
        )
    return decoded, scores


def _greedy_shapes(y_pred, input_length):
    return [(y_pred[0], None), (y_pred[0], 1)]


@op(shape=_greedy_shapes, dtype=lambda *_: ["int64", floatx()])
def _decode_greedily(y_pred, input_length):
    log_p = np.log(y_pred + epsilon())
    times = np.reshape(input_length, -1).astype(int)
    best = log_p.argmax(axis=2)
    blank = log_p.shape[2] - 1
    pairs = zip(best, times, strict=True)
    paths = [_collapse(path[:t], blank) for path, t in pairs]
    inside = np.arange(log_p.shape[1]) < times[:, None]
    score = -(log_p.max(axis=2) * inside).sum(axis=1, keepdims=True)
    return [_padded(paths), score.astype(y_pred.dtype)], None


def _collapse(path, blank):
    """Merge repeated classes, then drop blanks."""
    first = np.ones(len(path), bool)
    first[1:] = path[1:] != path[:-1]
    return path[first & (path != blank)]


def _padded(paths):
    """Paths of different lengths in one array, filled up with -1."""
    longest = max((len(path) for path in paths), default=0)
    padded = np.full((len(paths), longest), -1, np.int64)
    for row, path in zip(padded, paths, strict=True):
        row[: len(path)] = path
    return padded


def _beam_shapes(y_pred, input_length, beam_width, top_paths, merge_repeated):
    return [(y_pred[0], None)] * top_paths + [(y_pred[0], top_paths)]


def _beam_dtypes(y_pred, input_length, beam_width, top_paths, merge_repeated):
    return ["int64"] * top_paths + [y_pred]


@op(shape=_beam_shapes, dtype=_beam_dtypes)
def _search_beam(y_pred, input_length, beam_width, top_paths, merge_repeated):
    log_p = _log_softmax(np.log(y_pred + epsilon()))
    times = np.reshape(input_length, -1).astype(int)
    found = [
        _best_prefixes(steps[:t], beam_width)[:top_paths]
        for steps, t in zip(log_p, times, strict=True)
    ]
    if min(map(len, found)) < top_paths:
        raise ValueError(
            f"top_paths={top_paths} results were asked for, but a sample has only "
            f"{min(map(len, found))}."
        )
    decoded = [
        _padded([_merged(paths[k][0], merge_repeated) for paths in found])
        for k in range(top_paths)
    ]
    scores = np.array([[score for _, score in paths] for paths in found], y_pred.dtype)
    return [*decoded, scores], None


def _merged(path, merge_repeated):
    path = np.array(path, np.int64)
    return _collapse(path, -1) if merge_repeated else path


def _best_prefixes(log_p, beam_width):
    """(labels, log probability) of the best label sequences, best first.

    For every prefix two sums are kept: of the paths that end in the blank, and of those
    that end in its last label.
    """
    blank = log_p.shape[1] - 1
    beam = {(): (0.0, -np.inf)}
    for step in log_p.tolist():
        extended = {}
        for prefix, (in_blank, in_label) in beam.items():
            total = np.logaddexp(in_blank, in_label)
            _gain(extended, prefix, 0, total + step[blank])
            for label, gain in enumerate(step[:blank]):
                if prefix and prefix[-1] == label:
                    _gain(extended, prefix, 1, in_label + gain)
                    _gain(extended, (*prefix, label), 1, in_blank + gain)
                else:
                    _gain(extended, (*prefix, label), 1, total + gain)
        ranked = sorted(extended.items(), key=lambda item: -np.logaddexp(*item[1]))
        beam = dict(ranked[:beam_width])
    return [(prefix, np.logaddexp(*sums)) for prefix, sums in beam.items()]


def _gain(beam, prefix, which, log_p):
    sums = list(beam.get(prefix, (-np.inf, -np.inf)))
    sums[which] = np.logaddexp(sums[which], log_p)
    beam[prefix] = tuple(sums)
