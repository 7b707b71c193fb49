"""What ImageDataGenerator draws, changes and normalises."""

import numpy as np
import pytest

from minikeras.preprocessing.image import ImageDataGenerator

from .test_transforms import picture

EVERYTHING = {
    "rotation_range": 30,
    "width_shift_range": 0.2,
    "height_shift_range": 3,
    "zoom_range": 0.3,
    "shear_range": 4,
    "channel_shift_range": 3.0,
    "brightness_range": (0.5, 2),
    "horizontal_flip": True,
    "vertical_flip": True,
}


def pictures(n=6, h=5, w=4, c=3):
    return np.stack([picture(h, w, c, seed=i) for i in range(n)])


def draws(times=300, **options):
    make = ImageDataGenerator(**options)
    random = np.random.RandomState(0)
    return [make.get_random_transform((10, 20, 3), random) for _ in range(times)]


def test_drawn_parameters_lie_within_their_ranges():
    for drawn in draws(**EVERYTHING):
        assert abs(drawn["theta"]) <= 30
        assert drawn["tx"] in (-2, -1, 0, 1, 2)
        assert abs(drawn["ty"]) <= 0.2 * 20
        assert 0.7 <= drawn["zx"] <= 1.3 and 0.7 <= drawn["zy"] <= 1.3
        assert abs(drawn["shear"]) <= 4
        assert abs(drawn["channel_shift_intensity"]) <= 3
        assert 0.5 <= drawn["brightness"] <= 2


def test_about_half_of_the_images_are_flipped():
    flips = [drawn["flip_horizontal"] for drawn in draws(horizontal_flip=True)]
    assert 100 < sum(flips) < 200
    assert not any(drawn["flip_vertical"] for drawn in draws(horizontal_flip=True))


def test_shifts_from_a_list_go_either_way():
    shifts = {drawn["ty"] for drawn in draws(width_shift_range=[1, 5])}
    assert shifts == {-5, -1, 1, 5}


def test_nothing_asked_changes_nothing():
    x = picture(5, 4, 3)
    assert ImageDataGenerator().random_transform(x) is x


def test_equal_seeds_change_images_alike_and_leave_numpy_alone():
    make, x = ImageDataGenerator(**EVERYTHING), picture(8, 9, 3)
    state = np.random.get_state()[1].copy()
    one, other = make.random_transform(x, seed=4), make.random_transform(x, seed=4)
    assert (one == other).all()
    assert (one != make.random_transform(x, seed=5)).any()
    assert (np.random.get_state()[1] == state).all()


def test_without_a_seed_numpys_own_decides():
    make, x = ImageDataGenerator(**EVERYTHING), picture(8, 9, 3)
    results = []
    for _ in range(2):
        np.random.seed(3)
        results.append([make.random_transform(x), make.random_transform(x)])
    assert (results[0][0] == results[1][0]).all()
    assert (results[0][0] != results[0][1]).any()


def test_the_old_spelling_of_the_channel_shift_works():
    make, x = ImageDataGenerator(), picture(5, 4, 3)
    new = make.apply_transform(x, {"channel_shift_intensity": 50})
    old = make.apply_transform(x, {"channel_shift_intencity": 50})
    assert (new == old).all() and (new != x).any()


def test_channels_first_generators_change_images_alike():
    x = picture(8, 9, 3)
    last = ImageDataGenerator(**EVERYTHING)
    first = ImageDataGenerator(data_format="channels_first", **EVERYTHING)
    for seed in range(5):
        expected = last.random_transform(x, seed=seed)
        got = first.random_transform(x.transpose(2, 0, 1), seed=seed)
        np.testing.assert_array_equal(got.transpose(1, 2, 0), expected)


def test_featurewise_normalisation_gives_mean_zero_and_deviation_one():
    x = pictures()
    make = ImageDataGenerator(
        featurewise_center=True, featurewise_std_normalization=True
    )
    make.fit(x)
    z = make.standardize(x.copy())
    np.testing.assert_allclose(z.mean(axis=(0, 1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(z.std(axis=(0, 1, 2)), 1, atol=1e-4)


def test_whitened_pixels_are_uncorrelated():
    x = pictures(n=200, h=2, w=2)
    with pytest.warns(UserWarning, match="zca_whitening=True sets featurewise_center"):
        make = ImageDataGenerator(zca_whitening=True)
    make.fit(x)
    flat = make.standardize(x.copy()).reshape(200, -1)
    np.testing.assert_allclose(flat.T @ flat / 200, np.eye(12), atol=1e-3)


def test_samplewise_normalisation_treats_each_image_by_itself():
    make = ImageDataGenerator(samplewise_center=True, samplewise_std_normalization=True)
    batch = make.flow(pictures() * 3 + 7)[0]
    np.testing.assert_allclose(batch.mean(axis=(1, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(batch.std(axis=(1, 2, 3)), 1, atol=1e-5)


def test_floats_are_normalised_in_place_and_integers_in_a_copy():
    make = ImageDataGenerator(rescale=0.5)
    x = np.ones((2, 2, 3), "float32")
    assert make.standardize(x) is x and x[0, 0, 0] == 0.5
    whole = np.ones((2, 2, 3), "uint8")
    assert make.standardize(whole)[0, 0, 0] == 0.5 and whole[0, 0, 0] == 1


def test_the_data_that_flow_and_fit_get_stay_as_they_are():
    x = pictures()
    kept = x.copy()
    make = ImageDataGenerator(featurewise_center=True, rescale=0.1, vertical_flip=True)
    make.fit(x, augment=True)
    for batch in range(2):
        make.flow(x, batch_size=3)[batch]
    np.testing.assert_array_equal(x, kept)


def test_fit_on_changed_images_follows_its_seed():
    options = {"featurewise_center": True, "rotation_range": 90}
    means = []
    for seed in (1, 1, 2):
        make = ImageDataGenerator(fill_mode="constant", **options)
        make.fit(pictures(), augment=True, rounds=2, seed=seed)
        means.append(make.mean)
    assert (means[0] == means[1]).all() and (means[0] != means[2]).any()


def test_normalising_before_fit_warns():
    make = ImageDataGenerator(featurewise_center=True)
    with pytest.warns(UserWarning, match="Call generator.fit"):
        make.standardize(picture(4, 4, 3))


@pytest.mark.parametrize(
    "options, says",
    [
        ({"validation_split": 1.5}, "`validation_split` must lie between 0 and 1"),
        ({"data_format": "last"}, "data_format"),
        ({"zoom_range": (1, 2, 3)}, "`zoom_range` must be two numbers"),
        ({"brightness_range": 3}, "`brightness_range` must be two numbers"),
    ],
)
def test_impossible_options_are_named(options, says):
    with pytest.raises(ValueError, match=says):
        ImageDataGenerator(**options)


@pytest.mark.parametrize(
    "more, less",
    [
        ("featurewise_std_normalization", "featurewise_center"),
        ("samplewise_std_normalization", "samplewise_center"),
    ],
)
def test_dividing_by_the_deviation_centres_too(more, less):
    with pytest.warns(UserWarning, match=f"{more}=True sets {less}=True"):
        make = ImageDataGenerator(**{more: True})
    assert getattr(make, less)


def test_fit_wants_a_channel_axis():
    with pytest.raises(ValueError, match=r"x\[\.\.\., None\]"):
        ImageDataGenerator().fit(np.zeros((5, 4, 4)))
    with pytest.warns(UserWarning, match="5 channels"):
        ImageDataGenerator().fit(np.zeros((5, 4, 4, 5)))
