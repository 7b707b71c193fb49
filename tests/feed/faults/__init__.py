"""Fault scenarios, each run in a process of its own: `python -m feed.faults.run`."""
