"""Everything that can go wrong while feeding, each in a process with a hard limit.

The numbers are those of the list of scenarios in the design of the feed.
"""

import concurrent.futures
import os
import pathlib
import signal
import subprocess
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
PROCESSES = ("fork", "forkserver", "spawn")
WORKERS = ("thread", *PROCESSES)
ALL = ("main", *WORKERS)

SCENARIOS = {
    "F01 deaths:killed_once": PROCESSES,
    "F01 deaths:killed_while_sending": PROCESSES,
    "F01 deaths:killed_with_a_child_of_its_own": PROCESSES,
    "F02 deaths:batch_kills_every_worker": PROCESSES,
    "F03 deaths:killed_while_idle": PROCESSES,
    "F04 deaths:all_killed_again_and_again": PROCESSES,
    "F04 deaths:killed_before_ready": PROCESSES,
    "F04 deaths:killed_while_unpickling": ("forkserver", "spawn"),
    "F04 deaths:helpers_killed": PROCESSES,
    "F04 deaths:no_new_worker": PROCESSES,
    "F05 deaths:closes_all_files": PROCESSES,
    "F05 deaths:leaves_in_other_ways": WORKERS,
    "F06 deaths:stopped": PROCESSES,
    "F07 deaths:slow_is_not_dead": WORKERS,
    "F08 errors:exception": ALL,
    "F09 errors:strange_exceptions": ALL,
    "F10 errors:result_not_picklable": PROCESSES,
    "F11 errors:ends_of_loops": ALL,
    "F12 errors:wrong_batches": ALL,
    "F13 errors:wrong_batches_are_allowed_on_demand": ALL,
    "F08 fits:error_in_every_use": ALL,
    "F11 fits:event_log": ALL,
    "F14 fits:lengths": ALL,
    "F14 fits:shrinks_during_the_epoch": ALL,
    "F15 fits:on_epoch_end": ALL,
    "F15 fits:predictions_in_order": ALL,
    "F17 fits:interrupted": ALL,
    "F17 fits:interrupted_at_any_moment": ALL,
    "F19 fits:error_while_training": ALL,
    "F20 fits:stopped_early": ALL,
    "F20 fits:steps_and_validation": ALL,
    "F21 fits:nested_fits": ALL,
    "F39 fits:generator_as_validation": ("main", "thread"),
    "F17 interrupts:ctrl_c_while_waiting": WORKERS,
    "F17 interrupts:ctrl_c_while_training": WORKERS,
    "F17 interrupts:ctrl_c_while_starting": WORKERS,
    "F17 interrupts:ctrl_c_while_stopping": PROCESSES,
    "F17 interrupts:ctrl_c_twice": WORKERS,
    "F18 interrupts:parent_killed": PROCESSES,
    "F16 handles:not_picklable": PROCESSES,
    "F16 handles:start_fails": PROCESSES,
    "F22 resources:two_hundred_epochs": WORKERS,
    "F23 randomness:same_everywhere": WORKERS,
    "F23 randomness:callers_state_is_left_alone": ALL,
    "F23 randomness:generator_has_a_stream": ("main", "thread"),
    "F23 randomness:augmentation": WORKERS,
    "F23 randomness:training_is_reproducible": WORKERS,
    "F24 resources:slow_consumer_of_big_batches": WORKERS,
    "F24 resources:kept_batches_stay_as_they_are": WORKERS,
    "F24 resources:reused_buffer": WORKERS,
    "F26 generators:order_and_count": ("main", "thread"),
    "F26 generators:read_ahead_is_bounded": ("thread",),
    "F26 generators:ends_early": ("main", "thread"),
    "F26 generators:raises_itself": ("main", "thread"),
    "F26 generators:iterators": ("main", "thread"),
    "F26 generators:processes_are_refused": ("thread",),
    "F27 places:command_line": WORKERS,
    "F27 places:unguarded_script": WORKERS,
    "F27 places:notebook": WORKERS,
    "F27 places:nested_and_lambda": WORKERS,
    "F28 handles:memory_maps": WORKERS,
    "F28 handles:lazy_picture": PROCESSES,
    "F28 handles:arrays_are_shared": PROCESSES,
    "F29 resources:no_shared_memory": PROCESSES,
    "F29 resources:few_descriptors": PROCESSES,
    "F29 resources:few_processes": WORKERS,
    "F29 resources:little_memory": PROCESSES,
    "F30 surroundings:no_multiprocessing": WORKERS,
    "F30 surroundings:daemonic_process": PROCESSES,
    "F31 surroundings:prints_much": WORKERS,
    "F32 surroundings:numerical_threads": PROCESSES,
    "F32 locks:forked_while_compiling": ("fork",),
    "F32 locks:forked_while_drawing": ("fork",),
    "F35 surroundings:signals_of_the_user": WORKERS,
    "F35 surroundings:children_reaped_by_others": WORKERS,
    "F35 surroundings:clock_jumps": WORKERS,
    "F25 interrupts:exit_with_blocked_generator": ("thread",),
    "F40 interrupts:exit_while_feeding": WORKERS,
}
CASES = [(name, mode) for name, modes in SCENARIOS.items() for mode in modes]


LIMIT = float(os.environ.get("FAULT_SECONDS", 20))


def run(scenario, mode, limit=LIMIT):
    """Run a scenario in a session of its own; (exit code, what it printed).

    On a busy machine, give the environment variable FAULT_SECONDS.
    """
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)]),
        "FAULT_LIMIT": str(limit - 3),
        "MINIKERAS_SPECS": "1",  # no time for compiling
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "feed.faults.run", scenario, mode],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        start_new_session=True,
    )
    try:
        printed, _ = process.communicate(timeout=limit)
    finally:
        _end_session(process.pid)
    return process.returncode, printed


def _end_session(pid):
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


@pytest.fixture(scope="module")
def runs(request):
    """The scenarios to be tested, two at a time: {test: its result, later}."""
    with concurrent.futures.ThreadPoolExecutor(2) as executor:
        tests = [t for t in request.session.items if t.module is request.module]
        yield {
            test.name: executor.submit(
                run,
                test.callspec.params["name"].split()[1],
                test.callspec.params["mode"],
            )
            for test in tests
        }
        executor.shutdown(cancel_futures=True)


@pytest.mark.parametrize("name, mode", CASES)
def test_fault(name, mode, runs, request):
    code, printed = runs[request.node.name].result()
    assert code == 0 and "scenario passed" in printed, printed
