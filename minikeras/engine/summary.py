"""The table of a model's layers, as text and as HTML."""

import html

import numpy as np

from minikeras.engine.costs import multiply_adds, output_memory, total
from minikeras.utils.checks import function, whole

HEADERS = ("Layer (type)", "Output Shape", "Param #", "Connected to")
CHAIN_WIDTHS, GRAPH_WIDTHS = (0.45, 0.85, 1.0), (0.33, 0.55, 0.67, 1.0)
COST_HEADERS = ("Mult-adds", "Output bytes")
COST_WIDTH = 14


def print_summary(model, line_length=None, positions=None, print_fn=None, costs=False):
    """Print name, output shape and number of weights of each layer, and the totals.

    Arguments
        model: a model that knows its input shape.
        line_length: characters in a line.
        positions: where the columns end, as shares of the line or in characters.
        print_fn: called with each line; `print` by default.
        costs: whether to show multiply-adds and memory too, behind the other columns.
    """
    check_built(model)
    show = function(print_fn or print, "print_fn")
    chain = is_chain(model)
    line_length = whole(line_length or (65 if chain else 98), "line_length")
    wanted = CHAIN_WIDTHS if chain else GRAPH_WIDTHS
    positions = positions or wanted
    if np.ndim(positions) != 1 or len(positions) < len(wanted):
        raise ValueError(
            f"`positions` must say where each of the {len(wanted)} columns ends, such "
            f"as {list(wanted)}. Got {positions!r}."
        )
    if positions[-1] <= 1:
        positions = [int(line_length * p) for p in positions]
    positions = positions[: 3 if chain else 4]
    headers = HEADERS[: len(positions)]
    if costs:
        headers += COST_HEADERS
        positions = [*positions, line_length + COST_WIDTH, line_length + 2 * COST_WIDTH]
        line_length = positions[-1]
    show(f'Model: "{model.name}"')
    show("_" * line_length)
    show(_line(headers, positions))
    show("=" * line_length)
    for count, layer in enumerate(model.layers, 1):
        for cells in rows(model, layer, chain, costs):
            show(_line(cells, positions))
        show(("=" if count == len(model.layers) else "_") * line_length)
    for line in totals(model) + (total_costs(model) if costs else []):
        show(line)
    show("_" * line_length)


def check_built(model):
    """Raise ValueError for a model whose shapes are not known yet."""
    if not model.built and not model.outputs:
        raise ValueError(
            "This model has not yet been built. Build the model first by calling "
            "build() or calling fit() with some data. Or specify input_shape or "
            "batch_input_shape in the first layer for automatic build."
        )


def is_chain(model):
    """Whether each layer follows the one before, so that connections need no column."""
    if hasattr(model, "_chain") or not model.is_graph_network:
        return True
    nodes = [node for node in model._nodes if node.inbound_layers]
    read = [tensor for node in nodes for tensor in node.input_tensors]
    uses = [node.outbound_layer for node in nodes]
    return (
        len(model.inputs) == 1
        and all(len(each) == len(set(each)) for each in (read, uses))
        and all(len(node.input_tensors) == 1 for node in nodes)
    )


def rows(model, layer, chain, costs=False):
    """The table's rows for one layer: one, or more if it reads several tensors."""
    try:
        shape = str(layer.output_shape)
    except (AttributeError, RuntimeError):
        shape = "multiple"
    cells = [f"{layer.name} ({type(layer).__name__})", shape, str(layer.count_params())]
    more = [number(multiply_adds(layer)), number(output_memory(layer))] * costs
    if chain:
        return [cells + more]
    sources = connections(model, layer) or [""]
    rest = [["", "", "", source] + [""] * len(more) for source in sources[1:]]
    return [[*cells, sources[0], *more], *rest]


def connections(model, layer):
    """The tensors that a layer reads, as 'name[call][output]'."""
    inside = set(model._nodes)
    return [
        f"{source.name}[{node_index}][{tensor_index}]"
        for node in layer._inbound_nodes
        if node in inside
        for source, node_index, tensor_index in zip(
            node.inbound_layers, node.node_indices, node.tensor_indices, strict=True
        )
    ]


def totals(model):
    """Numbers of weights: all, trainable, not trainable."""
    trainable = sum(w.value.size for w in dict.fromkeys(model.trainable_weights))
    rest = sum(w.value.size for w in dict.fromkeys(model.non_trainable_weights))
    return [
        f"Total params: {trainable + rest:,}",
        f"Trainable params: {trainable:,}",
        f"Non-trainable params: {rest:,}",
    ]


def total_costs(model):
    """What a forward pass of one sample costs."""
    memory = total(map(output_memory, model.layers))
    return [
        f"Multiply-adds of a sample: {number(multiply_adds(model))}",
        f"Bytes of all outputs of a sample: {number(memory)}",
    ]


def number(cost):
    """Digits in groups; '?' for a cost that is not known."""
    return "?" if cost is None else f"{cost:,}"


def _line(cells, positions):
    line = ""
    for i, (cell, position) in enumerate(zip(cells, positions, strict=True)):
        line = line[:-1] + " " if i > 0 else line  # a gap, however long the cell before
        line = (line + str(cell))[:position].ljust(position)
    return line


def html_summary(model):
    """The same table for notebooks."""
    if not model.outputs:
        return f"<b>{html.escape(model.name)}</b> (its input shape is not known yet)"
    chain = is_chain(model)
    headers = HEADERS[: 3 if chain else 4]
    body = "".join(
        _html_row(cells, "td") for x in model.layers for cells in rows(model, x, chain)
    )
    return (
        f"<b>Model: {html.escape(model.name)}</b>"
        f"<table><thead>{_html_row(headers, 'th')}</thead><tbody>{body}</tbody></table>"
        f"{'<br>'.join(totals(model))}"
    )


def _html_row(cells, tag):
    inner = "".join(
        f'<{tag} style="text-align:left">{html.escape(str(cell))}</{tag}>'
        for cell in cells
    )
    return f"<tr>{inner}</tr>"
