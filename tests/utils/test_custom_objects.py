"""Objects from names and configs: closed tables only."""

import sys

import pytest

from minikeras.utils import (
    CustomObjectScope,
    custom_object_scope,
    deserialize_keras_object,
    get_custom_objects,
    serialize_keras_object,
)


class Square:
    def __init__(self, side=1):
        self.side = side

    def get_config(self):
        return {"side": self.side}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def softmax():
    return "a distribution"


KNOWN = {"Square": Square, "softmax": softmax}


def test_none_is_none_both_ways():
    assert serialize_keras_object(None) is None
    assert deserialize_keras_object(None) is None


def test_an_instance_returns_from_its_config():
    config = serialize_keras_object(Square(3))
    assert config == {"class_name": "Square", "config": {"side": 3}}
    assert deserialize_keras_object(config, KNOWN).side == 3


def test_a_function_returns_from_its_name():
    assert serialize_keras_object(softmax) == "softmax"
    assert deserialize_keras_object("softmax", KNOWN) is softmax


def test_a_class_without_from_config_gets_its_arguments():
    class Plain:
        def __init__(self, a):
            self.a = a

    config = {"class_name": "Plain", "config": {"a": 4}}
    assert deserialize_keras_object(config, {"Plain": Plain}).a == 4


def test_from_config_that_wants_custom_objects_gets_them():
    class Box(Square):
        @classmethod
        def from_config(cls, config, custom_objects=None):
            return custom_objects

    config = {"class_name": "Box", "config": {}}
    got = deserialize_keras_object(config, {}, {"Box": Box, "f": softmax})
    assert got == {"Box": Box, "f": softmax}


def test_custom_objects_win_over_the_modules_own():
    assert deserialize_keras_object("softmax", KNOWN, {"softmax": len}) is len


@pytest.mark.parametrize("scope", [CustomObjectScope, custom_object_scope])
def test_a_scope_registers_and_forgets(scope):
    with scope({"a": softmax}, {"b": Square}):
        assert deserialize_keras_object("a") is softmax
        assert deserialize_keras_object("b") is Square
    assert get_custom_objects() == {}


def test_scopes_nest_and_end_with_errors():
    with CustomObjectScope({"a": softmax}):
        with pytest.raises(KeyError), CustomObjectScope({"a": len}):
            raise KeyError
        assert get_custom_objects() == {"a": softmax}


def test_get_custom_objects_registers_for_good():
    get_custom_objects()["mine"] = softmax
    try:
        assert deserialize_keras_object("mine", {}) is softmax
    finally:
        del get_custom_objects()["mine"]


@pytest.mark.parametrize("typo", ["sofmax", "Softmax", "soft_max"])
def test_a_typo_gets_a_suggestion(typo):
    with pytest.raises(ValueError, match=f"Unknown activation: '{typo}'.*'softmax'"):
        deserialize_keras_object(typo, KNOWN, printable_module_name="activation")


def test_an_unknown_name_shows_how_to_give_it():
    with pytest.raises(ValueError, match=r"custom_objects=\{'my_loss': my_loss\}"):
        deserialize_keras_object("my_loss", KNOWN)


def test_a_lambda_cannot_be_found_again():
    with pytest.raises(ValueError, match="with `def`"):
        deserialize_keras_object(serialize_keras_object(lambda x: x), KNOWN)


@pytest.mark.parametrize("wrong", [3, ["softmax"], softmax, b"softmax"])
def test_other_identifiers_are_refused(wrong):
    with pytest.raises(ValueError, match="Could not interpret serialized layer"):
        deserialize_keras_object(wrong, KNOWN, printable_module_name="layer")


@pytest.mark.parametrize("wrong", [{}, {"class_name": "Square"}, {"config": {}}])
def test_improper_configs_are_refused(wrong):
    with pytest.raises(ValueError, match="Improper config format"):
        deserialize_keras_object(wrong, KNOWN)


@pytest.mark.parametrize(
    "name", ["os.system", "subprocess.run", "__import__", "__class__", "sys", 7, ["os"]]
)
def test_nothing_outside_the_tables_is_reached(name):
    tables = {**KNOWN, "sys": sys, "__import__": __import__}
    with pytest.raises(ValueError, match="Unknown object"):
        deserialize_keras_object({"class_name": name, "config": {}}, tables)


def test_what_has_no_name_cannot_be_serialized():
    with pytest.raises(ValueError, match="Cannot serialize 3"):
        serialize_keras_object(3)
