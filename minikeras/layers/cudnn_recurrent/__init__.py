"""The layers that Keras runs with CuDNN; here they run on the processor."""

from minikeras.layers.cudnn_recurrent.cudnn import CuDNNGRU, CuDNNLSTM

__all__ = ["CuDNNGRU", "CuDNNLSTM"]
