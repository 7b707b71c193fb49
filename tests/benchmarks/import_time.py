"""What `import minikeras` costs beyond `import numpy`: at most 0.1 s.

    python tests/benchmarks/import_time.py

Fresh interpreters, in turns; medians of 15. The parts of the package come when they
are first used; what all of them cost is shown too.
"""

import statistics
import subprocess
import sys
import time

RUNS = 15
STATEMENTS = [
    "pass",
    "import numpy",
    "import numpy, minikeras",
    "from minikeras import callbacks, layers, models, utils",
]
LIMIT = 0.1


def seconds(statement):
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - start


def main():
    times = {statement: [] for statement in STATEMENTS}
    for _ in range(RUNS):
        for statement in STATEMENTS:
            times[statement].append(seconds(statement))
    medians = {name: statistics.median(runs) for name, runs in times.items()}
    for name, median in medians.items():
        print(f"{name:56} {median * 1000:6.1f} ms")
    beyond = {name: medians[name] - medians["import numpy"] for name in STATEMENTS[2:]}
    for name, seconds_more in beyond.items():
        print(f"beyond numpy: {name:42} {seconds_more * 1000:6.1f} ms")
    return beyond["import numpy, minikeras"] > LIMIT


if __name__ == "__main__":
    sys.exit(main())
