"""What is particular to the spatial dropouts."""

import numpy as np
import pytest

from minikeras.layers import SpatialDropout1D, SpatialDropout2D, SpatialDropout3D


@pytest.mark.parametrize(
    ("layer", "shape", "space"),
    [
        (SpatialDropout1D(0.5), (8, 5, 16), (1,)),
        (SpatialDropout2D(0.5), (8, 3, 5, 16), (1, 2)),
        (SpatialDropout2D(0.5, "channels_first"), (8, 16, 3, 5), (2, 3)),
        (SpatialDropout3D(0.5), (8, 3, 2, 5, 16), (1, 2, 3)),
        (SpatialDropout3D(0.5, "channels_first"), (8, 16, 3, 2, 5), (2, 3, 4)),
    ],
)
def test_whole_maps_are_dropped_or_doubled(layer, shape, space):
    y, _ = layer.forward(np.ones(shape, "float32"), training=True)
    smallest, largest = y.min(axis=space), y.max(axis=space)
    np.testing.assert_array_equal(smallest, largest)
    assert set(np.unique(y)) == {0.0, 2.0}


def test_the_noise_shape_is_the_layers_own_affair():
    layer = SpatialDropout2D(0.3, data_format="channels_first")
    config = layer.get_config()
    assert config["noise_shape"] is None
    assert SpatialDropout2D.from_config(config).data_format == "channels_first"
