"""Hypothesis must not take the compilation of a kernel for a slow test."""

from hypothesis import settings

settings.register_profile("compiling", deadline=None)
settings.load_profile("compiling")
