"""Record three steps with clipped gradients, with Keras 2.3.1 (TensorFlow 1.15.5, NumPy
1.18.5). Steps are counted from 1 at the first update; see `counting.py`.

    /path/to/keras231/bin/python -m tests.parity.record_clipping
"""

import keras

from .clipping_cases import run_all
from .counting import optimizer
from .recording import write

if __name__ == "__main__":
    write("clipping", run_all(keras, optimizer))
