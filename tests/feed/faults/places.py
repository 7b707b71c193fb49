"""Code that workers cannot import: notebooks, `python -c`, scripts, nested classes."""

import subprocess
import sys
import textwrap

import numpy as np

from feed.faults.common import Numbers, drain

PROGRAM = """
import numpy as np
from minikeras import feed
from minikeras.layers import Dense
from minikeras.models import Sequential
from minikeras.utils import Sequence

feed.settings.start_method = METHOD
scale = 3.0

def times(x):
    return x * scale

class Mine(Sequence):
    def __len__(self):
        return 5
    def __getitem__(self, index):
        if index == FAULT:
            raise Strange("index", index)
        return times(np.full((2, 2), index)), np.zeros((2, 1))

class Strange(Exception):
    def __init__(self, what, number):
        super().__init__(what, number)

model = Sequential([Dense(1, input_shape=(2,))])
model.compile("sgd", "mse")
found = model.predict_generator(Mine(), workers=2, use_multiprocessing=PROCESSES)
assert found.shape == (10, 1)
FAULT = 3
try:
    model.predict_generator(Mine(), workers=2, use_multiprocessing=PROCESSES)
except Strange as error:
    print("caught", error.args)
print("done")
"""


def program(mode):
    settings = f"METHOD = {mode if mode != 'thread' else None!r}\n"
    settings += f"PROCESSES = {mode != 'thread'}\nFAULT = None\n"
    return settings + PROGRAM


def check(*command, **more):
    result = subprocess.run(command, capture_output=True, text=True, timeout=15, **more)
    printed = result.stdout + result.stderr
    assert result.returncode == 0 and result.stdout.endswith("done\n"), printed
    assert "caught ('index', 3)" in result.stdout, printed


def command_line(mode):
    """`python -c`, and a program from standard input."""
    check(sys.executable, "-c", program(mode))
    check(sys.executable, input=program(mode))


def unguarded_script(mode, tmp=None):
    """A script without `if __name__ == "__main__":`."""
    import os
    import tempfile

    path = os.path.join(tempfile.mkdtemp(), "script.py")
    with open(path, "w") as file:
        file.write(program(mode))
    check(sys.executable, path)


def notebook(mode):
    """A Sequence that is defined in a cell."""
    import nbclient
    import nbformat

    cell = nbformat.v4.new_code_cell(textwrap.dedent(program(mode)))
    book = nbformat.v4.new_notebook(cells=[cell])
    nbclient.NotebookClient(book, timeout=15).execute()
    printed = "".join(output.get("text", "") for output in book.cells[0].outputs)
    assert "caught ('index', 3)" in printed and printed.endswith("done\n"), printed


def nested_and_lambda(mode):
    """Classes inside of functions, attributes that are lambdas."""

    class Nested(Numbers):
        change = staticmethod(lambda x: x + 1)

        def __getitem__(self, index):
            return self.change(np.full((2, 1), index)), self.other(np.ones((2, 1)))

    nested = Nested()
    nested.other = lambda x: x * 2
    assert drain(nested, mode) == drain(nested, "main")
