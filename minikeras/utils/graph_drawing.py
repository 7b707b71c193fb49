"""Draw a graph of boxes in layers, as dot text, SVG or PNG, without other programs.

The layout is the usual one for layered graphs: each box stands one row below the lowest
box that points to it; long arrows get invisible places in the rows they cross; rows are
ordered by the mean place of their neighbours.
"""

import dataclasses
import html

FONT_SIZE = 14
PADDING = 8
GAP_ACROSS = 24
GAP_ALONG = 36
MARGIN = 12
_SWEEPS = 8


@dataclasses.dataclass(eq=False)
class Box:
    """A node: rows of cells of text; None for a place that an arrow passes."""

    key: str
    rows: list = None
    row: int = 0
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0


class Graph:
    """Boxes, arrows between them, and frames around some of them.

    Arguments
        rankdir: "TB", "BT", "LR" or "RL": where the arrows point.
        dpi: dots per inch of the PNG.
    """

    def __init__(self, rankdir="TB", dpi=96):
        if rankdir not in ("TB", "BT", "LR", "RL"):
            raise ValueError(
                f"rankdir must be 'TB', 'BT', 'LR' or 'RL', got {rankdir!r}"
            )
        self.rankdir, self.dpi = rankdir, dpi
        self.boxes, self.arrows, self.frames = {}, [], {}

    def add_box(self, key, rows, frame=None):
        """Add a box with rows of cells of text; inside a named frame if given."""
        self.boxes[key] = Box(key, rows)
        for name in frame or ():
            self.frames.setdefault(name, []).append(key)

    def add_arrow(self, start, end):
        """Add an arrow between two boxes, once."""
        if (start, end) not in self.arrows:
            self.arrows.append((start, end))

    def to_string(self):
        """The graph in the language of Graphviz's dot."""
        lines = ["digraph G {", f"rankdir={self.rankdir};", "concentrate=true;"]
        lines += [f"dpi={self.dpi};", "node [shape=record];"]
        for box in self.boxes.values():
            lines.append(f'"{box.key}" [label="{_record(box.rows)}"];')
        for name, keys in self.frames.items():
            members = " ".join(f'"{key}";' for key in keys)
            lines.append(f'subgraph "cluster_{name}" {{ label="{name}"; {members} }}')
        lines += [f'"{start}" -> "{end}";' for start, end in self.arrows]
        return "\n".join([*lines, "}"]) + "\n"

    def to_svg(self):
        """The picture as SVG text."""
        width, height, routes = self._laid_out(
            lambda text: 0.61 * FONT_SIZE * len(text)
        )
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" '
            f'height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}" '
            f'font-family="monospace" font-size="{FONT_SIZE}">',
            '<rect width="100%" height="100%" fill="white"/>',
        ]
        for name, (x, y, w, h) in self._frame_places():
            parts.append(_svg_rect(x, y, w, h, "none", 'stroke-dasharray="4"'))
            parts.append(_svg_text(x + 4, y + FONT_SIZE, name, "start"))
        for points in routes:
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            parts.append(f'<polyline points="{path}" fill="none" stroke="black"/>')
            head = " ".join(f"{x:.1f},{y:.1f}" for x, y in _head(points))
            parts.append(f'<polygon points="{head}"/>')
        for box in self.boxes.values():
            for text, x, y, w, h in _cells(box):
                parts.append(_svg_rect(x, y, w, h, "white"))
                parts.append(_svg_text(x + w / 2, y + h / 2 + 5, text))
        return "\n".join([*parts, "</svg>"]) + "\n"

    def to_image(self):
        """The picture as an image of Pillow."""
        from PIL import Image, ImageDraw, ImageFont

        scale = self.dpi / 96
        font = ImageFont.load_default(FONT_SIZE * scale)
        width, height, routes = self._laid_out(lambda t: font.getlength(t) / scale)
        image = Image.new("RGB", (round(width * scale), round(height * scale)), "white")
        draw = ImageDraw.Draw(image)

        def scaled(*numbers):
            return [number * scale for number in numbers]

        for name, (x, y, w, h) in self._frame_places():
            draw.rectangle(scaled(x, y, x + w, y + h), outline="grey")
            draw.text(scaled(x + 4, y + 2), name, "black", font)
        for points in routes:
            draw.line([tuple(scaled(*point)) for point in points], "black")
            draw.polygon([tuple(scaled(*point)) for point in _head(points)], "black")
        for box in self.boxes.values():
            for text, x, y, w, h in _cells(box):
                draw.rectangle(scaled(x, y, x + w, y + h), "white", "black")
                middle = scaled(x + w / 2, y + h / 2)
                draw.text(middle, text, "black", font, anchor="mm")
        return image

    def _repr_svg_(self):
        return self.to_svg()

    def _laid_out(self, measure):
        """Give every box its place: (width, height, routes of the arrows)."""
        for box in self.boxes.values():
            _set_size(box, measure)
        rows, routes = _rows(list(self.boxes.values()), self._arrow_boxes())
        sideways = self.rankdir in ("LR", "RL")
        _place_across(rows, _neighbours(routes), sideways)
        _place_along(rows, sideways)
        boxes = [box for row in rows for box in row]
        self._flip(boxes)
        frames = [place for _, place in self._frame_places()]
        places = [_place_of(box) for box in boxes] + frames
        left = min([x for x, *_ in places], default=0) - MARGIN
        top = min([y for _, y, *_ in places], default=0) - MARGIN
        for box in boxes:
            box.x, box.y = box.x - left, box.y - top
        width = max([x + w for x, _, w, _ in places], default=0) - left + MARGIN
        height = max([y + h for _, y, _, h in places], default=0) - top + MARGIN
        return width, height, [self._route(route) for route in routes]

    def _arrow_boxes(self):
        return [(self.boxes[start], self.boxes[end]) for start, end in self.arrows]

    def _flip(self, boxes):
        for box in boxes:
            if self.rankdir == "BT":
                box.y = -box.y - box.height
            elif self.rankdir == "RL":
                box.x = -box.x - box.width

    def _route(self, route):
        """Points of an arrow: from a side of the first box to one of the last."""
        side = {"TB": (0.5, 1), "BT": (0.5, 0), "LR": (1, 0.5), "RL": (0, 0.5)}
        fx, fy = side[self.rankdir]
        ends = [(fx, fy), *[(0.5, 0.5)] * (len(route) - 2), (1 - fx, 1 - fy)]
        return [
            (box.x + px * box.width, box.y + py * box.height)
            for box, (px, py) in zip(route, ends, strict=True)
        ]

    def _frame_places(self):
        """(name, rectangle) around the boxes of each frame, outer frames first."""
        for name, keys in sorted(self.frames.items(), key=lambda item: -len(item[1])):
            places = [_place_of(self.boxes[key]) for key in keys]
            left, top = min(p[0] for p in places) - 8, min(p[1] for p in places) - 22
            right = max(x + w for x, _, w, _ in places) + 8
            bottom = max(y + h for _, y, _, h in places) + 8
            yield name, (left, top, right - left, bottom - top)


