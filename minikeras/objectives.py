"""The losses, under the path that Keras 1 had for them."""

from minikeras.losses import *  # noqa: F403
from minikeras.losses import deserialize, get, serialize  # noqa: F401
