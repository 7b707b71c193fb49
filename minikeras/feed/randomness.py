"""Random numbers of a batch that depend on (seed, epoch, index) and nothing else.

Code that makes batches calls `np.random` and `random`, whose generators are shared by
the whole process. So that neither the number of workers nor timing can be seen in the
numbers, each batch gets streams of its own:

* a worker process seeds its own two generators before each batch;
* the main thread (workers=0) does the same and puts the caller's state back;
* a worker thread gets private streams. While thread workers live, the functions of
  `np.random` and `random` are replaced by dispatchers that use the calling thread's
  streams if it has some, and are the plain functions everywhere else.

Cost: 20 us a batch to seed; about 0.1 ms in the main thread, to save and restore;
0.2 us for each call of a dispatcher. Out of its reach in *threads* (not in
processes): `np.random.mtrand._rand` fetched directly, as scikit-learn and scipy.stats
do with random_state=None, and functions stored outside of modules (as defaults).
"""

import contextlib
import random
import sys
import sysconfig
import threading

import numpy as np


def batch_words(*key):
    """Eight words of 32 bits that depend on `key` (whole numbers >= 0) only."""
    return np.random.SeedSequence(key).generate_state(8)


def draw_seed():
    """A seed from the global NumPy state, so that np.random.seed fixes everything."""
    return int(np.random.randint(2**31))


class Streams:
    """One np.random and one random of somebody's own."""

    def __init__(self):
        self.numpy = np.random.RandomState(0)
        self.python = random.Random(0)

    def seed(self, words):
        _seed(self.numpy, self.python, words)


def _seed(numpy_stream, python_stream, words):
    numpy_stream.seed(words[:4])
    python_stream.seed(int.from_bytes(words[4:].tobytes(), "little"))


def seed_process(words):
    """Seed the generators that this process owns; for worker processes."""
    _seed(np.random, random, words)


def unlock_process():
    """Free the lock of `np.random`, which another thread of the parent may have held.

    A forked worker would wait for that thread for ever, and it does not have it.
    """
    np.random.mtrand._rand._bit_generator.lock._at_fork_reinit()


# ---------------------------------------------------------------- the main thread


class BorrowedState:
    """The global generators, lent to a batch or a generator, and put back after it."""

    def __init__(self):
        self.state = None

    @contextlib.contextmanager
    def lent(self, words=None):
        """Seed with `words`, or go on where the last loan ended if they are None."""
        callers = _global_state()
        if words is not None:
            seed_process(words)
        else:
            _set_global_state(self.state)
        try:
            yield
        finally:
            if words is None:
                self.state = _global_state()
            _set_global_state(callers)

    def begin(self, words):
        """Set what the first loan starts from."""
        with self.lent(words):
            self.state = _global_state()


def _global_state():
    return np.random.get_state(), random.getstate()


def _set_global_state(state):
    np.random.set_state(state[0])
    random.setstate(state[1])


# ---------------------------------------------------------------- worker threads

_local = threading.local()
_lock = threading.Lock()
_users = 0
_replaced = []


class PerThread:
    """A function of np.random or random that draws from the calling thread's stream.

    It compares and hashes like the original, by which Numba recognises the functions
    that it compiles.
    """

    def __init__(self, original, stream, name):
        self.original = original
        self.stream = stream
        self.name = name

    def __call__(self, *args, **kwargs):
        streams = getattr(_local, "streams", None)
        if streams is None:
            return self.original(*args, **kwargs)
        return getattr(getattr(streams, self.stream), self.name)(*args, **kwargs)

    def __eq__(self, other):
        return other is self or other == self.original

    def __hash__(self):
        return hash(self.original)

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            return getattr(self.original, name)
        raise AttributeError(name)

    def __reduce__(self):
        module = "numpy.random" if self.stream == "numpy" else "random"
        return _function_of, (module, self.original.__name__)


def _function_of(module, name):
    return getattr(sys.modules[module], name)


@contextlib.contextmanager
def streams_of_this_thread(streams):
    """Let the calling thread draw from `streams` inside the block."""
    _local.streams = streams
    try:
        yield
    finally:
        _local.streams = None


def install_dispatchers():
    """Make np.random and random aware of threads; undone by the last uninstall."""
    global _users
    with _lock:
        _users += 1
        if _users == 1:
            dispatchers = _dispatchers()
            for module in [np.random, random, *_modules_of_the_user()]:
                _replace_in(vars(module), dispatchers)


def uninstall_dispatchers():
    """Put the plain functions back when no thread worker is left."""
    global _users
    with _lock:
        _users -= 1
        if _users == 0:
            while _replaced:
                namespace, name, dispatcher = _replaced.pop()
                if namespace.get(name) is dispatcher:
                    namespace[name] = dispatcher.original


def _dispatchers():
    """{id of a function of np.random or random: its dispatcher}."""
    numpy_names = {"seed": "seed", "ranf": "random_sample", "sample": "random_sample"}
    owner = np.random.mtrand._rand
    for name, value in vars(np.random).items():
        if getattr(value, "__self__", None) is owner:
            numpy_names[name] = name
    found = {}
    for name, method in numpy_names.items():
        original = getattr(np.random, name)
        found[id(original)] = PerThread(original, "numpy", method)
    for name, value in vars(random).items():
        if getattr(value, "__self__", None) is random._inst:
            found[id(value)] = PerThread(value, "python", name)
    return found


def _replace_in(namespace, dispatchers):
    for name, value in list(namespace.items()):
        dispatcher = dispatchers.get(id(value))
        if dispatcher is not None:
            namespace[name] = dispatcher
            _replaced.append((namespace, name, dispatcher))


def _modules_of_the_user():
    """Modules that are not installed packages; they may have imported functions."""
    paths = sysconfig.get_paths()
    installed = tuple(
        {paths[k] for k in ("stdlib", "platstdlib", "purelib", "platlib")}
    )
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name == "__main__" or (file and not file.startswith(installed)):
            yield module
