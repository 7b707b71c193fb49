"""Recordings of the real Keras 2.3.1, and tests that minikeras agrees with them."""
