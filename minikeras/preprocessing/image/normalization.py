"""Bringing the values of images to a common scale."""

import warnings

import numpy as np

from minikeras.preprocessing.image.transforms import random_source
from minikeras.utils.checks import whole


class Normalization:
    """The part of ImageDataGenerator that normalises; its docstring has the options."""

    def standardize(self, x):
        """Normalise one image or a batch; arrays of floats are changed in place."""
        if self.preprocessing_function:
            x = self.preprocessing_function(x)
        if not np.issubdtype(x.dtype, np.floating):
            x = x.astype(self.dtype)
        if self.rescale:
            x *= self.rescale
        if self.samplewise_center:
            x -= np.mean(x, keepdims=True)
        if self.samplewise_std_normalization:
            x /= np.std(x, keepdims=True) + 1e-6
        if self.featurewise_center and self._is_fitted("mean"):
            x -= self.mean
        if self.featurewise_std_normalization and self._is_fitted("std"):
            x /= self.std + 1e-6
        if self.zca_whitening and self._is_fitted("principal_components"):
            flat = x.reshape(-1, len(self.principal_components))
            x = (flat @ self.principal_components).reshape(x.shape)
        return x

    def _is_fitted(self, name):
        if getattr(self, name) is not None:
            return True
        warnings.warn(
            f"The generator has no `{name}` of the data yet, so images are not "
            "normalised by it. Call generator.fit(x) first.",
            stacklevel=3,
        )
        return False

    def fit(self, x, augment=False, rounds=1, seed=None):
        """Measure mean, deviation and correlations for the featurewise normalisations.

        Arguments
            x: images (n, h, w, c).
            augment: whether to measure randomly changed images.
            rounds: how many changes of each image are measured.
            seed: makes the changes reproducible; None draws from np.random.
        """
        if isinstance(x, str):
            raise ValueError(f"`fit` needs an array of images; got the text {x!r}.")
        x = np.array(x, dtype=self.dtype)
        _check_fit_images(x, self.channel_axis, self.data_format)
        if augment:
            random = random_source(seed)
            x = np.stack(
                [
                    self.random_transform(image, random)
                    for _ in range(whole(rounds, "rounds"))
                    for image in x
                ]
            )
        axes = (0, self.row_axis, self.col_axis)
        if self.featurewise_center:
            self.mean = np.mean(x, axis=axes, keepdims=True)[0]
            x -= self.mean
        if self.featurewise_std_normalization:
            self.std = np.std(x, axis=axes, keepdims=True)[0]
            x /= self.std + 1e-6
        if self.zca_whitening:
            flat = x.reshape(len(x), -1)
            u, s, _ = np.linalg.svd(flat.T @ flat / len(flat))
            self.principal_components = (u / np.sqrt(s + self.zca_epsilon)) @ u.T


def _check_fit_images(x, channel_axis, data_format):
    if x.ndim != 4:
        raise ValueError(
            f"`fit` needs images (n, height, width, channels); got shape {x.shape}. "
            "Grey images need an axis for their one channel: x[..., None]."
        )
    if x.shape[channel_axis] not in (1, 3, 4):
        warnings.warn(
            f"images of shape {x.shape[1:]}, {data_format}, have "
            f"{x.shape[channel_axis]} channels; 1, 3 or 4 are usual. "
            "Is `data_format` right?",
            stacklevel=3,
        )
