"""Makes helpers that tests share importable: `from callbacks.fake_model import ...`."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
