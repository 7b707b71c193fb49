"""Runs one scenario: `python -m feed.faults.run module:function mode`."""

import faulthandler
import importlib
import os
import signal
import sys


def main(name, mode):
    """Run it under a hard limit; on expiry all stacks are shown."""
    faulthandler.dump_traceback_later(float(os.environ["FAULT_LIMIT"]), exit=True)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # `&` has it ignored
    module, _, function = name.partition(":")
    scenario = getattr(importlib.import_module(f"feed.faults.{module}"), function)
    scenario(mode)
    faulthandler.cancel_dump_traceback_later()
    print("scenario passed")


if __name__ == "__main__":
    main(*sys.argv[1:])