def _rows(boxes, arrows):
    """Boxes by row with invisible ones where arrows cross; the routes of the arrows."""
    for _ in boxes:
        moved = False
        for start, end in arrows:
            if end.row <= start.row:
                end.row, moved = start.row + 1, True
        if not moved:
            break
    rows = [[] for _ in range(max((box.row for box in boxes), default=0) + 1)]
    for box in boxes:
        rows[box.row].append(box)
    routes = []
    for start, end in arrows:
        crossed = [Box("", row=row, width=1, height=1) for row in _between(start, end)]
        for box in crossed:
            rows[box.row].append(box)
        routes.append([start, *crossed, end])
    return rows, routes


def _between(start, end):
    return range(start.row + 1, end.row)


def _neighbours(routes):
    """The boxes that each box has an arrow (or a part of one) to or from."""
    near = {}
    for route in routes:
        for a, b in zip(route[:-1], route[1:], strict=True):
            near.setdefault(id(a), []).append(b)
            near.setdefault(id(b), []).append(a)
    return near


def _place_across(rows, near, sideways):
    """Order each row, and place its boxes near their neighbours without overlap."""
    position, extent = ("y", "height") if sideways else ("x", "width")

    def middle(box):
        return getattr(box, position) + getattr(box, extent) / 2

    def wanted(box):
        others = near.get(id(box), [box])
        return sum(map(middle, others)) / len(others)

    for row in rows:
        _spread(row, [0.0] * len(row), position, extent)
    for sweep in range(_SWEEPS):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            row.sort(key=wanted)
            _spread(row, [wanted(box) for box in row], position, extent)


def _spread(row, wanted, position, extent):
    """Place boxes in their order, at `wanted` middles as far as they do not overlap."""
    ends = []
    for box, middle in zip(row, wanted, strict=True):
        size = getattr(box, extent)
        start = middle - size / 2
        if ends:
            start = max(start, ends[-1] + GAP_ACROSS)
        setattr(box, position, start)
        ends.append(start + size)
    if not row:
        return
    middles = [getattr(b, position) + getattr(b, extent) / 2 for b in row]
    shift = (sum(wanted) - sum(middles)) / len(row)
    for box in row:
        setattr(box, position, getattr(box, position) + shift)


def _place_along(rows, sideways):
    position, extent = ("x", "width") if sideways else ("y", "height")
    start = 0.0
    for row in rows:
        size = max((getattr(box, extent) for box in row), default=0)
        for box in row:
            setattr(box, position, start + (size - getattr(box, extent)) / 2)
        start += size + GAP_ALONG


def _set_size(box, measure):
    widths = [sum(measure(cell) + 2 * PADDING for cell in row) for row in box.rows]
    box.row, box.width = 0, max(widths)
    box.height = len(box.rows) * (FONT_SIZE + 2 * PADDING)


def _cells(box):
    """(text, x, y, width, height) of each cell of a box."""
    height = box.height / len(box.rows)
    for i, row in enumerate(box.rows):
        letters = sum(len(cell) + 2 for cell in row)
        x = box.x
        for cell in row:
            width = box.width * (len(cell) + 2) / letters
            yield cell, x, box.y + i * height, width, height
            x += width


def _place_of(box):
    return box.x, box.y, box.width, box.height


def _head(points):
    """The triangle at the end of an arrow."""
    (x0, y0), (x1, y1) = points[-2:]
    length = max(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5, 1e-6)
    dx, dy = (x1 - x0) / length, (y1 - y0) / length
    base = x1 - 8 * dx, y1 - 8 * dy
    left = base[0] - 4 * dy, base[1] + 4 * dx
    right = base[0] + 4 * dy, base[1] - 4 * dx
    return [(x1, y1), left, right]


def _record(rows):
    def clean(text):
        for letter in '\\"{}|<>':
            text = text.replace(letter, "\\" + letter)
        return text

    cells = ["|".join(clean(cell) for cell in row) for row in rows]
    if len(cells) == 1:
        return cells[0]
    return "{" + "|".join("{" + cell + "}" for cell in cells) + "}"


def _svg_rect(x, y, w, h, fill, more=""):
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" '
        f'fill="{fill}" stroke="black" {more}/>'
    )


def _svg_text(x, y, text, anchor="middle"):
    text = html.escape(text)
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'
