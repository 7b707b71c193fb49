"""Pictures for lessons, drawn with Pillow: line charts, grids of images, whole pages.

Every function returns a `PIL.Image`; show it in a notebook, or `.save("name.png")`.

    >>> chart = line_chart({"training": loss, "validation": val_loss}, title="Loss")
    >>> page([[chart], [image_grid(digits)]], title="Digits").save("digits.png")

Positions are in pixels from the top left corner of the finished picture. A Sheet draws
everything three times as large and shrinks it at the end, which makes lines smooth.
"""

import functools
import math

import numpy as np

SCALE = 3
INK = "#22303c"
SOFT = "#66788a"
GRID = "#e3e8ee"
COLORS = ("#1f6fb2", "#e07b1a", "#2a9d6f", "#b5477d", "#7a5bc2", "#8a7a20")


def line_chart(
    series, title="", x_label="", y_label="", x=None, size=(470, 340), y_range=None
):
    """Numbers over steps as lines, with axes, ticks and a legend.

    Arguments
        series: dict of name -> list of numbers; NaN leaves a gap.
        title: text above the chart.
        x_label, y_label: text at the axes.
        x: x values of the numbers; 1, 2, 3 ... (as for epochs) if None.
        size: (width, height) in pixels.
        y_range: (lowest, highest) of the y axis; from the numbers if None.

    Example
        >>> line_chart(history.history, title="Training", x_label="epoch")
    """
    series = {name: np.asarray(y, dtype=float) for name, y in series.items()}
    sheet = Sheet(*size)
    whole = x is None
    x = np.arange(_longest(series)) + 1 if whole else np.asarray(x, dtype=float)
    axes = Axes(sheet, _x_range(x), y_range or _y_range(series))
    axes.frame(title, x_label, y_label, whole)
    for (name, y), color in zip(series.items(), _colors(), strict=False):
        for part in _without_gaps(x[: len(y)], y):
            axes.line(part, color)
        axes.add_to_legend(name, color)
    return sheet.finish()


def image_grid(
    images, captions=None, columns=6, cell=88, title="", ink_range=None, colors=None
):
    """Small images in rows, each with a caption.

    Arguments
        images: array or list of (h, w) grey or (h, w, 3) coloured images. Grey ones are
          drawn as ink: the highest value is black.
        captions: list of texts under the images; "\\n" begins a second line.
        columns: number of images in a row.
        cell: width and height of a drawn image in pixels.
        title: text above the grid.
        ink_range: (lowest, highest) value; of each image by itself if None.
        colors: list of colours of the captions.
    """
    captions = captions or [""] * len(images)
    lines = max([text.count("\n") + 1 for text in captions if text], default=0)
    step_x, step_y = cell + 26, cell + 14 + 17 * lines
    top = 40 if title else 12
    rows = math.ceil(len(images) / columns)
    sheet = Sheet(columns * step_x + 14, top + rows * step_y + 4)
    sheet.text((20, 12), title, 16)
    for i, (image, caption) in enumerate(zip(images, captions, strict=True)):
        x, y = 20 + i % columns * step_x, top + i // columns * step_y
        sheet.image((x, y, x + cell, y + cell), _as_picture(image, ink_range))
        sheet.rectangle((x - 1, y - 1, x + cell, y + cell), outline="#b8c4cf")
        color = (colors and colors[i]) or INK
        for number, line in enumerate(caption.split("\n")):
            place = (x + cell / 2, y + cell + 4 + 17 * number)
            sheet.text(place, line, 13, color if number else INK, "ma")
    return sheet.finish()


def plane(points, labels, decide=None, title="", size=(380, 400)):
    """Points of the plane, coloured by class, and what a model makes of the plane.

    Arguments
        points: array (n, 2).
        labels: n class numbers.
        decide: function from points (m, 2) to m class numbers; the plane is tinted by
          its answers.
        title: text above the picture.
        size: (width, height) in pixels.

    Example
        >>> plane(x, y, lambda p: model.predict(p)[:, 0] > 0.5)
    """
    points, labels = np.asarray(points), np.ravel(labels).astype(int)
    sheet, reach = Sheet(*size), 1.1 * float(np.abs(points).max(initial=0)) or 1.0
    axes = Axes(sheet, (-reach, reach), (-reach, reach))
    axes.left, axes.top, axes.bottom = 18, 44, sheet.height - 18
    if decide is not None:
        _tint(axes, decide)
    for (x, y), label in zip(points, labels, strict=True):
        sheet.dot(axes.place(x, y), COLORS[label % len(COLORS)], 2.5)
    box = (axes.left, axes.top, axes.right, axes.bottom)
    sheet.rectangle(box, outline=SOFT)
    sheet.text((18, 12), title, 17)
    return sheet.finish()


