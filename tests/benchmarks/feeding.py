"""Feeding with two workers: minikeras beside PyTorch's DataLoader and Keras.

    PYTHONPATH=. python tests/benchmarks/feeding.py --peer torch=PEERS_PYTHON \\
        --peer keras3=PEERS_PYTHON --peer keras2=OLD_PYTHON

A step is a whole epoch, so that nobody profits from batches made while others had
their turn. Workloads: `jpeg` reads 224x224 JPEG files, resizes them to 96x96 and makes
float32 batches of 32, `jpeg threads` the same with threads in minikeras, `jpeg once`
with a new pool for each epoch; `raw` carries batches of 32x224x224x3 float32; `small`
carries tiny batches; `start` begins a new pool and takes one batch. Keras feeds from
threads: its worker processes hung in some of our runs. Runs on Python 3.7 too.

Decoding takes both cores whole: two processes that make the same JPEG batches and send
them nowhere need 328 ms for an epoch, minikeras 335 ms. So a ratio below 1 in a single
run means that something else was running.
"""

import os
import tempfile

import numpy as np
import side_by_side

BATCH = 32
FOLDER = os.path.join(tempfile.gettempdir(), "minikeras_jpegs_224")
FILES = 640
RAW_BATCHES = 60
SMALL_BATCHES = 300
NEW_POOL = ("jpeg once", "start")


def make_files():
    """Smooth random pictures, written once."""
    from PIL import Image

    if os.path.isdir(FOLDER):
        return
    os.makedirs(FOLDER)
    random = np.random.RandomState(0)
    for number in range(FILES):
        pixels = random.randint(0, 256, (28, 28, 3)).astype("uint8")
        picture = Image.fromarray(pixels).resize((224, 224), Image.BICUBIC)
        picture.save(path_of(number), quality=90)


def path_of(number):
    return os.path.join(FOLDER, f"{number:05}.jpg")


def picture(number):
    """One picture, ready for a model."""
    from PIL import Image

    image = Image.open(path_of(number)).convert("RGB").resize((96, 96))
    x = np.asarray(image, dtype="float32")
    x /= 255.0
    return x


def jpeg_batch(index):
    numbers = range(index * BATCH, index * BATCH + BATCH)
    return np.stack([picture(n) for n in numbers]), np.zeros((BATCH, 1), "float32")


def raw_batch(index):
    x = np.zeros((BATCH, 224, 224, 3), "float32")
    x[:, 0, 0, 0] = index
    return x, np.zeros((BATCH, 1), "float32")


def small_batch(index):
    return np.zeros((BATCH, 10), "float32"), np.zeros((BATCH, 1), "float32")


class Batches:
    """A Sequence, a Dataset and whatever else counts and indexes."""

    def __init__(self, make, length):
        self.make = make
        self.length = length

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        if index >= self.length:
            raise IndexError(index)
        return self.make(index)


def batches(workload):
    make_files()
    made = {
        "jpeg": (jpeg_batch, FILES // BATCH),
        "jpeg threads": (jpeg_batch, FILES // BATCH),
        "jpeg once": (jpeg_batch, FILES // BATCH),
        "raw": (raw_batch, RAW_BATCHES),
        "small": (small_batch, SMALL_BATCHES),
        "start": (small_batch, 1),
    }
    return Batches(*made[workload])


def minikeras_step(workload, processes=True):
    from minikeras.feed.pool import Pool
    from minikeras.feed.sources import SequenceSource

    source = SequenceSource(batches(workload), seed=1)

    def epoch(pool):
        for _ in pool.epoch(0, range(len(source.sequence))):
            pass

    def start():
        with Pool(source, 2, processes) as pool:
            epoch(pool)

    if workload in NEW_POOL:
        return start
    pool = Pool(source, 2, processes)
    return lambda: epoch(pool)


def torch_step(workload):
    """Samples are put together by PyTorch for `jpeg`; elsewhere batches are whole."""
    from torch.utils.data import DataLoader

    data = batches(workload)
    size = None
    if workload.startswith("jpeg"):
        data, size = Batches(jpeg_sample, FILES), BATCH
    keep = workload not in NEW_POOL
    loader = DataLoader(data, size, num_workers=2, persistent_workers=keep)

    def epoch():
        for _ in loader:
            pass

    return epoch


def jpeg_sample(number):
    return picture(number), np.zeros(1, "float32")


def keras2_step(workload):
    from keras.utils import OrderedEnqueuer, Sequence

    data = batches(workload)

    class Data(Sequence):
        def __len__(self):
            return len(data)

        def __getitem__(self, index):
            return data[index]

    def start():
        enqueuer = OrderedEnqueuer(Data())
        enqueuer.start(workers=2, max_queue_size=2)
        return enqueuer, enqueuer.get()

    if workload == "start":

        def step():
            enqueuer, made = start()
            next(made)
            enqueuer.stop()

        return step
    _, made = start()
    in_hand = 2 + 2  # made while others had their turn: in the queue, in the workers
    return lambda: [next(made) for _ in range(len(data) + in_hand)] and None


def keras3_step(workload):
    import keras
    from keras.src.trainers.data_adapters.py_dataset_adapter import PyDatasetAdapter

    data = batches(workload)

    class Data(keras.utils.PyDataset):
        def __len__(self):
            return len(data)

        def __getitem__(self, index):
            return data[index]

    def epoch():
        given = Data(workers=2, max_queue_size=10)
        adapter = PyDatasetAdapter(given, shuffle=False)
        adapter.on_epoch_begin()
        for _ in adapter.get_numpy_iterator():
            pass
        adapter.on_epoch_end()

    return epoch


def players(workload):
    def of(make, *arguments):
        return lambda: make(workload, *arguments)

    found = {
        "minikeras": of(minikeras_step, workload != "jpeg threads"),
        "torch": of(torch_step),
    }
    if workload not in ("jpeg", "jpeg threads"):
        return found  # threads carry nothing, so there is nothing to compare
    return {
        **found,
        "keras2 threads": of(keras2_step),
        "keras3 threads": of(keras3_step),
    }


KINDS = ("jpeg", "jpeg threads", "jpeg once", "raw", "small", "start")
WORKLOADS = {kind: players(kind) for kind in KINDS}
TARGETS = {
    "jpeg": 1.0,
    "jpeg threads": 1.0,
    "jpeg once": 1.0,
    "raw": 3.0,
    "small": 2.0,
    "start": 1.0,
}

if __name__ == "__main__":
    side_by_side.main(WORKLOADS, target=TARGETS)
