"""A training that was killed goes on as if nothing had happened, to the last bit."""

import os
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest

SCRIPT = """
    import os, random, signal, sys
    import numpy as np
    from minikeras.callbacks import *
    from minikeras.layers import Dense, Dropout
    from minikeras.models import Sequential
    from minikeras.utils import Sequence

    batches = []
    kind, backup, result, kill_at = sys.argv[1:5]
    np.random.seed(3)
    random.seed(4)
    x = np.random.rand(40, 5)
    y = np.eye(2)[(x.sum(axis=1) > 2.5).astype(int)]

    class Shuffling(Sequence):
        def __init__(self):
            self.order = np.arange(40)

        def __len__(self):
            return 5

        def __getitem__(self, i):
            rows = self.order[8 * i : 8 * i + 8]
            return x[rows] + 0.01 * np.random.rand(8, 5), y[rows]

        def on_epoch_end(self):
            np.random.shuffle(self.order)

    def generator():
        own = np.random.RandomState(5)
        while True:
            rows = own.randint(0, 40, 8)
            yield x[rows] + 0.01 * np.random.rand(8, 5), y[rows]

    class Kill(Callback):
        def on_batch_end(self, batch, logs=None):
            batches.append(batch)
            if len(batches) == int(kill_at):
                os.kill(os.getpid(), signal.SIGKILL)

    model = Sequential([
        Dense(6, activation="relu", input_shape=(5,)),
        Dropout(0.3),
        Dropout(0.2, seed=9),
        Dense(2, activation="softmax"),
    ])
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    callbacks = [
        BackupAndRestore(backup),
        ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=0.02),
        EarlyStopping("val_loss", patience=30, restore_best_weights=True),
        CSVLogger(result + ".csv"),
        Kill(),
    ]
    options = dict(epochs=6, verbose=0, callbacks=callbacks, validation_data=(x, y))
    if kind == "arrays":
        history = model.fit(x, y, batch_size=8, **options)
    elif kind == "sequence":
        options["validation_data"] = Shuffling()
        history = model.fit_generator(Shuffling(), workers=2, **options)
    else:
        history = model.fit_generator(generator(), 5, workers=1, **options)
    state = [*model.get_weights(), *model.optimizer.get_weights()]
    state += [np.array(history.history[k]) for k in sorted(history.history)]
    state += [np.random.rand(3), np.array([random.random()])]
    np.savez(result, *state)
"""


def run(tmp_path, kind, result, kill_at):
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))
    backup = str(tmp_path / "backup.mk")
    command = [sys.executable, str(script), kind, backup, str(result), str(kill_at)]
    environment = {**os.environ, "PYTHONPATH": os.getcwd(), "MINIKERAS_SPECS": "1"}
    done = subprocess.run(command, env=environment, timeout=120, capture_output=True)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()
    return done.returncode


@pytest.mark.parametrize("kind", ["arrays", "sequence", "generator"])
def test_the_continued_run_equals_the_uninterrupted_one(tmp_path, kind):
    straight, continued = tmp_path / "straight.npz", tmp_path / "continued.npz"
    assert run(tmp_path, kind, straight, 0) == 0
    for kill_at in (13, 4, 9):  # in epochs 3, 3 (again) and 4
        assert run(tmp_path, kind, continued, kill_at) == -signal.SIGKILL
        assert (tmp_path / "backup.mk").exists()
    assert run(tmp_path, kind, continued, 0) == 0
    assert not (tmp_path / "backup.mk").exists()
    straight_lines = (tmp_path / "straight.npz.csv").read_text()
    assert (tmp_path / "continued.npz.csv").read_text() == straight_lines
    assert straight_lines.count("\n") == 7
    with np.load(straight) as a, np.load(continued) as b:
        assert len(a.files) > 15 and a.files == b.files
        for name in a.files:
            assert np.array_equal(a[name], b[name]), name


def test_a_folder_that_is_missing_is_an_error_before_training(tmp_path):
    from minikeras.callbacks import BackupAndRestore
    from minikeras.layers import Dense
    from minikeras.models import Sequential

    model = Sequential([Dense(1, input_shape=(2,))])
    model.compile("sgd", "mse")
    callback = BackupAndRestore(tmp_path / "no" / "backup.mk")
    with pytest.raises(ValueError, match="does not exist"):
        model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0, callbacks=[callback])


def test_a_file_of_another_kind_is_told(tmp_path):
    from minikeras.callbacks import BackupAndRestore
    from minikeras.layers import Dense
    from minikeras.models import Sequential

    model = Sequential([Dense(1, input_shape=(2,))])
    model.compile("sgd", "mse")
    model.save(tmp_path / "m.mk")
    before = (tmp_path / "m.mk").read_bytes()
    callback = BackupAndRestore(tmp_path / "m.mk")
    with pytest.raises(ValueError, match="not a BackupAndRestore"):
        model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0, callbacks=[callback])
    assert (tmp_path / "m.mk").read_bytes() == before
