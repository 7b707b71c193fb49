"""A vector for each word."""

import numpy as np

from minikeras import backend as K
from minikeras import constraints, initializers, regularizers
from minikeras.backend.tensor import take_rows
from minikeras.engine.base_layer import Layer
from minikeras.engine.node import as_list
from minikeras.utils.checks import whole


class Embedding(Layer):
    """Look up a row of a table for each whole number.

    Forward
        y[...] = E[x[...]]

    Backward
        dE[k] = sum of dy over the places where x is k

    Shapes
        x   (n, t) whole numbers from 0 to input_dim - 1
        E   (input_dim, output_dim)
        y   (n, t, output_dim)

    Arguments
        input_dim: rows of the table; the largest number plus 1.
        output_dim: length of the vectors.
        embeddings_*: of the table; see "Weight options" in Layer.
        activity_regularizer: penalty on y.
        mask_zero: whether 0 stands for "nothing here": layers that know masks skip it.
        input_length: t, where it is fixed and Flatten or Dense follow.

    Example
        >>> layer = Embedding(1000, 64, input_length=10)
    """

    input_dtype = "int32"

    def __init__(
        self,
        input_dim,
        output_dim,
        embeddings_initializer="uniform",
        embeddings_regularizer=None,
        activity_regularizer=None,
        embeddings_constraint=None,
        mask_zero=False,
        input_length=None,
        **kwargs,
    ):
        if "input_shape" not in kwargs:
            kwargs["input_shape"] = tuple(as_list(input_length))
        super().__init__(**kwargs)
        self.input_dim = whole(input_dim, "input_dim")
        self.output_dim = whole(output_dim, "output_dim")
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        self.mask_zero = mask_zero
        self.supports_masking = mask_zero
        self.input_length = input_length

    def build(self, input_shape):
        self.embeddings = self.add_weight(
            "embeddings",
            (self.input_dim, self.output_dim),
            initializer=self.embeddings_initializer,
            regularizer=self.embeddings_regularizer,
            constraint=self.embeddings_constraint,
        )
        self.built = True

    def compute_output_shape(self, input_shape):
        lengths = input_shape[1:]
        if self.input_length is not None:
            given = as_list(self.input_length)
            if len(given) != len(lengths) or any(
                a is not None and b is not None and a != b
                for a, b in zip(given, lengths, strict=False)
            ):
                raise ValueError(
                    f'"input_length" is {self.input_length}, but received input has '
                    f"shape {input_shape}."
                )
            lengths = [a or b for a, b in zip(given, lengths, strict=True)]
        return (input_shape[0], *lengths, self.output_dim)

    def compute_mask(self, inputs, mask=None):
        return K.not_equal(inputs, 0) if self.mask_zero else None

    def forward(self, x):
        E = self.embeddings
        rows = x if x.dtype.kind in "iu" else x.astype("int32")
        self.check_range(rows)

        def backward(dy):
            E.add_grad_rows(rows.reshape(-1), dy.reshape(-1, self.output_dim))

        return take_rows(E.value, rows), backward

    def check_range(self, rows):
        """Raise ValueError for numbers that no row of the table has."""
        rows = np.asarray(rows)
        if not rows.size or (rows.min() >= 0 and rows.max() < self.input_dim):
            return
        wrong = (rows < 0) | (rows >= self.input_dim)
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        names = zip(("row", "column"), place)  # noqa: B905
        where = ", ".join(f"{name} {index}" for name, index in names)
        fix = f"Use input_dim = max + 1 = {int(rows.max()) + 1}."
        if rows.min() < 0:
            fix = "Negative numbers have no row: number the words from 0 on."
        raise ValueError(
            f"Layer {self.name!r}: token {int(rows[place])} at {where}; Embedding("
            f"input_dim={self.input_dim}) accepts 0..{self.input_dim - 1}. {fix}"
        )
