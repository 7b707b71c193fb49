"""A process that is killed while it saves leaves the old file or the new one."""

import importlib.util
import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from minikeras.layers import Dense
from minikeras.models import Sequential, load_model

# Every point is a process of its own (a fork), which is killed there by SIGKILL.
SCRIPT = """
    import os, signal, sys
    import numpy as np
    from minikeras.layers import Dense
    from minikeras.models import Sequential, load_model
    from minikeras.saving import atomic, archive_writer

    path, kind = sys.argv[1:3]

    def make(value):
        model = Sequential([Dense(200, input_shape=(100,)), Dense(100)])
        model.compile("adam", "mse")
        model.set_weights([np.full(w.shape, value) for w in model.get_weights()])
        return model

    old, new = make(1.0), make(2.0)
    new.save(path)
    size = os.path.getsize(path)

    def die(*_):
        os.kill(os.getpid(), signal.SIGKILL)

    class DiesAfter:
        # A file that kills the process when so many bytes were written.
        def __init__(self, file, count):
            self.file, self.left = file, count

        def write(self, data):
            data = memoryview(data).cast("B")
            self.file.write(data[: self.left])
            self.left -= len(data)
            if self.left <= 0:
                self.file.flush()
                die()

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

        def __getattr__(self, name):
            return getattr(self.file, name)

    def at_byte(count):
        def set_up():
            atomic.open = lambda *a: DiesAfter(open(*a), count)
        return set_up

    def before(module, name):
        def set_up():
            setattr(module, name, die)
        return set_up

    def after(module, name):
        def set_up():
            real = getattr(module, name)
            def then_die(*arguments):
                real(*arguments)
                die()
            setattr(module, name, then_die)
        return set_up

    points = [
        after(atomic, "_create"), before(os, "fsync"), after(os, "fsync"),
        before(atomic, "_keep_permissions"), after(atomic, "_keep_permissions"),
        before(os, "replace"), after(os, "replace"), before(atomic, "_sync_folder"),
    ]
    if kind == ".mk":
        points += [at_byte(int(size * part / 12)) for part in range(12)]
        points += [before(archive_writer.ArchiveWriter, "verify")]
        points += [after(archive_writer.ArchiveWriter, "close")]
    outcomes = []
    for point in points:
        old.save(path)
        child = os.fork()
        if not child:
            point()
            new.save(path)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), f"point {len(outcomes)} was not reached"
        value = load_model(path).get_weights()[0].flat[0]
        assert all((w == value).all() for w in load_model(path).get_weights())
        outcomes.append("old" if value == 1 else "new")
    old.save(path)
    print(len(points), *outcomes)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("kind, least", [(".mk", 20), (".h5", 8)])
def test_the_old_file_or_the_new_one_survives_every_kill(tmp_path, kind, least):
    if kind == ".h5":
        pytest.importorskip("h5py")
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))
    folder = tmp_path / "models"
    folder.mkdir()
    command = [sys.executable, str(script), str(folder / ("m" + kind)), kind]
    environment = {**os.environ, "PYTHONPATH": os.getcwd(), "MINIKERAS_SPECS": "1"}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    count, *outcomes = done.stdout.split()
    assert int(count) >= least and outcomes.count("new") == 2  # after the rename
    assert os.listdir(folder) == ["m" + kind]  # the next save swept up


def test_two_processes_that_save_to_one_name_leave_a_whole_file(tmp_path):
    script = textwrap.dedent("""
        import sys
        import numpy as np
        from minikeras.layers import Dense
        from minikeras.models import Sequential
        model = Sequential([Dense(300, input_shape=(300,))])
        model.set_weights([np.full(w.shape, sys.argv[2]) for w in model.get_weights()])
        for _ in range(15):
            model.save(sys.argv[1])
    """)
    path = str(tmp_path / "m.mk")
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    running = [
        subprocess.Popen([sys.executable, "-c", script, path, n], env=environment)
        for n in "12"
    ]
    assert [process.wait(60) for process in running] == [0, 0]
    kernel, bias = load_model(path).get_weights()
    assert (kernel == bias[0]).all() and os.listdir(tmp_path) == ["m.mk"]


def test_a_full_disk_keeps_the_old_model(tmp_path, monkeypatch):
    model = Sequential([Dense(2, input_shape=(3,))])
    path = tmp_path / "m.mk"
    model.save(path)
    before = model.get_weights()
    model.set_weights([w + 1 for w in before])

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device.*unchanged"):
        model.save(path)
    for a, b in zip(before, load_model(path).get_weights(), strict=True):
        assert np.array_equal(a, b)


def test_a_model_is_saved_and_loaded_while_python_ends(tmp_path):
    script = textwrap.dedent("""
        import atexit, sys
        import numpy as np
        from minikeras.layers import Dense
        from minikeras.models import Sequential, load_model
        model = Sequential([Dense(1500, input_shape=(1500,))])
        model.set_weights([w * 0 + 3 for w in model.get_weights()])
        for path in sys.argv[1:]:
            atexit.register(lambda p=path: print(load_model(p).get_weights()[0].sum()))
            atexit.register(model.save, path)
    """)
    paths = [str(tmp_path / "m.mk")]
    if importlib.util.find_spec("h5py"):
        paths += [str(tmp_path / "m.h5"), str(tmp_path / "m.keras")]
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    command = [sys.executable, "-c", script, *paths]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert not done.stderr
    assert list(map(float, done.stdout.split())) == [3 * 1500**2] * len(paths)


def test_an_error_of_the_disk_while_a_large_model_is_written_is_not_lost(
    tmp_path, monkeypatch
):
    model = Sequential([Dense(1500, input_shape=(1500,))])
    path = tmp_path / "m.mk"
    model.save(path)
    before, real, calls = path.read_bytes(), os.fsync, []

    def fails_once(descriptor):
        calls.append(descriptor)
        if len(calls) == 1:  # the system tells an error of writing only once
            raise OSError(5, "Input/output error")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fails_once)
    model.set_weights([w + 1 for w in model.get_weights()])
    with pytest.raises(OSError, match="Input/output error.*unchanged"):
        model.save(path)
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["m.mk"]
