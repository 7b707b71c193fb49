"""The bundled digits."""

import numpy as np
import pytest

from minikeras.datasets import digits


def test_shapes_and_types_are_like_those_of_mnist():
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    assert x_train.shape == (1437, 8, 8) and x_test.shape == (360, 8, 8)
    assert y_train.shape == (1437,) and y_test.shape == (360,)
    assert {a.dtype for a in (x_train, y_train, x_test, y_test)} == {np.dtype("uint8")}


def test_ink_goes_from_0_to_16_and_every_digit_is_in_both_parts():
    for x, y in digits.load_data():
        assert x.min() == 0 and x.max() == 16
        share = np.bincount(y, minlength=10) / len(y)
        assert np.all(np.abs(share - 0.1) < 0.01)


def test_no_image_is_in_both_parts():
    (x_train, _), (x_test, _) = digits.load_data()
    known = {image.tobytes() for image in x_train}
    assert not [image for image in x_test if image.tobytes() in known]


def test_the_images_show_their_labels():
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    x_train, x_test = x_train.reshape(-1, 64) / 16, x_test.reshape(-1, 64) / 16
    means = np.stack([x_train[y_train == digit].mean(axis=0) for digit in range(10)])
    distance = ((x_test[:, None] - means) ** 2).sum(axis=2)
    assert np.mean(distance.argmin(axis=1) == y_test) > 0.85


def test_the_callers_arrays_are_her_own():
    (x, _), _ = digits.load_data()
    x[...] = 99
    (again, _), _ = digits.load_data()
    assert again.max() == 16


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:1000],
        lambda data: data[:-1],
        lambda data: b"not an array" + data,
        lambda data: data[:5000] + bytes([data[5000] ^ 1]) + data[5001:],
    ],
    ids=["empty", "cut early", "cut late", "no array", "one bit"],
)
def test_a_damaged_file_is_told(tmp_path, monkeypatch, damage):
    file = tmp_path / "digits.npy"
    file.write_bytes(damage(digits.FILE.read_bytes()))
    monkeypatch.setattr(digits, "FILE", file)
    with pytest.raises(ValueError, match="digits.npy is damaged.*install it again"):
        digits.load_data()


def test_another_array_in_its_place_is_told(tmp_path, monkeypatch):
    np.save(tmp_path / "digits.npy", np.zeros((3, 65)))
    monkeypatch.setattr(digits, "FILE", tmp_path / "digits.npy")
    with pytest.raises(ValueError, match=r"holds float64 \(3, 65\)"):
        digits.load_data()


def test_a_missing_file_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(digits, "FILE", tmp_path / "digits.npy")
    with pytest.raises(FileNotFoundError, match="comes with minikeras"):
        digits.load_data()


def test_source_and_licence_are_named():
    notice = (digits.FILE.parent / "NOTICE.txt").read_text()
    for text in (notice, digits.__doc__):
        assert "Alpaydin" in text and "CC BY 4.0" in text
