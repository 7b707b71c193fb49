"""CTC against the definition: the sum over all paths, written out."""

import itertools

import numpy as np
import pytest

from minikeras import backend as K
from minikeras.utils import check_gradients

random = np.random.RandomState(3)


def probabilities(n, time, classes):
    p = random.uniform(0.1, 1.0, (n, time, classes))
    return p / p.sum(-1, keepdims=True)


def collapse(path, blank):
    merged = [label for label, _ in itertools.groupby(path)]
    return tuple(label for label in merged if label != blank)


def by_labels(p):
    """Total probability of each label sequence, over all paths."""
    classes = p.shape[1]
    totals = {}
    for path in itertools.product(range(classes), repeat=len(p)):
        labels = collapse(path, classes - 1)
        totals[labels] = totals.get(labels, 0) + np.prod(p[range(len(p)), path])
    return totals


P = probabilities(4, 5, 3)
LABELS = np.array([[0, 1], [1, 1], [0, 0], [1, 0]])
TIMES = np.array([[5], [5], [4], [3]])
LENGTHS = np.array([[2], [2], [1], [0]])


def test_cost_is_the_sum_over_all_paths():
    cost = K.ctc_batch_cost(LABELS, P, TIMES, LENGTHS)
    for i in range(4):
        labels = tuple(LABELS[i, : LENGTHS[i, 0]])
        want = -np.log(by_labels(P[i, : TIMES[i, 0]])[labels])
        np.testing.assert_allclose(cost[i, 0], want, rtol=1e-5)


def test_cost_gradient():
    check_gradients(lambda p: K.ctc_batch_cost(LABELS, p, TIMES, LENGTHS), P)


def test_cost_in_a_graph():
    inputs = [
        K.placeholder((None, 2), dtype="int32"),
        K.placeholder((None, None, 3)),
        K.placeholder((None, 1), dtype="int32"),
        K.placeholder((None, 1), dtype="int32"),
    ]
    cost = K.ctc_batch_cost(*inputs)
    assert cost.shape == (None, 1)
    [got] = K.function(inputs, [cost])([LABELS, P, TIMES, LENGTHS])
    want = K.ctc_batch_cost(LABELS, P, TIMES, LENGTHS)
    np.testing.assert_allclose(got, want, rtol=1e-5)


def test_cost_says_when_the_labels_do_not_fit():
    with pytest.raises(ValueError, match="2 labels with 1 repetitions need at least 3"):
        K.ctc_batch_cost(np.array([[1, 1]]), P[:1], np.array([[2]]), np.array([[2]]))
    with pytest.raises(ValueError, match="the last of the 3 classes is the blank"):
        K.ctc_batch_cost(np.array([[2]]), P[:1], np.array([[5]]), np.array([[1]]))


def test_greedy_takes_the_best_class_of_each_step():
    best = np.array([[0, 0, 2, 0, 1], [2, 1, 1, 1, 2]])
    p = np.eye(3)[best] * 0.7 + 0.1
    [decoded], score = K.ctc_decode(p, np.array([5, 5]))
    assert decoded.tolist() == [[0, 0, 1], [1, -1, -1]]
    np.testing.assert_allclose(score, np.full((2, 1), -5 * np.log(0.8)), rtol=1e-5)


def test_greedy_stops_at_the_input_length():
    p = np.eye(3)[[[0, 2, 1, 2, 0]]] * 0.7 + 0.1
    assert K.ctc_decode(p, np.array([3]))[0][0].tolist() == [[0, 1]]


def test_a_wide_beam_finds_the_most_probable_labels():
    decoded, scores = K.ctc_decode(
        P[:2], np.array([5, 4]), greedy=False, beam_width=1000, top_paths=3
    )
    for i, time in enumerate((5, 4)):
        totals = by_labels(P[i, :time])
        ranked = sorted(totals, key=totals.get, reverse=True)[:3]
        found = [tuple(d[i][d[i] >= 0]) for d in decoded]
        assert found == ranked
        want = [np.log(totals[labels]) for labels in ranked]
        np.testing.assert_allclose(scores[i], want, rtol=1e-5)


def test_repeated_labels_can_be_merged_in_the_result():
    p = np.eye(3)[[[0, 2, 0]]] * 0.7 + 0.1
    kept, _ = K.ctc_decode(p, np.array([3]), greedy=False)
    merged, _ = K.ctc_decode(p, np.array([3]), greedy=False, merge_repeated=True)
    assert (kept[0].tolist(), merged[0].tolist()) == ([[0, 0]], [[0]])


def test_labels_in_one_row_without_padding():
    row = K.ctc_label_dense_to_sparse(LABELS, LENGTHS[:, 0])
    assert row.tolist() == [0, 1, 1, 1, 0]
