"""Names of other versions of `keras.backend`, and what to write instead of them."""

INSTEAD = {
    "tf": "There is no TensorFlow below. Use the function of the same purpose in "
    "minikeras.backend, such as K.sum for K.tf.reduce_sum.",
    "image_dim_ordering": "Keras 2 calls it K.image_data_format().",
    "set_image_dim_ordering": "Keras 2 calls it K.set_image_data_format("
    "'channels_last'), or 'channels_first' for what was 'th'.",
    "get_variable_shape": "Use K.int_shape(x).",
    "get_graph": "There is no TensorFlow graph. Use K.function([inputs], [outputs]).",
}


def refuse(name):
    """The error for a name that `minikeras.backend` does not have."""
    text = f"module 'minikeras.backend' has no attribute {name!r}"
    if name in INSTEAD:
        text = f"{text}. {INSTEAD[name]}"
    return AttributeError(text)
