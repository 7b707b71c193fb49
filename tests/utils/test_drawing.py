"""Charts and grids: what is drawn stands where the numbers say."""

import numpy as np
import pytest

from minikeras.utils.drawing import (
    Axes,
    Sheet,
    image_grid,
    line_chart,
    page,
    plane,
    ticks,
)

BLUE = (31, 111, 178)


def pixels(picture):
    return np.asarray(picture).astype(int)


def is_blue(picture):
    """Mask of the pixels in the colour of the first line."""
    return np.abs(pixels(picture) - BLUE).sum(axis=2) < 60


@pytest.mark.parametrize(
    "low, high, expected",
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (0.013, 0.052, [0.02, 0.03, 0.04, 0.05]),
        (-3, 250, [0, 50, 100, 150, 200, 250]),
    ],
)
def test_ticks_are_round_numbers(low, high, expected):
    assert ticks(low, high) == expected


def test_ticks_for_epochs_are_whole():
    assert ticks(1, 3, whole=True) == [1, 2, 3]
    assert ticks(1, 30, whole=True) == [5, 10, 15, 20, 25, 30]


def test_axes_put_the_ranges_into_the_corners():
    axes = Axes(Sheet(400, 300), (1, 5), (0.0, 2.0))
    assert axes.place(1, 0.0) == (axes.left, axes.bottom)
    assert axes.place(5, 2.0) == (axes.right, axes.top)


def test_x_values_decide_where_points_stand():
    even = is_blue(line_chart({"y": [0, 1, 0]}, x=[0, 5, 10]))
    early = is_blue(line_chart({"y": [0, 1, 0]}, x=[0, 1, 10]))
    assert _peak(early) < _peak(even)


def _peak(mask):
    """Column of the highest point of the line, below the legend."""
    rows, columns = np.nonzero(mask[60:])
    return columns[rows.argmin()]


def test_a_chart_has_its_size_and_a_falling_line_falls():
    chart = line_chart({"loss": [3.0, 2.0, 1.0]}, size=(400, 300))
    assert chart.size == (400, 300)
    rows, columns = np.nonzero(is_blue(chart)[60:])
    assert np.corrcoef(rows, columns)[0, 1] > 0.95


@pytest.mark.parametrize("numbers", [[], [1.0], [2.0, 2.0], [float("nan")], [0.0] * 3])
def test_few_equal_or_no_numbers_make_a_chart_too(numbers):
    assert line_chart({"loss": numbers}).size == (470, 340)


def test_nan_leaves_a_gap_in_the_line():
    full = is_blue(line_chart({"loss": [1.0, 1.0, 1.0, 1.0]})).sum()
    broken = is_blue(line_chart({"loss": [1.0, 1.0, float("nan"), 1.0]})).sum()
    assert broken < full


def test_more_lines_than_colours_can_be_drawn():
    line_chart({f"line {i}": [0, i] for i in range(9)})


def test_high_values_are_dark_ink_and_rows_stay_rows():
    image = np.array([[0, 16], [0, 0]])
    drawn = pixels(image_grid([image], columns=1, cell=80))
    assert drawn[12 + 20, 20 + 60].max() < 10
    assert drawn[12 + 20, 20 + 20].min() > 245
    assert drawn[12 + 60, 20 + 60].min() > 245


def test_coloured_images_keep_their_colours():
    image = np.zeros((4, 4, 3))
    image[..., 0] = 1
    drawn = pixels(image_grid([image], columns=1))
    assert drawn[60, 60].tolist() == [255, 0, 0]


def test_every_image_of_a_grid_needs_its_caption():
    with pytest.raises(ValueError, match="zip"):
        image_grid(np.zeros((3, 8, 8)), captions=["one"])


def test_a_plane_shows_points_in_the_colours_of_their_classes():
    drawn = plane([[-0.9, 0.9], [0.9, -0.9]], [0, 1], size=(200, 220))
    rows, columns = np.nonzero(is_blue(drawn))
    assert rows.max() < 110 and columns.max() < 100


def test_a_plane_is_tinted_by_the_answers():
    drawn = pixels(plane([[0, 0]], [0], lambda p: p[:, 0] > 0, size=(200, 220)))
    left, right = drawn[60, 30], drawn[60, 160]
    assert left[2] > left[0] and right[0] > right[2]


def test_a_page_holds_its_rows():
    chart = line_chart({"loss": [1, 2]}, size=(300, 200))
    made = page([[chart, chart], [chart]], title="Two and one", subtitle="below")
    assert made.width == 2 * 300 + 3 * 16
    assert made.height > 2 * 200
    assert is_blue(made).sum() == 3 * is_blue(chart).sum()


def test_a_label_beside_the_axis_is_turned():
    plain = pixels(line_chart({"loss": [1, 2]}))
    labelled = pixels(line_chart({"loss": [1, 2]}, y_label="cross-entropy"))
    rows, columns = np.nonzero((plain != labelled).any(axis=2))
    assert np.ptp(rows) > 3 * np.ptp(columns)
