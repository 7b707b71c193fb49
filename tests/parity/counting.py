"""Optimizers of the real Keras whose step counter has one meaning.

On TensorFlow 1.15 some optimizers of Keras 2.3.1 read `iterations` before its increment
and some after, so that decay starts one step early and Adam counts from 2. Here the
increment runs after the rest of the update: decay divides by 1 + decay * (updates so
far), and Adam's t is 1 at the first update, as in its formula.
"""

import keras
import tensorflow as tf
from keras import backend as K


def optimizer(name, config):
    """An optimizer by class name that counts its steps after each update."""
    original = getattr(keras.optimizers, name)

    class Counting(original):
        def get_updates(self, loss, params):
            updates = [_as_op(update) for update in super().get_updates(loss, params)]
            kept = [op for op in updates if self.iterations.handle not in op.inputs]
            assert len(kept) == len(updates) - 1
            with tf.control_dependencies(kept):
                self.updates = kept + [K.update_add(self.iterations, 1)]
            return self.updates

    Counting.__name__ = name
    return Counting(**config)


def _as_op(update):
    """The operation of an update: Keras has ops, tensors and (variable, value)."""
    update = K.update(*update) if isinstance(update, tuple) else update
    return getattr(update, "op", update)
