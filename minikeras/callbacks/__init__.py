"""Callbacks: what happens at given moments of training, testing and predicting.

| file | callbacks |
|---|---|
| base.py | Callback, CallbackList, LambdaCallback |
| history.py | BaseLogger, History |
| progress.py | ProgbarLogger |
| csv_logger.py | CSVLogger |
| stopping.py | EarlyStopping, TerminateOnNaN |
| learning_rate.py | LearningRateScheduler, ReduceLROnPlateau |
| setup.py | which callbacks accompany a training, beside the user's |
| monitor.py | MonitorCallback, the base of those that follow one number |
"""

from minikeras.callbacks.base import Callback, CallbackList, LambdaCallback
from minikeras.callbacks.csv_logger import CSVLogger
from minikeras.callbacks.history import BaseLogger, History
from minikeras.callbacks.learning_rate import LearningRateScheduler, ReduceLROnPlateau
from minikeras.callbacks.monitor import MonitorCallback
from minikeras.callbacks.progress import ProgbarLogger
from minikeras.callbacks.setup import evaluation_callbacks, training_callbacks
from minikeras.callbacks.stopping import EarlyStopping, TerminateOnNaN

__all__ = [
    "BaseLogger",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "MonitorCallback",
    "ProgbarLogger",
    "ReduceLROnPlateau",
    "TerminateOnNaN",
    "evaluation_callbacks",
    "training_callbacks",
]
