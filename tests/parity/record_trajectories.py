"""Record whole trainings with Keras 2.3.1 (TensorFlow 1.15.5, NumPy 1.18.5).

    /path/to/keras231/bin/python tests/parity/record_trajectories.py

The trainings stand in `trajectories.py`; their optimizers count steps from 1 (`counting.py`).
"""

import keras
import trajectories
from counting import optimizer
from recording import write


def main():
    results = {}
    for name, train in trajectories.ALL.items():
        keras.backend.clear_session()
        results[name] = train(keras, optimizer)
    write("trajectories", results)


if __name__ == "__main__":
    main()
