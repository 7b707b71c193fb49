"""A path that scripts import from: what they call there to set up TensorFlow.

There is no TensorFlow below, so `set_session` accepts its session and does nothing.
"""

from minikeras.backend.session import (  # noqa: F401
    clear_session,
    get_session,
    manual_variable_initialization,
    set_session,
)
