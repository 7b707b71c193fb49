"""Reading, writing and finding image files."""

import io
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minikeras.preprocessing import image
from minikeras.preprocessing.image import ImageDataGenerator

from .test_transforms import picture


@pytest.fixture
def folder(tmp_path):
    """Two classes of three images each."""
    for i, name in enumerate("cats dogs".split()):
        (tmp_path / name).mkdir()
        for j in range(3):
            x = picture(6, 5, 3, seed=3 * i + j)
            image.save_img(tmp_path / name / f"{j}.png", x, scale=False)
    return tmp_path


def flow(folder, **options):
    return ImageDataGenerator(validation_split=0.4).flow_from_directory(
        str(folder), **{"target_size": (6, 5), **options}
    )


@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 3, 4]))
def test_arrays_survive_as_images_and_files(h, w, c):
    x = picture(h, w, c)
    back = image.img_to_array(image.array_to_img(x, scale=False))
    np.testing.assert_array_equal(back, x)


def test_png_files_keep_every_pixel(tmp_path):
    x = picture(6, 5, 3)
    image.save_img(tmp_path / "x.png", x, scale=False)
    np.testing.assert_array_equal(
        image.img_to_array(image.load_img(tmp_path / "x.png")), x
    )


def test_open_files_can_be_read_and_written():
    file = io.BytesIO()
    image.save_img(file, picture(6, 5, 3), file_format="png", scale=False)
    back = image.img_to_array(image.load_img(file))
    np.testing.assert_array_equal(back, picture(6, 5, 3))


def test_scaling_spreads_values_and_no_scaling_cuts_them_off():
    x = np.array([[[-10.0], [0], [300]]])
    assert np.array(image.array_to_img(x)).tolist() == [[0, 8, 255]]
    assert np.array(image.array_to_img(x, scale=False)).tolist() == [[0, 0, 255]]


def test_jpeg_files_lose_alpha_with_a_warning(tmp_path):
    path = tmp_path / "x.jpg"
    with pytest.warns(UserWarning, match="alpha"):
        image.save_img(path, picture(8, 8, 4))
    assert image.load_img(path).size == (8, 8)


def test_list_pictures_lists_all_images_in_order(folder):
    (folder / "cats" / "notes.txt").write_text("no image")
    (folder / "cats" / "B.JPG").write_bytes(b"")
    names = [os.path.relpath(p, folder) for p in image.list_pictures(str(folder))]
    cats = ["cats/0.png", "cats/1.png", "cats/2.png", "cats/B.JPG"]
    assert names == cats + ["dogs/0.png", "dogs/1.png", "dogs/2.png"]
    assert len(image.list_pictures(str(folder), ext="jpg|jpeg")) == 1


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere.png"):
        image.load_img(tmp_path / "nowhere.png")


@pytest.mark.parametrize("ending", ["png", "jpg", "bmp", "tif", "ppm"])
@pytest.mark.parametrize("share", [0, 0.3, 0.9])
def test_a_truncated_file_is_named(tmp_path, ending, share):
    path = tmp_path / f"cut.{ending}"
    image.save_img(path, picture(40, 40, 3))
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(OSError, match=f"cut.{ending}"):
        image.load_img(path)


@pytest.mark.filterwarnings("ignore")  # Pillow's own, about what it repaired
@given(
    st.sampled_from(["png", "jpg", "bmp", "tif", "ppm"]),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=20),
)
def test_damage_leaves_an_image_or_an_error_that_names_the_file(ending, damage):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, f"hurt.{ending}")
        image.save_img(path, picture(9, 9, 3))
        data = bytearray(pathlib.Path(path).read_bytes())
        for where, byte in damage:
            data[int(where * (len(data) - 1))] = byte
        pathlib.Path(path).write_bytes(data)
        try:
            assert image.load_img(path).mode == "RGB"
        except OSError as error:
            assert f"hurt.{ending}" in str(error)


def test_a_text_file_that_is_called_png_is_named(tmp_path):
    (tmp_path / "text.png").write_text("hello")
    with pytest.raises(OSError, match="cannot read the image .*text.png"):
        image.load_img(tmp_path / "text.png")


@pytest.mark.filterwarnings("ignore:Image size")
def test_an_image_beyond_pillows_limit_is_refused(folder, monkeypatch):
    from PIL import Image

    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 29)
    for limit in (29, 10):  # Pillow itself warns at the first and stops at the second
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
        with pytest.raises(OSError, match="0.png.*pixels"):
            image.load_img(folder / "cats" / "0.png")


@pytest.mark.parametrize("name", ["color_mode", "interpolation"])
def test_unknown_ways_to_read_are_named(folder, name):
    with pytest.raises(ValueError, match=f"`{name}` must be one of"):
        image.load_img(folder / "cats" / "0.png", **{name: "cmyk"})


@pytest.mark.parametrize(
    "function, x, says",
    [
        (image.img_to_array, np.zeros((2, 2, 2, 2)), "2 or 3 axes"),
        (image.array_to_img, np.zeros((2, 2)), "3 axes"),
        (image.array_to_img, np.zeros((2, 2, 2)), "1, 3 or 4 channels"),
    ],
)
def test_arrays_that_are_no_image_are_refused(function, x, says):
    with pytest.raises(ValueError, match=says):
        function(x)


def test_pillow_is_imported_at_the_first_image_only():
    code = "import sys, minikeras.preprocessing.image; sys.exit('PIL' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


# ------------------------------------------------------------------ directories


