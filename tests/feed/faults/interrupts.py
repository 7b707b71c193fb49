"""Ctrl-C, killed parents, exits: nothing may stay behind, nothing may be printed."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time

from feed.faults.common import wait_until


class Program:
    """A running program of `programs`, in a session of its own."""

    def __init__(self, name, mode):
        self.temporary = tempfile.mkdtemp()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "feed.faults.programs", name, mode],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "TMPDIR": self.temporary},
        )
        line = self.process.stdout.readline()
        assert line == "now\n", line + self.process.stderr.read()

    def interrupt_group(self):
        os.killpg(self.process.pid, signal.SIGINT)

    def interrupt_parent(self):
        os.kill(self.process.pid, signal.SIGINT)

    def kill(self, how):
        os.kill(self.process.pid, how)

    def end(self, seconds=2.0):
        """What it printed; it must end, and all of its session a second later."""
        _, printed = self.process.communicate(timeout=seconds)
        wait_until(lambda: not in_session(self.process.pid))
        return printed

    def litter(self):
        """Temporary files and shared memory that it left."""
        shared = [n for n in os.listdir("/dev/shm") if str(self.process.pid) in n]
        return os.listdir(self.temporary) + shared


def in_session(session):
    """The processes of a session that are alive."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
            if fields[0] not in "ZX" and int(fields[3]) == session:
                found.append(int(pid))
    return found


def one_interrupt(printed):
    """Exactly one KeyboardInterrupt, and nothing from workers."""
    assert printed.count("\nKeyboardInterrupt") == 1, printed
    shown = printed.count("Traceback (most") - printed.count("During handling of")
    assert shown == 1, printed
    assert "Exception ignored" not in printed, printed


def ctrl_c_while_waiting(mode):
    for send in (Program.interrupt_group, Program.interrupt_parent):
        program = Program("waiting", mode)
        send(program)
        one_interrupt(program.end())


def ctrl_c_while_training(mode):
    program = Program("training", mode)
    program.interrupt_group()
    one_interrupt(program.end())


def ctrl_c_while_starting(mode):
    for delay in (0, 0.005, 0.02, 0.08):
        program = Program("starting", mode)
        time.sleep(delay)
        program.interrupt_group()
        one_interrupt(program.end())


def ctrl_c_while_stopping(mode):
    program = Program("stopping", mode)
    time.sleep(0.02)
    program.interrupt_group()
    one_interrupt(program.end())


def ctrl_c_twice(mode):
    program = Program("waiting", mode)
    program.interrupt_group()
    time.sleep(0.01)
    with contextlib.suppress(ProcessLookupError):
        program.interrupt_group()
    printed = program.end()
    _, *ignored = printed.split("Exception ignored")  # by the interpreter at its end
    assert "minikeras-" not in printed, printed
    assert not any("minikeras" in trace for trace in ignored), printed


def parent_killed(mode):
    """However the parent ends, and whatever the workers do."""
    for name, how in (
        ("waiting", signal.SIGKILL),
        ("training", signal.SIGKILL),
        ("waiting", signal.SIGTERM),
        ("training", signal.SIGSEGV),
    ):
        program = Program(name, mode)
        program.kill(how)
        program.end()
        assert not program.litter()


def exit_with_blocked_generator(mode):
    program = Program("blocked_generator", mode)
    assert program.end(3.0) == ""
    assert program.process.returncode == 0


def exit_while_feeding(mode):
    """A daemon thread feeds, or a pool was never closed: silence, within 2 s."""
    for name in ("in_a_daemon_thread", "dropped"):
        program = Program(name, mode)
        assert program.end() == ""
        assert program.process.returncode == 0
