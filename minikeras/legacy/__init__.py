"""The path under which Keras 2 kept layers of Keras 1."""
