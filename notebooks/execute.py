"""Run notebooks from top to bottom, in a fresh kernel each; stop at the first error.

    python notebooks/execute.py              all of this folder
    python notebooks/execute.py 01_*.ipynb   some

The files are not changed: they stay without outputs. The progress of an epoch is one
output, and no text output may be larger than 10 KB, so that notebooks open quickly.
"""

import pathlib
import sys
import time

import nbformat
from nbclient import NotebookClient

FOLDER = pathlib.Path(__file__).parent
SECONDS = 120
BYTES = 10_000


def main(paths):
    for path in map(pathlib.Path, paths or sorted(FOLDER.glob("*.ipynb"))):
        start = time.perf_counter()
        notebook = nbformat.read(path, as_version=4)
        check_clean(path, notebook)
        folder = {"metadata": {"path": str(FOLDER)}}
        NotebookClient(notebook, timeout=SECONDS, resources=folder).execute()
        check_size(path, notebook)
        seconds = time.perf_counter() - start
        print(f"{path.name}: {len(notebook.cells)} cells, {seconds:.1f} s")


def check_clean(path, notebook):
    """Committed notebooks hold no outputs."""
    if any(cell.get("outputs") for cell in notebook.cells):
        sys.exit(f"{path.name} holds outputs; clear them before committing.")


def check_size(path, notebook):
    """Text outputs stay small; pictures are not counted."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if text_size(output) > BYTES:
                sys.exit(
                    f"{path.name}: an output over {BYTES} bytes from\n{cell.source}"
                )


def text_size(output):
    data = output.get("data", {})
    texts = [
        output.get("text", ""),
        data.get("text/plain", ""),
        data.get("text/html", ""),
    ]
    return sum(len(text) for text in texts)


if __name__ == "__main__":
    main(sys.argv[1:])
