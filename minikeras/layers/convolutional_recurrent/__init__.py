"""Recurrent layers on films: pictures in time."""

from minikeras.layers.convolutional_recurrent.conv_lstm_2d import (
    ConvLSTM2D,
    ConvLSTM2DCell,
)

__all__ = ["ConvLSTM2D", "ConvLSTM2DCell"]
