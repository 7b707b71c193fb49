"""Pictures of models: `plot_model` and `model_to_dot`."""

import os

from minikeras.utils.checks import model_like, number, path
from minikeras.utils.graph_drawing import Graph


def model_to_dot(
    model,
    show_shapes=False,
    show_layer_names=True,
    rankdir="TB",
    expand_nested=False,
    dpi=96,
    subgraph=False,
):
    """The graph of a model's layers.

    Arguments
        model: the model.
        show_shapes: whether boxes show the shapes of inputs and outputs.
        show_layer_names: whether boxes show names besides classes.
        rankdir: where the arrows point: "TB" down, "LR" to the right, "BT", "RL".
        expand_nested: whether models inside the model are drawn with their layers.
        dpi: dots per inch of pictures.
        subgraph: accepted as in Keras; the result is the same graph.

    Returns
        A `Graph`: `to_string()` is text for Graphviz's dot, `to_svg()` and `to_image()`
        are pictures, and notebooks show it.
    """
    model_like(model)
    graph = Graph(rankdir, number(dpi, "dpi", least=1))
    if not model.built:
        raise ValueError(
            f"Model {model.name!r} has no layers to draw yet: its input shape is not "
            "known. Give the first layer input_shape=(...), or call fit or build once."
        )
    options = show_shapes, show_layer_names, expand_nested
    _Drawer(graph, options).add(model, prefix="", frames=())
    return graph


def plot_model(
    model,
    to_file="model.png",
    show_shapes=False,
    show_layer_names=True,
    rankdir="TB",
    expand_nested=False,
    dpi=96,
):
    """Draw a model into a file; needs no other program.

    Arguments
        to_file: path that ends in .png, .svg, .dot, .jpg, .gif or .pdf.
        model, show_shapes, show_layer_names, rankdir, expand_nested, dpi: see
            `model_to_dot`.

    Returns
        The graph, which a notebook shows.
    """
    graph = model_to_dot(
        model, show_shapes, show_layer_names, rankdir, expand_nested, dpi
    )
    kind = os.path.splitext(os.fspath(path(to_file, "to_file")))[1][1:].lower() or "png"
    if kind in ("svg", "dot"):
        text = graph.to_svg() if kind == "svg" else graph.to_string()
        with open(to_file, "w", encoding="utf-8") as file:
            file.write(text)
    elif kind in ("png", "jpg", "jpeg", "gif", "pdf"):
        graph.to_image().save(to_file, {"jpg": "jpeg"}.get(kind, kind), dpi=(dpi, dpi))
    else:
        raise ValueError(
            f"to_file is {to_file!r}; its name must end in .png, .svg, .dot, .jpg, "
            ".gif or .pdf"
        )
    return graph


class _Drawer:
    """Adds models to a graph, the inner ones as boxes or layer by layer."""

    def __init__(self, graph, options):
        self.graph = graph
        self.show_shapes, self.show_names, self.expand = options

    def add(self, model, prefix, frames):
        """Add the layers of a model; the keys of its first and last boxes."""
        nodes = set(model._nodes)
        ends = {}
        for layer in _all_layers(model):
            ends[layer] = self._add_layer(layer, prefix, frames)
        for layer in ends:
            for node in layer._inbound_nodes:
                if node in nodes:
                    self._add_arrows(node, ends)
        first = [key for t in model.inputs for key in ends[t._keras_history[0]][0]]
        last = [key for t in model.outputs for key in ends[t._keras_history[0]][1]]
        return first, last

    def _add_layer(self, layer, prefix, frames):
        key = prefix + layer.name
        if self.expand and hasattr(layer, "_nodes"):
            return self.add(layer, key + "/", (*frames, key))
        self.graph.add_box(key, self._rows(layer), frames)
        return [key], [key]

    def _add_arrows(self, node, ends):
        for tensor in node.input_tensors if node.inbound_layers else ():
            for start in ends[tensor._keras_history[0]][1]:
                for end in ends[node.outbound_layer][0]:
                    self.graph.add_arrow(start, end)

    def _rows(self, layer):
        kind = type(layer).__name__
        inner = getattr(layer, "layer", None)
        if hasattr(inner, "get_config"):
            kind = f"{kind}({type(inner).__name__})"
        title = [f"{layer.name}: {kind}" if self.show_names else kind]
        if not self.show_shapes:
            return [title]
        return [
            title,
            ["input:", _shape_text(layer, "input_shape")],
            ["output:", _shape_text(layer, "output_shape")],
        ]


def _all_layers(model):
    """The layers, with the placeholder that a Sequential hides in `layers`."""
    return dict.fromkeys(
        [node.outbound_layer for node in model._nodes] + list(model.layers)
    )


def _shape_text(layer, attribute):
    try:
        return str(getattr(layer, attribute))
    except AttributeError:
        return "multiple"
