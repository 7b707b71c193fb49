"""Callbacks: what happens at given moments of training, testing and predicting.

| file | callbacks |
|---|---|
| base.py | Callback, CallbackList, LambdaCallback |
| history.py | BaseLogger, History |
| progress.py | ProgbarLogger |
| csv_logger.py | CSVLogger |
| checkpoint.py | ModelCheckpoint |
| backup.py | BackupAndRestore |
| remote.py | RemoteMonitor |
| tensorboard.py | TensorBoard |
| stopping.py | EarlyStopping, TerminateOnNaN |
| learning_rate.py | LearningRateScheduler, ReduceLROnPlateau |
| setup.py | which callbacks accompany a training, beside the user's |
| monitor.py | MonitorCallback, the base of those that follow one number |
"""

from minikeras.callbacks.backup import BackupAndRestore
from minikeras.callbacks.base import Callback, CallbackList, LambdaCallback
from minikeras.callbacks.checkpoint import ModelCheckpoint
from minikeras.callbacks.csv_logger import CSVLogger
from minikeras.callbacks.history import BaseLogger, History
from minikeras.callbacks.learning_rate import LearningRateScheduler, ReduceLROnPlateau
from minikeras.callbacks.monitor import MonitorCallback
from minikeras.callbacks.progress import ProgbarLogger
from minikeras.callbacks.remote import RemoteMonitor
from minikeras.callbacks.setup import (
    announce,
    evaluation_callbacks,
    training_callbacks,
)
from minikeras.callbacks.stopping import EarlyStopping, TerminateOnNaN
from minikeras.callbacks.tensorboard import TensorBoard

__all__ = [
    "BackupAndRestore",
    "BaseLogger",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "MonitorCallback",
    "ProgbarLogger",
    "ReduceLROnPlateau",
    "RemoteMonitor",
    "TensorBoard",
    "TerminateOnNaN",
    "announce",
    "evaluation_callbacks",
    "training_callbacks",
]
