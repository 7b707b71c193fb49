"""Calls of `preprocessing` that are recorded from keras_preprocessing and compared.

Every case is a function of `p`, which has the modules p.sequence, p.text and p.image
of either library, p.folder with the files that `make_files` wrote, and p.table, which
makes a table of columns. It returns lists, dicts, strings, numbers and arrays.

Runs on Python 3.7 and NumPy 1.18 too, where the recordings are made.
"""

import json
import os
import random
import warnings

import numpy as np

CASES = {}
TEXTS = [
    "The cat sat on the mat.",
    "Die Katze saß — «schön» — auf dem Dach; ÄRGER!",
    "",
    "кот ΣΊΣΥΦΟΣ 猫が好き\tI\u0307stanbul 🐈 cat\ncat",
    ["The", "Cat", "", "naïve"],
]


def case(function):
    """Register a case under its function's name."""
    CASES[function.__name__] = function
    return function


def run(function, p):
    """The result of a case, as a tree that an archive can keep."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return plain(function(p))


def plain(value):
    """Tuples become lists and keys sorted strings (Keras leaves order to hashing)."""
    if isinstance(value, dict):
        return {str(key): plain(value[key]) for key in sorted(value)}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return value.item() if isinstance(value, np.generic) else value


# ---------------------------------------------------------------- sequence


@case
def pad_sequences(p):
    pad = p.sequence.pad_sequences
    ragged = [[1], [2, 3], [], [4, 5, 6, 7]]
    vectors = [[[1, 2]], [[3, 4], [5, 6], [7, 8]]]
    return [
        pad(ragged),
        pad(ragged, padding="post"),
        pad(ragged, maxlen=2),
        pad(ragged, maxlen=3, truncating="post", padding="post", value=-1),
        pad([[1.7, -2.9]], maxlen=3, value=0.5),
        pad([[1.7, -2.9]], maxlen=3, value=0.5, dtype="float32"),
        pad(vectors, maxlen=2, truncating="post"),
        pad(vectors, padding="post"),
        pad([], maxlen=3),
        pad([[], []]),
        pad([[], []], maxlen=2, value=9),
        pad([np.arange(3), np.arange(5)], dtype="int64"),
        pad([["a", "bb"], ["c"]], dtype=object, value="-").tolist(),
    ]


@case
def make_sampling_table(p):
    table = p.sequence.make_sampling_table
    return [table(1), table(20), table(2000, sampling_factor=1e-3)]


@case
def skipgrams(p):
    grams = p.sequence.skipgrams
    words = [3, 1, 0, 4, 1, 5, 9, 2]
    table = p.sequence.make_sampling_table(10, sampling_factor=0.05)
    results = [
        grams(words, 10, negative_samples=0, shuffle=False),
        grams(words, 10, window_size=1, negative_samples=0, shuffle=False),
        grams(words, 10, negative_samples=0, seed=3),
        grams(words, 10, negative_samples=0, seed=3, categorical=True),
        grams([], 10, seed=1),
        grams([0], 10, seed=1),
    ]
    for options in ({}, {"negative_samples": 2.5}, {"sampling_table": table}):
        random.seed(7)  # where Keras takes the numbers from that `seed` does not cover
        results.append(grams(words, 10, seed=7, window_size=2, **options))
    return results


@case
def timeseries_generator(p):
    data = np.arange(60.0).reshape(20, 3)
    targets = np.arange(20) * 10
    results = []
    for length, options in [
        (3, {}),
        (6, {"sampling_rate": 4, "batch_size": 4}),
        (6, {"stride": 3, "batch_size": 2}),
        (5, {"start_index": 2, "end_index": 11, "batch_size": 3}),
        (4, {"reverse": True, "batch_size": 7}),
        (6, {"stride": 2, "batch_size": 7, "sampling_rate": 5}),
        (19, {}),
    ]:
        feed = p.sequence.TimeseriesGenerator(data, targets, length, **options)
        results.append([feed[i] for i in range(len(feed))])
        results.append([feed.get_config(), json.loads(feed.to_json())])
    series = p.sequence.TimeseriesGenerator(list(range(9)), list(range(9)), 2)
    return [results, series[0], series.get_config()]


# -------------------------------------------------------------------- text


@case
def text_to_word_sequence(p):
    split = p.text.text_to_word_sequence
    texts = [text for text in TEXTS if isinstance(text, str)]
    return [
        [split(text) for text in texts],
        [split(text, lower=False) for text in texts],
        [split(text, filters="") for text in texts],
        split("a,b--c", filters=",-", split="::"),
        split("one|two||three", filters="", split="|"),
        split("ſtraße İI", lower=True),
    ]


@case
def hashing_trick(p):
    texts = [text for text in TEXTS if isinstance(text, str)]
    trick = p.text.hashing_trick
    return [
        [trick(text, 50, hash_function="md5") for text in texts],
        [trick(text, 2, "md5") for text in texts],
        trick("a BB ccc BB", 7, hash_function=len, lower=False),
        len(trick("a b c", 5)),
        p.text.one_hot("", 5),
        len(p.text.one_hot("a b c", 5)),
    ]


TOKENIZERS = {
    "plain": {},
    "few words": {"num_words": 4},
    "unknown token": {"oov_token": "<?>", "num_words": 6},
    "unknown token that is a word": {"oov_token": "cat"},
    "characters": {"char_level": True, "num_words": 12},
    "no lower case": {"lower": False, "filters": "", "split": "s"},
    "documents counted before": {"document_count": 10},
}


@case
def tokenizer(p):
    results = {}
    for name, options in TOKENIZERS.items():
        tokenizer = p.text.Tokenizer(**options)
        tokenizer.fit_on_texts(TEXTS)
        tokenizer.fit_on_texts(text for text in ["cat bird"])
        tokenizer.fit_on_sequences([[1, 1, 3], [2]])
        restored = p.text.tokenizer_from_json(tokenizer.to_json(indent=1))
        results[name] = [_tokenized(tokenizer), _tokenized(restored)]
    return results


def _tokenized(tokenizer):
    sequences = tokenizer.texts_to_sequences(TEXTS + ["unseen bird"])
    modes = ["binary", "count", "freq", "tfidf"]
    config = tokenizer.get_config()
    tables = ["word_counts", "word_docs", "index_docs", "index_word", "word_index"]
    config.update({name: json.loads(config[name]) for name in tables})
    return [
        config,
        sequences,
        tokenizer.sequences_to_texts(sequences + [[1, 999], []]),
        [tokenizer.texts_to_matrix(TEXTS, mode=mode) for mode in modes],
        [tokenizer.sequences_to_matrix(sequences, mode=mode) for mode in modes],
        tokenizer.sequences_to_matrix([]),
    ]


@case
def tokenizer_of_nothing(p):
    tokenizer = p.text.Tokenizer(num_words=3)
    tokenizer.fit_on_texts([])
    tokenizer.fit_on_texts([""])
    return [
        tokenizer.get_config(),
        tokenizer.texts_to_sequences(["a"]),
        tokenizer.texts_to_matrix([]),
    ]


# ------------------------------------------------------------------ images


def image(h, w, c, seed=0, low=0, high=256):
    """An image of whole numbers, float32."""
    return np.random.RandomState(seed).randint(low, high, (h, w, c)).astype("float32")


MAPS = {
    "rotation": {"theta": 33.3},
    "quarter turn": {"theta": 90},
    "half turn": {"theta": 180},
    "shift": {"tx": 2.3, "ty": -1.6},
    "shift by whole pixels": {"tx": -3, "ty": 2},
    "shift far away": {"tx": 40.5, "ty": -70.25},
    "shear": {"shear": 20},
    "zoom out": {"zx": 1.7, "zy": 1.3},
    "zoom in": {"zx": 0.6, "zy": 0.45},
    "zoom far out": {"zx": 9.5, "zy": 7.1},
    "everything": {
        "theta": -15.2,
        "tx": 1.5,
        "ty": 2.7,
        "shear": 11.0,
        "zx": 0.83,
        "zy": 1.21,
    },
    "nothing": {},
}


@case
def apply_affine_transform(p):
    x = image(9, 12, 3)
    results = {}
    for name, parameters in MAPS.items():
        for fill_mode in ("nearest", "constant", "reflect", "wrap"):
            options = dict(parameters, fill_mode=fill_mode, cval=7.0)
            results[name + ", " + fill_mode] = p.image.apply_affine_transform(
                x, **options
            )
    return results


@case
def apply_affine_transform_to_other_arrays(p):
    move = p.image.apply_affine_transform
    x = image(8, 7, 3, seed=1)
    options = MAPS["everything"]
    first = dict(options, row_axis=1, col_axis=2, channel_axis=0)
    return [
        move(x, order=0, **options),
        move(x, order=3, **options),
        move(x, order=2, fill_mode="reflect", **options),
        move(x.astype("float64"), **options),
        move(x.astype("uint8"), **options),
        move((x - 128).astype("int32"), fill_mode="wrap", **options),
        move(x.transpose(2, 0, 1), **first),
        move(x[:1], fill_mode="wrap", **options),
        move(x[:, :1], fill_mode="reflect", **options),
        move(x[..., :1], **options),
    ]


@case
def colours(p):
    x = image(5, 4, 3, seed=2)
    shift, light = p.image.apply_channel_shift, p.image.apply_brightness_shift
    return [
        [shift(x, intensity, 2) for intensity in (-30.5, 0, 100)],
        [light(x, brightness) for brightness in (0, 0.3, 1, 1.7)],
        [light(y, 0.7) for y in (x / 255, x - 100, x[..., :1], image(3, 3, 4))],
        p.image.flip_axis(x, 0),
        p.image.flip_axis(x, 1),
    ]


@case
def random_functions(p):
    x = image(10, 11, 3, seed=3)
    axes = {"row_axis": 0, "col_axis": 1, "channel_axis": 2}
    results = []
    for seed in range(3):
        for function, amount in [
            (p.image.random_rotation, (30,)),
            (p.image.random_shift, (0.2, 0.3)),
            (p.image.random_shear, (25,)),
            (p.image.random_zoom, ((0.7, 1.4),)),
        ]:
            np.random.seed(seed)
            results.append(function(x, *amount, fill_mode="reflect", **axes))
        np.random.seed(seed)
        results.append(p.image.random_channel_shift(x, 40.0, 2))
        results.append(p.image.random_brightness(x, (0.5, 1.5)))
    return results


CHANGES = {
    "none": {},
    "rotation": {"rotation_range": 30},
    "shift by a share": {"width_shift_range": 0.2, "height_shift_range": 0.3},
    "shift by pixels": {"width_shift_range": 3, "height_shift_range": 2.5},
    "shift from a list": {
        "width_shift_range": [-2, 1],
        "height_shift_range": [0.1, 0.2],
    },
    "zoom and shear": {"zoom_range": 0.3, "shear_range": 14},
    "flips": {"horizontal_flip": True, "vertical_flip": True},
    "colours": {"channel_shift_range": 30.0, "brightness_range": (0.5, 2)},
    "everything": {
        "rotation_range": 30,
        "width_shift_range": 0.2,
        "height_shift_range": 3,
        "zoom_range": (0.8, 1.1),
        "shear_range": 4.0,
        "channel_shift_range": 3.0,
        "brightness_range": [0.5, 2],
        "horizontal_flip": True,
        "vertical_flip": True,
        "fill_mode": "constant",
        "cval": 3.0,
        "interpolation_order": 0,
    },
}


@case
def random_transforms(p):
    x = image(8, 12, 3, seed=4)
    results = {}
    for name, options in CHANGES.items():
        make = p.image.ImageDataGenerator(**options)
        for seed in range(4):
            results[f"{name} {seed}"] = [
                make.get_random_transform(x.shape, seed=seed),
                make.random_transform(x, seed=seed),
            ]
    return results


@case
def apply_transform(p):
    x = image(8, 12, 3, seed=5)
    last = p.image.ImageDataGenerator(fill_mode="wrap")
    first = p.image.ImageDataGenerator(data_format="channels_first")
    flips = {"flip_horizontal": True, "flip_vertical": True}
    results = []
    for parameters in (
        {},
        flips,
        {"brightness": 1.2},
        dict(MAPS["everything"], **flips),
    ):
        results.append(last.apply_transform(x, parameters))
    results.append(first.apply_transform(x.transpose(2, 0, 1), MAPS["everything"]))
    return results


NORMALIZATIONS = {
    "rescale": {"rescale": 1 / 255.0},
    "function": {"preprocessing_function": np.sqrt, "rescale": 2.0},
    "samplewise": {"samplewise_center": True, "samplewise_std_normalization": True},
    "featurewise": {"featurewise_center": True, "featurewise_std_normalization": True},
    "featurewise mean": {"featurewise_center": True},
    "zca": {"zca_whitening": True, "zca_epsilon": 0.1},
    "channels_first": {
        "featurewise_center": True,
        "featurewise_std_normalization": True,
        "data_format": "channels_first",
    },
}


@case
def normalizations(p):
    x = np.stack([image(4, 3, 3, seed=s) for s in range(6)])
    results = {}
    for name, options in NORMALIZATIONS.items():
        make = p.image.ImageDataGenerator(**options)
        first = options.get("data_format") == "channels_first"
        images = x.transpose(0, 3, 1, 2) if first else x
        make.fit(images)
        results[name] = [
            make.standardize(images[0].copy()),
            make.standardize(images.copy()),
            make.mean,
            make.std,
            make.flow(images, shuffle=False)[0],
        ]
    changing = p.image.ImageDataGenerator(featurewise_center=True, rotation_range=20)
    changing.fit(x, augment=True, rounds=2, seed=3)
    return [results, changing.mean]


@case
def flow(p):
    x = np.stack([image(3, 4, 3, seed=s) for s in range(7)])
    y, w = np.arange(7), np.linspace(0, 1, 7)
    make = p.image.ImageDataGenerator(validation_split=0.3)
    options = {"shuffle": False, "batch_size": 3}

    def batches(*data, **more):
        feed = make.flow(*data, **dict(options, **more))
        return [len(feed), feed.n, [feed[i] for i in range(len(feed))]]

    return [
        batches(x),
        batches(x, y),
        batches(x, y, sample_weight=w),
        batches((x, y), y),
        batches((x, [y, w]), y),
        batches(x, subset="training"),
        batches(x, np.ones(7), subset="validation"),
    ]


@case
def seeded_flow(p):
    x = np.stack([image(5, 6, 3, seed=s) for s in range(7)])
    make = p.image.ImageDataGenerator(**CHANGES["everything"])
    results = []
    for options in ({"seed": 0}, {"seed": 9}, {"seed": 9, "shuffle": False}):
        feed = make.flow(x, np.arange(7), batch_size=3, **options)
        results.append([next(feed) for _ in range(3 * len(feed))])
    return results


# ------------------------------------------------------------------- files


def make_files(folder):
    """A folder of small images that all file cases read."""
    from PIL import Image

    names = [
        "birds/a.png",
        "birds/B.PNG",
        "birds/deep/c.bmp",
        "birds-2/z.ppm",
        "birds-2/notes.txt",
        "cats/10.png",
        "cats/9.png",
        "cats/grey.tif",
        "cats/ünï.png",
        "empty/.hidden",
        "loose.png",
    ]
    for i, name in enumerate(names):
        path = os.path.join(folder, name)
        if not os.path.isdir(os.path.dirname(path)):
            os.makedirs(os.path.dirname(path))
        pixels = image(6 + i % 3, 5 + i % 2, 3, seed=i).astype("uint8")
        if name.endswith((".txt", ".hidden")):
            with open(path, "w") as file:
                file.write("not an image")
        elif "grey" in name:
            Image.fromarray(pixels[..., 0]).save(path)
        else:
            Image.fromarray(pixels).save(path)


@case
def load_img(p):
    path = os.path.join(p.folder, "cats/10.png")
    grey = os.path.join(p.folder, "cats/grey.tif")
    options = [
        {},
        {"color_mode": "grayscale"},
        {"grayscale": True},
        {"color_mode": "rgba"},
        {"target_size": (4, 9)},
    ]
    results = [np.array(p.image.load_img(path, **each)) for each in options]
    for interpolation in ("bilinear", "bicubic", "lanczos", "box", "hamming"):
        options = {"target_size": (11, 3), "interpolation": interpolation}
        results.append(np.array(p.image.load_img(path, **options)))
    results.append(np.array(p.image.load_img(grey)))
    results.append(np.array(p.image.load_img(grey, color_mode="grayscale")))
    return results


@case
def arrays_and_images(p):
    to_array, to_image = p.image.img_to_array, p.image.array_to_img
    x = image(4, 3, 3)
    first = "channels_first"
    return [
        [np.array(to_image(y, "channels_last")) for y in (x, x / 255, x - 90, x * 0)],
        np.array(to_image(x.transpose(2, 0, 1), first)),
        np.array(to_image(x, "channels_last", scale=False)),
        [to_image(image(2, 2, c), "channels_last").mode for c in (1, 3, 4)],
        to_array(to_image(x, "channels_last"), "channels_last"),
        to_array(to_image(x, "channels_last"), first),
        to_array(to_image(x[..., :1], "channels_last"), "channels_last"),
        to_array(to_image(x[..., :1], "channels_last"), first, dtype="float64"),
        to_array(np.arange(6).reshape(2, 3), "channels_last"),
    ]


@case
def save_img(p):
    x, path = image(4, 3, 3), os.path.join(p.folder, "saved")
    results = []
    for name, options in [("a.png", {}), ("b.bmp", {"scale": False}), ("c", {})]:
        file_format = "png" if name == "c" else None
        p.image.save_img(path + name, x, "channels_last", file_format, **options)
        results.append(np.array(p.image.load_img(path + name)))
        os.remove(path + name)
    return results


def described(feed):
    """What a feed over files knows, and all its batches."""
    return {
        "samples": feed.samples,
        "classes": [int(c) if np.ndim(c) == 0 else list(c) for c in feed.labels]
        if feed.class_mode in ("categorical", "binary", "sparse")
        else None,
        "class_indices": getattr(feed, "class_indices", None),
        "filenames": [name.replace(os.sep, "/") for name in feed.filenames],
        "filepaths": [os.path.relpath(path) == path for path in feed.filepaths],
        "image_shape": feed.image_shape,
        "batches": [feed[i] for i in range(len(feed))],
    }


@case
def flow_from_directory(p):
    make = p.image.ImageDataGenerator(validation_split=0.4, rescale=0.5)
    shared = {"shuffle": False, "target_size": (5, 6), "batch_size": 3}
    two = ["cats", "birds"]
    results = []
    for options in [
        {},
        {"class_mode": "sparse", "color_mode": "grayscale"},
        {"class_mode": "binary", "classes": two, "color_mode": "rgba"},
        {"class_mode": "input"},
        {"class_mode": None, "classes": two},
        {"subset": "training"},
        {"subset": "validation"},
    ]:
        feed = make.flow_from_directory(p.folder, **dict(shared, **options))
        results.append(described(feed))
    return results


@case
def seeded_flow_from_directory(p):
    make = p.image.ImageDataGenerator(rotation_range=40, horizontal_flip=True)
    options = {"target_size": (5, 6), "batch_size": 3, "seed": 4}
    feed = make.flow_from_directory(p.folder, **options)
    return [next(feed) for _ in range(2 * len(feed))]


@case
def flow_from_dataframe(p):
    names = ["loose.png", "cats/9.png", "birds/a.png", "missing.png", "cats/10.png"]
    names += ["birds-2/notes.txt", "birds/deep/c.bmp"]
    several = [["a", "b"], "b", ["c"], "a", ["a", "c"], "a", "b"]
    table = p.table(
        {
            "filename": names,
            "class": ["no", "yes", "no", "no", "yes", "no", "perhaps"],
            "several": several,
            "u": [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5],
            "v": [1, 2, 3, 4, 5, 6, 7],
        }
    )
    make = p.image.ImageDataGenerator(validation_split=0.4)
    shared = {"shuffle": False, "target_size": (5, 6), "batch_size": 2}
    results = []
    for options in [
        {},
        {"class_mode": "binary", "classes": ["yes", "no"]},
        {"class_mode": "sparse", "weight_col": "u"},
        {"y_col": "several"},
        {"y_col": "several", "classes": ["c", "a"]},
        {"class_mode": "raw", "y_col": "u"},
        {"class_mode": "raw", "y_col": ["u", "v"]},
        {"class_mode": "multi_output", "y_col": ["u", "v"], "weight_col": "v"},
        {"class_mode": "input"},
        {"class_mode": None, "color_mode": "grayscale"},
        {"subset": "training"},
        {"subset": "validation"},
    ]:
        feed = make.flow_from_dataframe(table, p.folder, **dict(shared, **options))
        results.append(described(feed))
    return results
