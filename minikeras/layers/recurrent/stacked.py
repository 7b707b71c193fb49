"""Cells one on top of the other, as one cell."""

from minikeras.engine.base_layer import Layer
from minikeras.engine.node import as_list
from minikeras.layers.recurrent.rnn import check_cell, takes
from minikeras.utils.checks import shorten


class StackedRNNCells(Layer):
    """Cells of which each reads the output of the one before.

    Forward
        x_0 = x;  x_i, s_i' = cell_i(x_(i-1), s_i);  the output is the last x_i

    Arguments
        cells: list of cells.

    The states of all cells stand in one list, those of the first cell first.

    Example
        >>> layer = RNN(StackedRNNCells([GRUCell(32), GRUCell(16)]))
    """

    def __init__(self, cells, **kwargs):
        if not isinstance(cells, (list, tuple)) or not cells:
            raise TypeError(
                "`cells` must be a list of cells, such as [LSTMCell(8), LSTMCell(4)]. "
                f"Got {shorten(cells)}."
            )
        for cell in cells:
            check_cell(cell)
        super().__init__(**kwargs)
        self.cells = list(cells)

    @property
    def state_size(self):
        """The sizes of all states."""
        return tuple(size for cell in self.cells for size in as_list(cell.state_size))

    @property
    def output_size(self):
        """The size of the last cell's output."""
        return output_size(self.cells[-1])

    def build(self, input_shape):
        constants = []
        if isinstance(input_shape, list):
            input_shape, *constants = input_shape
        for cell in self.cells:
            if isinstance(cell, Layer) and not cell.built:
                several = constants and takes(cell.call, "constants")
                cell.build([input_shape, *constants] if several else input_shape)
                cell.built = True
            input_shape = (input_shape[0], *as_list(output_size(cell)))
        self.built = True

    def call(self, inputs, states, constants=None, **kwargs):
        """One step of all cells: (output, list of all states)."""
        new_states, start = [], 0
        for cell in self.cells:
            count = len(as_list(cell.state_size))
            options = {k: v for k, v in kwargs.items() if takes(cell.call, k)}
            if constants and takes(cell.call, "constants"):
                options["constants"] = constants
            mine = list(states[start : start + count])
            inputs, made = cell.call(inputs, mine, **options)
            new_states += as_list(made)
            start += count
        return inputs, new_states

    def get_config(self):
        """Class and arguments of each cell."""
        cells = [
            {"class_name": type(cell).__name__, "config": cell.get_config()}
            for cell in self.cells
        ]
        return {**super().get_config(), "cells": cells}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        from minikeras.layers import deserialize

        config = dict(config)
        cells = [deserialize(c, custom_objects) for c in config.pop("cells")]
        return cls(cells, **config)


def output_size(cell):
    """The size of a cell's output: its first state's, unless it says otherwise."""
    return getattr(cell, "output_size", None) or as_list(cell.state_size)[0]
