"""The callback that lets training go on after a crash as if nothing had happened."""

import os

from minikeras.callbacks.base import Callback


class BackupAndRestore(Callback):
    """Write down the whole state of training at the start of every epoch.

    If the script is killed and run again, `fit` reads the file and begins with the one
    that was not finished. Weights, the optimizer's state, random generators, the other
    callbacks and the place in the data are those of the uninterrupted run, and so are
    all numbers from then on, to the last bit. The file is removed when `fit` ends.

    Arguments
        filepath: the file, such as "backup.mk".
        delete_checkpoint: whether to remove the file at the end of training.

    The data must be the same, too. A `Sequence` that changes in `on_epoch_end` can say
    what to keep with methods `get_state()`, which returns plain data and arrays, and
    `set_state(state)`; for others `on_epoch_end` is called again for the epochs passed.
    A generator is asked again for the batches that were used.

    Example
        >>> model.fit(x, y, epochs=100, callbacks=[BackupAndRestore("backup.mk")])
    """

    def __init__(self, filepath, delete_checkpoint=True):
        super().__init__()
        self.filepath = os.fspath(filepath)
        self.delete_checkpoint = delete_checkpoint
        self._partners, self._feeds = (), ()

    def check(self, available_logs):
        """Raise ValueError if the file cannot be written."""
        folder = os.path.dirname(os.path.abspath(self.filepath))
        if not os.path.isdir(folder) or not os.access(folder, os.W_OK):
            raise ValueError(
                f"BackupAndRestore: the folder {folder!r} does not exist or cannot be "
                "written to."
            )

    def resume(self, initial_epoch, callbacks, feeds):
        """The epoch to begin with; called once, after all `on_train_begin`.

        Arguments
            initial_epoch: what `fit` was told.
            callbacks: all callbacks of this training.
            feeds: where batches come from, for training and for validation.
        """
        self._partners = [each for each in callbacks if each is not self]
        self._feeds = feeds
        if not os.path.exists(self.filepath):
            return initial_epoch
        return self._restore()

    def on_epoch_begin(self, epoch, logs=None):
        from minikeras.saving import own
        from minikeras.saving.compile_config import compile_config
        from minikeras.saving.optimizer_state import optimizer_state
        from minikeras.saving.state import Packer, layer_states, random_state
        from minikeras.saving.weights import weights_by_layer

        packer = Packer()
        state = {
            "epoch": epoch,
            "random": packer.pack(random_state()),
            "layers": packer.pack(layer_states(self.model)),
            "feeds": packer.pack([feed.get_state() for feed in self._feeds]),
            "callbacks": [
                {"class": type(each).__name__, "state": _packed(each, packer)}
                for each in self._partners
            ],
        }
        contents = own.Contents(
            training=compile_config(self.model),
            weights=weights_by_layer(self.model),
            optimizer=optimizer_state(self.model),
            state=state,
            arrays=packer.arrays,
        )
        own.write(self.filepath, contents)

    def on_train_end(self, logs=None):
        if self.delete_checkpoint and os.path.exists(self.filepath):
            os.remove(self.filepath)

    def _restore(self):
        from minikeras.saving import own
        from minikeras.saving.errors import InvalidConfig, NotAModelFile

        with own.open_zip(self.filepath) as archive:
            contents = own.read(archive)
        if not contents.state or not contents.training:
            raise NotAModelFile(
                f"{self.filepath!r} is a model or weights, not a BackupAndRestore. "
                "Give the backup another name, or load the file with load_model."
            )
        try:
            return self._restore_from(contents)
        except (TypeError, LookupError, AttributeError) as error:
            raise InvalidConfig(
                f"{self.filepath!r} was made by another training: {error}. Delete it "
                "to begin from the first epoch."
            ) from error

    def _restore_from(self, contents):
        from minikeras.saving.optimizer_state import load_optimizer, set_numbers
        from minikeras.saving.state import set_layer_states, set_random_state, unpack
        from minikeras.saving.weights import load_by_order

        load_by_order(self.model, contents.weights)
        load_optimizer(self.model, contents.optimizer)
        set_numbers(
            self.model.optimizer, contents.training["optimizer_config"]["config"]
        )
        state, arrays = contents.state, contents.arrays
        set_layer_states(self.model, unpack(state["layers"], arrays))
        for callback, kept in zip(self._partners, state["callbacks"], strict=False):
            if type(callback).__name__ == kept["class"]:
                _set_state(callback, unpack(kept["state"], arrays))
        kept = unpack(state["feeds"], arrays)
        for feed, each in zip(self._feeds, kept, strict=False):
            feed.set_state(each, state["epoch"])
        set_random_state(unpack(state["random"], arrays))
        return state["epoch"]


def _packed(callback, packer):
    """What a callback keeps: its own `get_state`, or its plain attributes."""
    if hasattr(callback, "get_state"):
        return packer.pack(callback.get_state())
    return {"dict": packer.attributes(callback)}


def _set_state(callback, state):
    if hasattr(callback, "set_state"):
        callback.set_state(state)
        return
    for name, value in state.items():
        before = getattr(callback, name, None)
        if isinstance(before, dict) and isinstance(value, dict):
            before.clear()
            before.update(value)
        else:
            setattr(callback, name, value)
