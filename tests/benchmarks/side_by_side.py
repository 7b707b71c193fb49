"""Several implementations of one workload, measured in turns in one run.

Each implementation runs in a process of its own (it may need another Python, with other
packages); the processes take turns, so that a busy machine hurts all alike, and medians
over the rounds are compared. A workload file looks like this:

    def minikeras_step():
        ...build the model...
        return step                     # a function without arguments: one step

    WORKLOADS = {"mlp": {"minikeras": minikeras_step, "torch": torch_step}}

    if __name__ == "__main__":
        side_by_side.main(WORKLOADS, target=1.3)

    python tests/benchmarks/mlp.py --peer torch=/path/to/python --peer
    keras2=/other/python

Only implementations whose Python is named are run; minikeras runs with this one. Other
options: --only WORKLOAD, --rounds N.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time

THREADS = "2"
SECONDS_A_ROUND = 0.1
PRODUCT = "matrix product"  # the player that shows what the machine can do
SIDE = 1024  # of its matrices
PAUSE = 0.05  # seconds between turns: OpenMP's threads look out for work for a while


def main(workloads, target, operations=None):
    """Be the referee, or (with --serve) one of the players.

    Arguments
        operations: floating-point operations of a step of each workload, a
            multiplication and an addition being two. Then GFLOP/s are told, and their
            share of those of a large matrix product, measured just afterwards.
    """
    options = arguments()
    if options.serve == PRODUCT:
        return serve(matrix_product)
    if options.serve:
        return serve(workloads[options.only][options.serve])
    pythons = dict(peer.split("=", 1) for peer in options.peer)
    pythons["minikeras"] = sys.executable
    print(f"{'workload':28}{'implementation':16}{'ms a step':>12}{'ratio':>8}")
    for name, players in workloads.items():
        if options.only in (None, name):
            pythons_here = {p: pythons[base(p)] for p in players if base(p) in pythons}
            times = measure(name, pythons_here, options.rounds)
            if operations:  # afterwards: in turns, BLAS's threads disturbed the next
                times |= measure(name, {PRODUCT: sys.executable}, options.rounds)
            report(name, times, target, operations and operations[name])


def matrix_product():
    """A product of large matrices by both threads."""
    import numpy as np

    from minikeras.kernels.matmul import matmul

    a = np.ones((SIDE, SIDE), "float32")
    return lambda: matmul(a, a)


def base(player):
    """'torch channels_last' runs with the Python named for 'torch'."""
    return player.split()[0]


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer", action="append", default=[])
    parser.add_argument("--only")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    return parser.parse_args()


def serve(make_step):
    """Build, warm up, then answer each line of input with the time of one step."""
    step = make_step()
    for _ in range(3):
        step()
    start = time.perf_counter()
    step()
    once = time.perf_counter() - start
    count = max(1, int(SECONDS_A_ROUND / max(once, 1e-6)))
    print("ready", flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        for _ in range(count):
            step()
        print((time.perf_counter() - start) / count, flush=True)


def measure(name, pythons, rounds):
    """Seconds a step of each implementation, by round."""
    script = os.path.abspath(sys.argv[0])
    environment = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3", PYTHONWARNINGS="ignore")
    for library in ("OMP", "OPENBLAS", "MKL", "NUMBA", "MINIKERAS"):
        environment[f"{library}_NUM_THREADS"] = THREADS
    players = {}
    for player, python in pythons.items():
        players[player] = subprocess.Popen(
            [python, script, "--serve", player, "--only", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        wait_for(players[player], "ready")
    times = {player: [] for player in players}
    for _ in range(rounds):
        for player, process in players.items():
            time.sleep(PAUSE)
            process.stdin.write("go\n")
            process.stdin.flush()
            times[player].append(float(process.stdout.readline()))
    for process in players.values():
        process.stdin.close()
        process.wait()
    return times


def wait_for(process, word):
    """Read lines until one is the word: libraries may greet before."""
    for line in process.stdout:
        if line.strip() == word:
            return
    raise RuntimeError(f"{process.args} ended before it was ready")


def report(name, times, target, operations=None):
    """A line for each implementation, and how far minikeras is ahead of the best."""
    medians = {player: statistics.median(each) for player, each in times.items()}
    own, product = medians["minikeras"], medians.pop(PRODUCT, None)
    for player, median in sorted(medians.items(), key=lambda item: item[1]):
        line = f"{name:28}{player:16}{1e3 * median:12.3f}{median / own:8.2f}"
        if operations:
            speed, peak = operations / median, 2 * SIDE**3 / product
            line += f"{speed / 1e9:8.0f} GFLOP/s, {speed / peak:4.0%} of {PRODUCT}"
        print(line)
    peers = [median for player, median in medians.items() if player != "minikeras"]
    if peers:
        ratio = min(peers) / own
        aim = target_of(target, name)
        word = "reached" if ratio >= aim else "MISSED"
        print(f"{name}: {ratio:.2f}x the best peer (aim {aim}: {word})")


def target_of(target, name):
    return target[name] if isinstance(target, dict) else target
