"""Record whole trainings with Keras 2.3.1 (TensorFlow 1.15.5, NumPy 1.18.5).

    /path/to/keras231/bin/python -m tests.parity.record_trajectories

The trainings stand in `trajectories.py`, `conv_trajectories.py`,
`recurrent_trajectories.py` and `recurrent_models.py`; their optimizers count steps from
1 (`counting.py`).
"""

import keras

from . import (
    conv_trajectories,
    recurrent_models,
    recurrent_trajectories,
    trajectories,
)
from .counting import optimizer
from .recording import write


def record(theme, trainings):
    results = {}
    for name, train in trainings.items():
        keras.backend.clear_session()
        results[name] = train(keras, optimizer)
    write(theme, results)


if __name__ == "__main__":
    record("trajectories", trajectories.ALL)
    record("conv_trajectories", conv_trajectories.ALL)
    record("recurrent_trajectories", recurrent_trajectories.ALL)
    record("recurrent_models", recurrent_models.ALL)
