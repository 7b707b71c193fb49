"""Starting worker processes by any method, without the script and without noise."""

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time

from minikeras.feed.settings import settings
from minikeras.kernels.registry import compiling_lock
from minikeras.utils.interrupts import interrupts_held_back

_one_at_a_time = threading.RLock()
if hasattr(os, "register_at_fork"):  # a child has none of the threads that may hold it
    os.register_at_fork(after_in_child=_one_at_a_time._at_fork_reinit)
ROOM = 8  # descriptors that a start by the fork server takes at most
TRIES, PAUSE = 20, 0.05  # for a fork server that has died, and seconds between them


def start_method():
    """The method to use: the user's, or multiprocessing's, made safe.

    A process forked after Numba or OpenMP started threads is killed when it uses them;
    then the fork server takes the place of fork.
    """
    known = multiprocessing.get_all_start_methods()
    method = settings.start_method
    method = method or multiprocessing.get_start_method(allow_none=True) or known[0]
    if method == "fork" and numba_threads_run() and "forkserver" in known:
        return "forkserver"
    return method


def numba_threads_run():
    """Whether Numba's parallel threads were started in this process."""
    parallel = sys.modules.get("numba.np.ufunc.parallel")
    return bool(getattr(parallel, "_is_initialized", False))


def start(target, arguments, name):
    """A started daemon process that runs target(*arguments).

    To be called inside `alone` and `no_interrupts`.
    """
    method = start_method()
    context = multiprocessing.get_context(method)
    process = context.Process(target=target, args=arguments, name=name, daemon=True)
    with _script_left_alone(method):
        if method == "forkserver":
            _check_room()
            _start_server()
        process.start()
    return process


@contextlib.contextmanager
def alone():
    """Start one process at a time; fork only while no other thread compiles a kernel.

    A lock that such a thread holds would stay locked in the child for ever.
    """
    with _one_at_a_time:
        with compiling_lock if start_method() == "fork" else contextlib.nullcontext():
            yield


def with_patience(start):
    """What `start()` returns; tried again if the fork server has just died.

    For a moment its successor may not be there yet. `start` has to make new pipes each
    time: a process that the dead server was starting may still read the first ones.
    """
    for _ in range(TRIES):
        try:
            return start()
        except (ConnectionError, EOFError) as error:
            refused = error
            time.sleep(PAUSE)
    raise OSError("multiprocessing's fork server died again and again") from refused


def end_of(process):
    """A descriptor that is readable once the process has ended.

    The kernel's, where there is one: multiprocessing's sentinel is a pipe, which also
    closes when the fork server dies or the user's code closes all files, and stays open
    in processes that this code forks.
    """
    try:
        return os.pidfd_open(process.pid)
    except (AttributeError, OSError):
        return process.sentinel


def _check_room():
    """OSError now if the descriptors that a start takes are not to be had.

    Found out midway, when the fork server is already listening, it would end the server
    and with it all workers.
    """
    spare = []
    try:
        for _ in range(ROOM):
            spare.append(os.open(os.devnull, os.O_RDONLY))
    finally:
        for descriptor in spare:
            os.close(descriptor)


def prepare():
    """Start multiprocessing's tracker, which lets held interrupts through again."""
    if start_method() != "fork" and sys.platform != "win32":
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()


def _start_server():
    """Start multiprocessing's fork server with our worker loaded, if none runs yet."""
    from multiprocessing import forkserver

    server = forkserver._forkserver
    modules = getattr(server, "_preload_modules", None)
    if modules != ["__main__"]:
        forkserver.ensure_running()
        return
    forkserver.set_forkserver_preload(["minikeras.feed.preload"])
    try:
        forkserver.ensure_running()
    finally:
        forkserver.set_forkserver_preload(modules)


@contextlib.contextmanager
def no_interrupts():
    """Let Ctrl-C wait for a moment, and do not let it reach processes started here.

    They inherit the mask of the thread that starts them.
    """
    with interrupts_held_back():
        if not hasattr(signal, "pthread_sigmask"):
            yield
            return
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _script_left_alone(method):
    """Keep new processes from importing the main script, if cloudpickle is there.

    So a script works without `if __name__ == "__main__":`.
    """
    if method == "fork" or not sends_by_value():
        yield
        return
    from multiprocessing import spawn

    plain = spawn.get_preparation_data

    def without_script(name):
        data = plain(name)
        return {k: v for k, v in data.items() if not k.startswith("init_main")}

    spawn.get_preparation_data = without_script
    try:
        yield
    finally:
        spawn.get_preparation_data = plain


def sends_by_value():
    """Whether cloudpickle is there."""
    from importlib.util import find_spec

    return "cloudpickle" in sys.modules or find_spec("cloudpickle") is not None
