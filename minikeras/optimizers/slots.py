"""What an optimizer keeps beside each weight, laid out like the weights themselves.

Weights that lie side by side in memory form a segment. Each slot of a segment is one
flat array too, so that a step is one kernel call for each segment, and a slot of one
weight is a view.
"""

import numpy as np
from numpy.lib.stride_tricks import as_strided

from minikeras.backend.tensor import Variable
from minikeras.kernels import workspace


class Slots:
    """The slots of all variables that an optimizer has met."""

    def __init__(self):
        self.by_variable = {}
        self.plans = {}

    def of(self, variable):
        """The slot variables of a weight."""
        return self.by_variable[variable]

    def in_order(self, names):
        """All slot variables: the first slot of every weight, then the second ..."""
        return [s[i] for i in range(len(names)) for s in self.by_variable.values()]

    def segments(self, variables):
        """What `plan` has made for these variables; None if it is out of date."""
        values, segments = self.plans.get(tuple(variables), (None, None))
        if values is None:
            return None
        for variable, value in zip(variables, values, strict=True):
            if variable.value is not value:  # it has moved into another buffer
                return None
        return segments

    def plan(self, variables, names, scope):
        """Lay out flat slots for these variables; those they have keep their values."""
        for variable in variables:
            if variable not in self.by_variable:
                index = len(self.by_variable)
                self.by_variable[variable] = [
                    Variable(
                        np.zeros_like(variable.value),
                        variable.dtype,
                        name=f"training/{scope}/{name}_{index}:0",
                    )
                    for name in names
                ]
        segments = [self._segment(run) for run in neighbours(variables)]
        values = [variable.value for variable in variables]
        self._forget_plans_with(variables)  # their slots have moved
        self.plans[tuple(variables)] = values, segments

    def _forget_plans_with(self, variables):
        moved = set(variables)
        self.plans = {
            known: plan for known, plan in self.plans.items() if moved.isdisjoint(known)
        }

    def _segment(self, run):
        """The segment of neighbouring variables; makes their slots neighbours, too."""
        flat = [span([v.value for v in run]), span([v.grad for v in run])]
        for each in zip(*(self.by_variable[v] for v in run), strict=True):
            buffer = workspace.zeros(flat[0].shape, flat[0].dtype)
            start = 0
            for slot in each:
                size = slot.value.size
                buffer[start : start + size] = slot.value.reshape(-1)
                slot.value = buffer[start : start + size].reshape(slot.shape)
                start += size
            flat.append(buffer)
        return Segment(flat, run[0] if run[0].grad_rows is not None else None)

    def __getstate__(self):
        return {"by_variable": self.by_variable, "plans": {}}


class Segment(tuple):
    """Flat arrays: values, gradients, slots ...

    Attributes
        table: the variable whose arrays these are, if its gradient comes by rows.
    """

    def __new__(cls, arrays, table=None):
        made = super().__new__(cls, arrays)
        made.table = table
        return made


def neighbours(variables):
    """Group variables that follow one another in memory, values and gradients alike.

    One whose gradient comes by rows (an embedding) stays alone.
    """
    runs = []
    for variable in variables:
        if runs and _follows(runs[-1][-1], variable):
            runs[-1].append(variable)
        else:
            runs.append([variable])
    return runs


def _follows(before, after):
    if before.grad_rows is not None or after.grad_rows is not None:
        return False
    return _adjacent(before.value, after.value) and _adjacent(before.grad, after.grad)


def _adjacent(a, b):
    same_buffer = a.base is not None and a.base is b.base and a.dtype == b.dtype
    return same_buffer and _address(a) + a.nbytes == _address(b)


def _address(array):
    return array.__array_interface__["data"][0]


def span(arrays):
    """One flat view over arrays that follow one another in memory."""
    size = sum(array.size for array in arrays)
    return as_strided(arrays[0], (size,), (arrays[0].itemsize,))


class Rows:
    """Some rows of a segment, gathered to be changed, and put back.

    Arguments
        segment: flat arrays (values, gradients, slots ...).
        rows: numbers of the rows.
        count: how many rows there are in all.
    """

    def __init__(self, segment, rows, count):
        self.rows = rows
        self.tables = [array.reshape(count, -1) for array in segment]
        self.taken = tuple(table[rows].reshape(-1) for table in self.tables)

    def put_back(self):
        """Write the rows, but for the gradient's, back where they were."""
        for table, part in zip(self.tables, self.taken, strict=True):
            if table is not self.tables[1]:
                table[self.rows] = part.reshape(len(self.rows), -1)
