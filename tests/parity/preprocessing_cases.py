"""Calls of `preprocessing.sequence` and `.text`, written once for both libraries.

Each case is a function of the package that has `sequence` and `text`; its result is
made of arrays, lists, dicts, strings and numbers.
"""

import json

import numpy as np

TEXTS = [
    "The quick brown fox, jumped over the lazy dog!",
    "the dog -- a lazy one -- slept.",
    "Ärger, ÄRGER und Überfluß; naïve café",
    "",
    "tab\tand\nnewline  and   spaces",
    "日本語 テキスト 日本語",
]
RAGGED = [[1, 2, 3], [4], [], [5, 6, 7, 8, 9]]


def tokenizer_results(text, tokenizer, sequences=()):
    """Everything that a fitted tokenizer knows and does."""
    fresh = ["the unknown dog", "Ärger the quick", ""]
    encoded = tokenizer.texts_to_sequences(fresh)
    modes = ("binary", "count", "freq", "tfidf")
    result = {
        "word_index": list(tokenizer.word_index.items()),
        "word_counts": list(tokenizer.word_counts.items()),
        "word_docs": sorted(tokenizer.word_docs.items()),
        "document_count": tokenizer.document_count,
        "sequences": tokenizer.texts_to_sequences(TEXTS),
        "fresh": encoded,
        "back": tokenizer.sequences_to_texts(encoded),
        "config": {
            key: value
            for key, value in tokenizer.get_config().items()
            if key
            in ("num_words", "filters", "lower", "split", "char_level", "oov_token")
        },
    }
    for mode in modes:
        result[mode] = tokenizer.texts_to_matrix(fresh, mode=mode)
    again = text.tokenizer_from_json(tokenizer.to_json())
    result["after_json"] = again.texts_to_sequences(TEXTS + fresh)
    return result


def tokenizer(package, **options):
    made = package.text.Tokenizer(**options)
    made.fit_on_texts(TEXTS)
    return tokenizer_results(package.text, made)


def token_lists(package):
    """Texts may be lists of words already."""
    made = package.text.Tokenizer()
    made.fit_on_texts([["Alpha", "beta"], ["beta", "Gamma", "beta"]])
    return {
        "word_index": list(made.word_index.items()),
        "sequences": made.texts_to_sequences([["gamma", "alpha", "delta"]]),
    }


def fitted_on_sequences(package):
    made = package.text.Tokenizer(num_words=8)
    made.fit_on_sequences([[1, 2, 2], [3, 7], []])
    return {
        "document_count": made.document_count,
        "tfidf": made.sequences_to_matrix([[1, 2, 2], [7, 3]], mode="tfidf"),
        "binary": made.sequences_to_matrix([[1, 2, 2], []], mode="binary"),
    }


def fitted_twice(package):
    made = package.text.Tokenizer(oov_token="?")
    made.fit_on_texts(TEXTS[:1])
    made.fit_on_texts(TEXTS[1:])
    return tokenizer_results(package.text, made)


def batches(package, **options):
    """All batches of a TimeseriesGenerator, and what it says of itself."""
    data = np.arange(40).reshape(20, 2)
    targets = np.arange(20) * 10
    made = package.sequence.TimeseriesGenerator(data, targets, **options)
    config = json.loads(made.to_json())["config"]
    return {
        "batches": [list(made[i]) for i in range(len(made))],
        "config": {k: v for k, v in config.items() if k not in ("data", "targets")},
    }


def skipgrams(package, words, size, **options):
    couples, labels = package.sequence.skipgrams(
        words, size, negative_samples=0.0, shuffle=False, **options
    )
    return {"couples": couples, "labels": labels}


def pad(**options):
    return lambda package: package.sequence.pad_sequences(RAGGED, **options)


def words(text, **options):
    return lambda package: package.text.text_to_word_sequence(text, **options)


def hashed(text, n, **options):
    return lambda package: package.text.hashing_trick(text, n, **options)


CASES = {
    "pad": pad(),
    "pad_post": pad(padding="post"),
    "pad_maxlen": pad(maxlen=3),
    "pad_truncate_post": pad(maxlen=3, truncating="post", padding="post"),
    "pad_value": pad(value=-1.5, dtype="float32", maxlen=7),
    "pad_vectors": lambda package: package.sequence.pad_sequences(
        [np.ones((2, 3)), np.full((4, 3), 2.0)], dtype="float64", maxlen=3
    ),
    "pad_words": lambda package: package.sequence.pad_sequences(
        [["a"], ["b", "c"]], dtype=object, value="", padding="post"
    ).tolist(),
    "pad_nothing": lambda package: package.sequence.pad_sequences([[], []], maxlen=2),
    "sampling_table": lambda package: package.sequence.make_sampling_table(30),
    "sampling_table_factor": lambda package: package.sequence.make_sampling_table(
        12, sampling_factor=1e-3
    ),
    "skipgrams": lambda package: skipgrams(package, [1, 2, 0, 3, 4], 5),
    "skipgrams_window": lambda package: skipgrams(
        package, [3, 1, 2, 4, 1], 5, window_size=1
    ),
    "skipgrams_categorical": lambda package: skipgrams(
        package, [1, 2, 3], 4, window_size=2, categorical=True
    ),
    "timeseries": lambda package: batches(package, length=4),
    "timeseries_rate": lambda package: batches(
        package, length=6, sampling_rate=2, batch_size=3
    ),
    "timeseries_stride": lambda package: batches(
        package, length=5, stride=3, batch_size=2
    ),
    "timeseries_range": lambda package: batches(
        package, length=3, start_index=4, end_index=12, batch_size=4, reverse=True
    ),
    "words": words(TEXTS[0]),
    "words_unicode": words(TEXTS[2]),
    "words_case": words(TEXTS[2], lower=False),
    "words_empty": words(""),
    "words_spaces": words(TEXTS[4]),
    "words_filters": words("a.b,c d", filters="."),
    "words_split": words("Alpha;beta;;gamma", split=";", filters=","),
    "words_long_split": words("one--two, three", split="--", filters=","),
    "hash_md5": hashed("The cat and the dog", 10, hash_function="md5"),
    "hash_md5_unicode": hashed("naïve café naïve", 50, hash_function="md5"),
    "hash_function": hashed("The cat sat", 7, hash_function=len, lower=False),
    "hash_empty": hashed("", 7, hash_function="md5"),
    "tokenizer": tokenizer,
    "tokenizer_num_words": lambda package: tokenizer(package, num_words=5),
    "tokenizer_oov": lambda package: tokenizer(package, oov_token="<unknown>"),
    "tokenizer_oov_num_words": lambda package: tokenizer(
        package, num_words=4, oov_token="?"
    ),
    "tokenizer_case": lambda package: tokenizer(package, num_words=20, lower=False),
    "tokenizer_characters": lambda package: tokenizer(
        package, num_words=30, char_level=True
    ),
    "tokenizer_characters_oov": lambda package: tokenizer(
        package, num_words=9, char_level=True, oov_token="#", lower=False
    ),
    "tokenizer_filters": lambda package: tokenizer(
        package, num_words=20, filters="aeiou", split=" "
    ),
    "tokenizer_lists": token_lists,
    "tokenizer_sequences": fitted_on_sequences,
    "tokenizer_twice": fitted_twice,
}
