"""Images that a table names."""

import numpy as np
import pytest

from minikeras.preprocessing import image
from minikeras.preprocessing.image import ImageDataGenerator

from .test_transforms import picture

NAMES = ["b.png", "a.png", "d.png", "c.png"]
TABLE = {
    "filename": NAMES,
    "class": ["no", "yes", "no", "maybe"],
    "several": [["x", "y"], ["y"], "x", []],
    "u": [0.5, 1.5, 2.5, 3.5],
    "v": [1, 2, 3, 4],
}


@pytest.fixture
def folder(tmp_path):
    for i, name in enumerate(NAMES):
        image.save_img(tmp_path / name, picture(5, 4, 3, seed=i), scale=False)
    return str(tmp_path)


def flow(folder, table=TABLE, **options):
    shared = {"target_size": (5, 4), "shuffle": False}
    make = ImageDataGenerator(validation_split=0.5)
    return make.flow_from_dataframe(table, folder, **{**shared, **options})


def test_images_and_classes_keep_the_order_of_the_table(folder, capsys):
    feed = flow(folder)
    assert feed.filenames == NAMES
    assert feed.class_indices == {"maybe": 0, "no": 1, "yes": 2}
    assert feed.classes == [1, 2, 1, 0]
    x, y = feed[0]
    for i in range(4):
        np.testing.assert_array_equal(x[i], picture(5, 4, 3, seed=i))
    assert y.argmax(axis=1).tolist() == [1, 2, 1, 0]
    said = capsys.readouterr().out
    assert said == "Found 4 validated image filenames belonging to 3 classes.\n"


def test_full_paths_need_no_folder(folder):
    table = {**TABLE, "filename": [f"{folder}/{name}" for name in NAMES]}
    np.testing.assert_array_equal(flow(None, table)[0][0], flow(folder)[0][0])


def test_rows_with_several_classes_get_several_ones(folder):
    feed = flow(folder, y_col="several")
    assert feed.classes == [[0, 1], [1], 0]
    assert feed[0][1].tolist() == [[1, 1], [0, 1], [1, 0]]


def test_unwanted_classes_are_left_out(folder):
    feed = flow(folder, classes=["yes", "no"], class_mode="binary")
    assert feed.filenames == NAMES[:3]
    assert feed[0][1].tolist() == [0, 1, 0]


def test_targets_can_be_numbers_or_several_outputs(folder):
    assert flow(folder, class_mode="raw", y_col="u")[0][1].tolist() == TABLE["u"]
    both = flow(folder, class_mode="raw", y_col=["u", "v"])[0][1]
    assert both.tolist() == [[0.5, 1], [1.5, 2], [2.5, 3], [3.5, 4]]
    u, v = flow(folder, class_mode="multi_output", y_col=["u", "v"])[0][1]
    assert u.tolist() == TABLE["u"] and v.tolist() == TABLE["v"]


def test_weights_come_third(folder):
    x, y, w = flow(folder, weight_col="v", class_mode="input")[0]
    np.testing.assert_array_equal(x, y)
    assert w.tolist() == TABLE["v"]


def test_rows_without_a_file_are_left_out_with_a_warning(folder):
    table = {**TABLE, "filename": ["b.png", "gone.png", "notes.txt", "c.png"]}
    with pytest.warns(UserWarning, match="2 of 4 files .*gone.png"):
        assert flow(folder, table).filenames == ["b.png", "c.png"]


def test_files_that_are_not_checked_are_named_when_read(folder):
    table = {**TABLE, "filename": ["b.png", "gone.png", "d.png", "c.png"]}
    feed = flow(folder, table, validate_filenames=False)
    with pytest.raises(FileNotFoundError, match="gone.png"):
        feed[0]


def test_parts_follow_the_order_of_the_table(folder):
    assert flow(folder, subset="validation").filenames == NAMES[:2]
    assert flow(folder, subset="training").filenames == NAMES[2:]


def test_a_pandas_table_gives_the_same_batches(folder):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(TABLE, index=[7, 3, 5, 1])
    for options in ({}, {"class_mode": "raw", "y_col": "u", "weight_col": "v"}):
        for got, expected in zip(
            flow(folder, frame, **options)[0],
            flow(folder, **options)[0],
            strict=True,
        ):
            np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize(
    "options, error, says",
    [
        ({"x_col": "file"}, ValueError, "no column 'file'; it has .'filename'"),
        ({"x_col": "u"}, TypeError, "'u' must hold file names, but row 0 holds 0.5"),
        ({"y_col": "u"}, TypeError, "'u' must hold class names.*astype.str."),
        ({"y_col": "several", "class_mode": "sparse"}, TypeError, "row 0 holds"),
        ({"weight_col": "class"}, TypeError, "'class' must hold numbers"),
        ({"class_mode": "binary"}, ValueError, "needs 2 classes; .* has 3"),
        ({"class_mode": "multi_output", "y_col": "u"}, TypeError, "needs a list y_col"),
        ({"class_mode": "unknown"}, ValueError, "`class_mode` must be one of"),
        ({"rows": 3}, TypeError, "does not know the arguments .'rows'."),
    ],
)
def test_wrong_arguments_are_explained(folder, options, error, says):
    with pytest.raises(error, match=says):
        flow(folder, **options)


@pytest.mark.filterwarnings("ignore:4 of 4 files")
def test_a_table_without_one_usable_row_is_refused(folder):
    with pytest.raises(ValueError, match="no usable row.*'filename'"):
        flow(folder, {**TABLE, "filename": ["none.png"] * 4})


def test_options_of_older_versions_are_told_and_dropped(folder):
    with pytest.warns(UserWarning, match="drop_duplicates"):
        flow(folder, drop_duplicates=True)
    with pytest.warns(UserWarning, match="class_mode='raw'"):
        assert flow(folder, class_mode="other", y_col="u").class_mode == "raw"
