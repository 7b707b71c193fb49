"""Record cross-entropies of models that are far too sure, with Keras 2.3.1 (TensorFlow
1.15.5, NumPy 1.18.5): losses, metrics, and the kernel after three steps.

    /path/to/keras231/bin/python -m tests.parity.record_logits
"""

import keras

from .logits_cases import run_all
from .recording import write

if __name__ == "__main__":
    write("logits", run_all(keras))