def page(rows, title="", subtitle="", margin=16):
    """Pictures in rows on one white page.

    Arguments
        rows: list of lists of `PIL.Image`.
        title, subtitle: texts at the top.
        margin: pixels around and between the pictures.
    """
    widths = [sum(i.width + margin for i in row) + margin for row in rows]
    heights = [max(i.height for i in row) + margin for row in rows]
    top = margin + (34 if title else 0) + (24 if subtitle else 0)
    sheet = Sheet(max(widths), top + sum(heights))
    sheet.text((margin + 8, margin), title, 24)
    sheet.text((margin + 8, margin + 34), subtitle, 14, SOFT)
    for row, width, y in zip(rows, widths, np.cumsum([top, *heights]), strict=False):
        x = margin + (max(widths) - width) // 2
        for picture in row:
            sheet.image((x, y, x + picture.width, y + picture.height), picture)
            x += picture.width + margin
    return sheet.finish()


class Sheet:
    """A white picture to draw on, `SCALE` times larger than it will be."""

    def __init__(self, width, height):
        from PIL import Image, ImageDraw

        self.width, self.height = int(width), int(height)
        size = (self.width * SCALE, self.height * SCALE)
        self.picture = Image.new("RGB", size, "white")
        self.draw = ImageDraw.Draw(self.picture)

    def line(self, points, color=INK, width=1.0):
        """A line through points (x, y)."""
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        self.draw.line(scaled, color, round(width * SCALE), joint="curve")

    def dot(self, point, color=INK, radius=3.0):
        """A filled circle."""
        x, y = point
        box = (x - radius, y - radius, x + radius, y + radius)
        self.draw.ellipse([each * SCALE for each in box], color)

    def rectangle(self, box, fill=None, outline=None, width=1.0):
        """A rectangle (left, top, right, bottom)."""
        scaled = [each * SCALE for each in box]
        self.draw.rectangle(scaled, fill, outline, round(width * SCALE))

    def text(self, position, text, size=13, color=INK, anchor="la"):
        """Text; `anchor` in Pillow's letters: l m r for across, a m d for down."""
        place = [each * SCALE for each in position]
        self.draw.text(place, text, color, _font(size * SCALE), anchor)

    def text_upwards(self, position, text, size=13, color=INK):
        """Text turned to the left, centred at a position."""
        from PIL import Image, ImageDraw

        font = _font(size * SCALE)
        left, top, right, bottom = (round(each) for each in font.getbbox(text))
        strip = Image.new("RGB", (right - left + 2, bottom - top + 2), "white")
        ImageDraw.Draw(strip).text((1 - left, 1 - top), text, color, font)
        strip = strip.transpose(Image.Transpose.ROTATE_90)
        x = round(position[0] * SCALE - strip.width / 2)
        y = round(position[1] * SCALE - strip.height / 2)
        self.picture.paste(strip, (x, y))

    def text_width(self, text, size=13):
        """Width of a text in pixels of the finished picture."""
        return _font(size * SCALE).getlength(text) / SCALE

    def image(self, box, picture):
        """Another picture, stretched into a box without blurring its pixels."""
        from PIL import Image

        left, top, right, bottom = (round(each * SCALE) for each in box)
        size = (right - left, bottom - top)
        stretched = picture.resize(size, Image.Resampling.NEAREST)
        self.picture.paste(stretched, (left, top))

    def finish(self):
        """The picture in its own size."""
        return self.picture.reduce(SCALE)


