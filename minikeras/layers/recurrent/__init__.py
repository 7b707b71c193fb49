"""Recurrent layers.

Read scan.py (the loop over time), cell.py (what cells share), then simple.py, lstm.py
and gru.py; rnn.py applies any cell.
"""

from minikeras.layers.recurrent.gru import GRU, GRUCell
from minikeras.layers.recurrent.lstm import LSTM, LSTMCell
from minikeras.layers.recurrent.rnn import RNN
from minikeras.layers.recurrent.simple import SimpleRNN, SimpleRNNCell
from minikeras.layers.recurrent.stacked import StackedRNNCells
from minikeras.lazy import lazy_names

__all__ = [
    "GRU", "GRUCell", "LSTM", "LSTMCell", "RNN", "SimpleRNN", "SimpleRNNCell",
    "StackedRNNCells",
]  # fmt: skip

# The base that Keras kept here for old scripts; it comes with its first use.
__getattr__, _ = lazy_names("minikeras.layers", {"Recurrent": "legacy"})
