"""What TensorBoard writes is read back by TensorBoard's own reader."""

import numpy as np
import pytest

from minikeras.callbacks import TensorBoard
from minikeras.layers import Dense
from minikeras.models import Sequential


def test_without_the_library_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tensorboardX", None)
    with pytest.raises(ImportError, match="pip install tensorboardX"):
        TensorBoard()


@pytest.fixture
def events(tmp_path):
    """A function that trains with a TensorBoard and reads its files."""
    pytest.importorskip("tensorboardX")
    reader = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator"
    )

    def train(**options):
        x = np.random.RandomState(0).rand(8, 3)
        model = Sequential([Dense(4, input_shape=(3,), name="first"), Dense(1)])
        model.compile("sgd", "mse")
        callback = TensorBoard(tmp_path, **options)
        history = model.fit(
            x, x[:, :1], 2, 3, 0, [callback], validation_data=(x, x[:, :1])
        )
        everything = {"scalars": 0, "histograms": 0, "images": 0}
        read = reader.EventAccumulator(str(tmp_path), everything)
        read.Reload()
        return read, history.history, model

    return train


def test_numbers_of_every_epoch(events):
    read, history, _ = events()
    for name in ("loss", "val_loss"):
        written = read.Scalars(name)
        assert [event.step for event in written] == [0, 1, 2]
        np.testing.assert_allclose([e.value for e in written], history[name], rtol=1e-6)


def test_numbers_of_every_batch(events):
    read, _, _ = events(update_freq="batch")
    assert [event.step for event in read.Scalars("batch_loss")] == [*range(2, 25, 2)]


def test_numbers_after_so_many_samples(events):
    read, _, _ = events(update_freq=4)
    assert [event.step for event in read.Scalars("batch_loss")] == [*range(4, 25, 4)]


def test_histograms_gradients_and_images(events):
    read, _, model = events(histogram_freq=2, write_grads=True, write_images=True)
    tags = read.Tags()
    assert set(tags["histograms"]) >= {"first/kernel_0", "first/kernel_0_grad"}
    written = read.Histograms("first/kernel_0")
    assert [event.step for event in written] == [0, 2]
    value = model.get_layer("first").get_weights()[0]
    assert written[-1].histogram_value.num == value.size
    assert written[-1].histogram_value.max == pytest.approx(value.max(), rel=1e-5)
    image = read.Images("first/kernel_0")[0]
    assert (image.height, image.width) == (3, 4)


def test_the_graph_of_the_layers(events):
    read, _, model = events()
    nodes = {node.name: list(node.input) for node in read.Graph().node}
    assert nodes["first"] == ["first_input"]
    assert nodes[model.layers[1].name] == ["first"]