class Axes:
    """The part of a sheet where data are drawn, and how values become positions.

    Arguments
        sheet: the Sheet to draw on.
        x_range, y_range: (lowest, highest) value shown.
    """

    def __init__(self, sheet, x_range, y_range):
        self.sheet = sheet
        self.x_range, self.y_range = x_range, y_range
        self.left, self.top = 62, 66
        self.right, self.bottom = sheet.width - 18, sheet.height - 50
        self.legend_end = self.left

    def place(self, x, y):
        """Position on the sheet of a value pair."""
        across = (x - self.x_range[0]) / (self.x_range[1] - self.x_range[0])
        up = (y - self.y_range[0]) / (self.y_range[1] - self.y_range[0])
        return (
            self.left + across * (self.right - self.left),
            self.bottom - min(max(up, 0.0), 1.0) * (self.bottom - self.top),
        )

    def frame(self, title, x_label, y_label, whole_x=False):
        """Grid, ticks (at whole x values only, if wanted), axes and titles."""
        sheet, middle = self.sheet, (self.left + self.right) / 2
        sheet.text((self.left, 12), title, 17)
        sheet.text((middle, self.bottom + 28), x_label, 13, SOFT, "ma")
        if y_label:
            sheet.text_upwards((14, (self.top + self.bottom) / 2), y_label, 13, SOFT)
        for value in ticks(*self.y_range):
            _, y = self.place(self.x_range[0], value)
            sheet.line([(self.left, y), (self.right, y)], GRID)
            sheet.text((self.left - 8, y), f"{value:g}", 12, SOFT, "rm")
        for value in ticks(*self.x_range, whole=whole_x):
            x, _ = self.place(value, self.y_range[0])
            sheet.line([(x, self.bottom), (x, self.bottom + 5)], SOFT)
            sheet.text((x, self.bottom + 9), f"{value:g}", 12, SOFT, "ma")
        corner = (self.left, self.bottom)
        sheet.line([(self.left, self.top), corner, (self.right, self.bottom)], SOFT)

    def line(self, points, color):
        """A line through value pairs; a dot where there is only one."""
        placed = [self.place(x, y) for x, y in points]
        if len(placed) > 1:
            self.sheet.line(placed, color, 2.2)
        self.sheet.dot(placed[-1], color)

    def add_to_legend(self, name, color):
        """One more entry in the row between title and chart."""
        x = self.legend_end
        self.sheet.line([(x, 48), (x + 20, 48)], color, 3)
        self.sheet.text((x + 26, 48), name, 13, INK, "lm")
        self.legend_end = x + 44 + self.sheet.text_width(name)


def ticks(low, high, count=6, whole=False):
    """About `count` round numbers between two values.

    Arguments
        whole: whether only whole numbers will do.
    """
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough * 0.999)
    step = max(1.0, step) if whole else step
    numbers = range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    return [round(n * step, 10) for n in numbers]


def _longest(series):
    return max((len(y) for y in series.values()), default=0)


def _x_range(x):
    if not len(x):
        return 0.0, 1.0
    return x.min(), x.max() if x.max() > x.min() else x.min() + 1


def _y_range(series):
    """Lowest and highest number, 0 included if it is near, with a little air."""
    finite = [y[np.isfinite(y)] for y in series.values()]
    values = np.concatenate([*finite, []])
    if not len(values):
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    air = 0.05 * (high - low) or 0.5
    return (0.0 if 0 <= low < (high - low) / 2 else low - air), high + air


def _without_gaps(x, y):
    """Lists of (x, y) between the NaNs."""
    parts, part = [], []
    for pair in zip(x, y, strict=True):
        if np.isfinite(pair[1]):
            part.append(pair)
        elif part:
            parts.append(part)
            part = []
    return [*parts, part] if part else parts


def _tint(axes, decide, cells=120):
    """Fill axes with pale colours: the answers on a grid of points."""
    from PIL import Image, ImageColor

    values = np.linspace(*axes.x_range, cells), np.linspace(*axes.y_range, cells)[::-1]
    grid = np.stack(np.meshgrid(*values), axis=-1).reshape(-1, 2).astype("float32")
    answers = np.asarray(decide(grid)).reshape(cells, cells).astype(int)
    colors = np.array([ImageColor.getrgb(color) for color in COLORS])
    pale = (255 - (255 - colors[answers % len(COLORS)]) * 0.22).astype("uint8")
    box = (axes.left, axes.top, axes.right, axes.bottom)
    axes.sheet.image(box, Image.fromarray(pale))


def _as_picture(image, ink_range):
    from PIL import Image

    image = np.asarray(image, dtype=float)
    if image.ndim == 3 and image.shape[-1] == 1:
        image = image[..., 0]
    low, high = ink_range or (image.min(), image.max())
    share = np.clip((image - low) / ((high - low) or 1), 0, 1)
    if image.ndim == 2:
        share = 1 - share
    return Image.fromarray((share * 255).astype("uint8")).convert("RGB")


def _colors():
    while True:
        yield from COLORS


@functools.cache
def _font(size):
    from PIL import ImageFont

    return ImageFont.load_default(size=size)
