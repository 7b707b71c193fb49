"""JSON from outside stays within limits before anything is built from it."""

import numpy as np
import pytest

from minikeras.saving import config
from minikeras.saving.errors import InvalidConfig, TooLarge, UnsavableModel


def layer(name):
    return {"class_name": "Dense", "config": {"name": name}}


def test_numpy_values_and_tuples_are_written_plainly():
    value = {"a": np.float32(0.5), "b": np.arange(2), "c": (1, 2), "d": np.int64(3)}
    assert config.parse_json(config.to_json(value)) == {
        "a": 0.5,
        "b": [0, 1],
        "c": [1, 2],
        "d": 3,
    }


def test_what_is_no_data_is_not_written():
    with pytest.raises(UnsavableModel, match="function"):
        config.to_json({"f": lambda x: x})


@pytest.mark.parametrize(
    "text", ["", "{", "nul", "[1,]", "\ud800", b"\xff", "9" * 5000]
)
def test_text_that_is_no_json_is_called_so(text):
    with pytest.raises(InvalidConfig, match="not valid JSON"):
        config.parse_json(text)


@pytest.mark.parametrize("text", ["[" * 200 + "]" * 200, "[" * 100_000])
def test_deep_nesting_is_refused(text):
    with pytest.raises(TooLarge, match="nested|lists"):
        config.parse_json(text)


def test_long_text_and_many_brackets_are_refused():
    with pytest.raises(TooLarge, match="JSON"):
        config.parse_json(" " * (config.MAX_JSON + 1))
    with pytest.raises(TooLarge, match="lists and objects"):
        config.parse_json("[" + "[]," * 1_100_000 + "[]]")


def test_too_many_layers_are_refused():
    text = config.to_json({"layers": [layer(f"d{i}") for i in range(10_001)]})
    with pytest.raises(TooLarge, match="layers"):
        config.parse_json(text)


@pytest.mark.parametrize("name", ["../x", "a/b", "", "x" * 129, 5, "a b", "a\n"])
def test_a_name_that_could_be_a_path_is_refused(name):
    with pytest.raises(InvalidConfig, match="name"):
        config.parse_json(config.to_json([layer(name)]))


def test_the_same_key_twice_is_refused():
    with pytest.raises(InvalidConfig, match="twice"):
        config.parse_json('{"a": 1, "a": 2}')


def test_an_unknown_key_gets_the_nearest_known_one():
    with pytest.raises(InvalidConfig, match="Did you mean 'units'"):
        config.check_keys({"unit": 3}, ["units", "activation"], "Dense")


def test_a_missing_or_wrong_value_is_named():
    with pytest.raises(InvalidConfig, match="lacks 'a'"):
        config.wanted({}, "a", int)
    with pytest.raises(InvalidConfig, match="another type"):
        config.wanted({"a": "1"}, "a", int)
    with pytest.raises(InvalidConfig, match="not a dictionary"):
        config.wanted([], "a", int)