def test_folders_are_numbered_by_name_and_files_listed_in_order(folder, capsys):
    (folder / "Birds").mkdir()
    image.save_img(folder / "Birds" / "x.png", picture(4, 4, 3))
    feed = flow(folder, shuffle=False, batch_size=7)
    assert feed.class_indices == {"Birds": 0, "cats": 1, "dogs": 2}
    assert [f.replace(os.sep, "/") for f in feed.filenames][:3] == [
        "Birds/x.png",
        "cats/0.png",
        "cats/1.png",
    ]
    assert feed.classes.tolist() == [0, 1, 1, 1, 2, 2, 2]
    assert capsys.readouterr().out == "Found 7 images belonging to 3 classes.\n"
    x, y = feed[0]
    np.testing.assert_array_equal(y.argmax(axis=1), feed.classes)
    np.testing.assert_array_equal(x[1], picture(6, 5, 3, seed=0))


def test_shuffled_batches_match_their_file_names(folder):
    feed = flow(folder, batch_size=2, seed=3, class_mode="sparse")
    for _ in range(2):
        for i in range(len(feed)):
            x, y = feed[i]
            for one, label, row in zip(x, y, feed.last_indices, strict=True):
                path = os.path.join(feed.directory, feed.filenames[row])
                np.testing.assert_array_equal(
                    one, image.img_to_array(image.load_img(path))
                )
                assert label == feed.classes[row]
        feed.on_epoch_end()


def test_training_and_validation_parts_share_nothing(folder):
    parts = [flow(folder, subset=s).filenames for s in ("training", "validation")]
    assert len(parts[0]) == 4 and len(parts[1]) == 2
    assert not set(parts[0]) & set(parts[1])


def test_classes_can_be_chosen_and_ordered(folder):
    feed = flow(folder, classes=["dogs", "cats", "dogs"])
    assert feed.num_classes == 2
    assert feed.class_indices == {"dogs": 0, "cats": 1}
    with pytest.raises(NotADirectoryError, match="birds"):
        flow(folder, classes=["dogs", "birds"])


def test_channels_first_batches_have_channels_first(folder):
    make = ImageDataGenerator(data_format="channels_first")
    x, _ = make.flow_from_directory(str(folder), target_size=(3, 7))[0]
    assert x.shape == (6, 3, 3, 7)


@pytest.mark.parametrize("make", ["nothing", "empty class", "only text"])
def test_a_folder_without_images_is_named_with_what_was_expected(tmp_path, make):
    if make != "nothing":
        (tmp_path / "cats").mkdir()
    if make == "only text":
        (tmp_path / "cats" / "notes.txt").write_text("no image")
    with pytest.raises(ValueError, match=f"no images found.*{tmp_path.name}.*'png'"):
        flow(tmp_path)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(NotADirectoryError, match="`directory` = .*nowhere"):
        flow(tmp_path / "nowhere")
    with pytest.raises(NotADirectoryError, match="`save_to_dir` = 'nowhere'"):
        flow(tmp_path, save_to_dir="nowhere")


def test_a_broken_image_is_named_by_its_batch(folder):
    (folder / "dogs" / "1.png").write_bytes(b"\x89PNG")
    feed = flow(folder, shuffle=False, batch_size=6)
    with pytest.raises(OSError, match="dogs.1.png"):
        feed[0]


def test_links_are_skipped_and_counted_unless_asked_for(
    folder, tmp_path_factory, capsys
):
    outside = tmp_path_factory.mktemp("outside")
    image.save_img(outside / "secret.png", picture(4, 4, 3))
    (folder / "cats" / "link.png").symlink_to(outside / "secret.png")
    (folder / "cats" / "more").symlink_to(outside, target_is_directory=True)
    (folder / "zoo").symlink_to(outside, target_is_directory=True)
    assert flow(folder).samples == 6
    assert "3 symbolic links skipped" in capsys.readouterr().out
    followed = flow(folder, follow_links=True)
    assert followed.samples == 9
    assert followed.class_indices == {"cats": 0, "dogs": 1, "zoo": 2}


def test_a_folder_of_nothing_but_links_says_so(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    (other / "cats").symlink_to(folder / "cats", target_is_directory=True)
    with pytest.raises(ValueError, match="1 symbolic links skipped; follow_links=True"):
        flow(other)


def test_a_circle_of_links_is_walked_once(folder):
    (folder / "cats" / "again").symlink_to(folder / "cats", target_is_directory=True)
    assert flow(folder, follow_links=True).samples == 6


def test_an_empty_part_tells_the_split(folder):
    with pytest.raises(ValueError, match="'validation' with validation_split=0.0"):
        ImageDataGenerator().flow_from_directory(str(folder), subset="validation")
    with pytest.raises(ValueError, match="needs an `image_data_generator`"):
        image.DirectoryIterator(str(folder), None, subset="training")


def test_a_folder_can_be_read_without_a_generator(folder):
    x, y = image.DirectoryIterator(str(folder), None, (6, 5), shuffle=False)[0]
    np.testing.assert_array_equal(x[0], picture(6, 5, 3, seed=0))
    assert y.shape == (6, 2)


@pytest.mark.parametrize("size", [5, (5,), (0, 5)])
def test_sizes_that_are_no_height_and_width_are_named(folder, size):
    with pytest.raises(ValueError, match="`target_size` must be .height, width."):
        flow(folder, target_size=size)
    with pytest.raises(ValueError, match="`target_size` must be .height, width."):
        image.load_img(folder / "cats" / "0.png", target_size=size)


@pytest.mark.parametrize(
    "name", ["class_mode", "color_mode", "interpolation", "subset"]
)
def test_unknown_choices_are_named(folder, name):
    with pytest.raises(ValueError, match=f"`{name}` must be one of"):
        flow(folder, **{name: "unknown"})
