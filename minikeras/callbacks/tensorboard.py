"""The callback that writes event files for TensorBoard, through tensorboardX."""

import numpy as np

from minikeras.callbacks.base import Callback
from minikeras.utils.checks import number


class TensorBoard(Callback):
    """Write the numbers of training for TensorBoard: `tensorboard --logdir ./logs`.

    Arguments
        log_dir: folder of the event files.
        histogram_freq: every how many epochs to write histograms of the weights; 0 for
            never.
        batch_size: accepted as in Keras.
        write_graph: whether to write the layers and what joins them.
        write_grads: whether to write histograms of the last batch's gradients, too.
        write_images: whether to write the weights as images, too.
        embeddings_freq: every how many epochs to write the weights of embeddings.
        embeddings_layer_names: names of the layers; all Embedding layers if None.
        embeddings_metadata: list of labels for the rows, or a dict by layer's name.
        embeddings_data: accepted as in Keras; the layers' weights are written.
        update_freq: 'epoch', 'batch', or after how many samples to write numbers.

    Needs the library tensorboardX: `pip install minikeras[tensorboard]`.
    """

    def __init__(
        self,
        log_dir="./logs",
        histogram_freq=0,
        batch_size=32,
        write_graph=True,
        write_grads=False,
        write_images=False,
        embeddings_freq=0,
        embeddings_layer_names=None,
        embeddings_metadata=None,
        embeddings_data=None,
        update_freq="epoch",
    ):
        super().__init__()
        self.log_dir, self.histogram_freq = log_dir, histogram_freq
        self.batch_size, self.write_graph = batch_size, write_graph
        self.write_grads, self.write_images = write_grads, write_images
        self.embeddings_freq = embeddings_freq
        self.embeddings_layer_names = embeddings_layer_names
        self.embeddings_metadata = embeddings_metadata
        self.embeddings_data = embeddings_data
        self.update_freq = 1 if update_freq == "batch" else update_freq
        if self.update_freq != "epoch":
            number(self.update_freq, "update_freq ('batch', 'epoch', or samples)")
        self.samples_seen, self.samples_at_last_write = 0, 0
        self.writer = None
        _library()

    def set_model(self, model):
        super().set_model(model)
        self.writer = _library().SummaryWriter(str(self.log_dir))
        if self.write_graph and model.built:
            self.writer.file_writer.add_event(_graph_of(model))

    def on_batch_end(self, batch, logs=None):
        if self.update_freq == "epoch":
            return
        logs = logs or {}
        self.samples_seen += logs.get("size", 1)
        if self.samples_seen - self.samples_at_last_write >= self.update_freq:
            self._write_numbers("batch_", logs, self.samples_seen)
            self.samples_at_last_write = self.samples_seen

    def on_epoch_end(self, epoch, logs=None):
        self._write_numbers("", logs or {}, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_weights(epoch)
        if self.embeddings_freq and epoch % self.embeddings_freq == 0:
            self._write_embeddings(epoch)
        self.writer.flush()

    def on_train_end(self, _=None):
        self.writer.close()

    def _write_numbers(self, prefix, logs, step):
        for name, value in logs.items():
            if name not in ("batch", "size"):
                self.writer.add_scalar(prefix + name, float(value), step)

    def _write_weights(self, epoch):
        for weight in self.model.weights:
            tag = weight.name.replace(":", "_")
            if np.isfinite(weight.value).all():
                self.writer.add_histogram(tag, weight.value, epoch)
            if self.write_grads and weight.trainable and weight.has_grad:
                self.writer.add_histogram(tag + "_grad", weight.grad, epoch)
            if self.write_images:
                image = _as_image(weight.value)
                self.writer.add_image(tag, image, epoch, dataformats="HWC")

    def _write_embeddings(self, epoch):
        names = self.embeddings_layer_names or [
            layer.name
            for layer in self.model.layers
            if type(layer).__name__ == "Embedding"
        ]
        for name in names:
            labels = self.embeddings_metadata
            labels = labels.get(name) if isinstance(labels, dict) else labels
            rows = self.model.get_layer(name).get_weights()[0]
            self.writer.add_embedding(rows, labels, tag=name, global_step=epoch)


def _library():
    try:
        import tensorboardX
    except ImportError:
        raise ImportError(
            "TensorBoard needs the library tensorboardX: `pip install tensorboardX` or "
            "`pip install minikeras[tensorboard]`."
        ) from None
    return tensorboardX


def _as_image(value):
    """A weight as a grey picture: its last two axes, where the others are at 0."""
    value = np.atleast_2d(np.asarray(value, np.float32))
    value = value.reshape(-1, *value.shape[-2:])[0]
    low, high = np.nanmin(value, initial=0), np.nanmax(value, initial=0)
    return np.nan_to_num((value - low) / (high - low or 1.0))[:, :, None]


def _graph_of(model):
    """The layers as a graph of TensorFlow's kind."""
    from tensorboardX.proto.event_pb2 import Event
    from tensorboardX.proto.graph_pb2 import GraphDef
    from tensorboardX.proto.node_def_pb2 import NodeDef
    from tensorboardX.proto.versions_pb2 import VersionDef

    nodes = [
        NodeDef(
            name=node.outbound_layer.name,
            op=type(node.outbound_layer).__name__,
            input=[t._keras_history[0].name for t in _inputs_of(node)],
        )
        for node in getattr(model, "_nodes", ())
    ]
    graph = GraphDef(node=nodes, versions=VersionDef(producer=22))
    return Event(graph_def=graph.SerializeToString())


def _inputs_of(node):
    return node.input_tensors if node.inbound_layers else ()
