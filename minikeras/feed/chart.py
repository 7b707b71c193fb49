"""A picture of who did what when, drawn from `feed.timeline()`."""

from minikeras.utils.drawing import COLORS, GRID, SOFT, Sheet

ROW, LEFT, TOP, RIGHT, BOTTOM = 30, 110, 40, 30, 36

NAMES = {"made": "main: makes", "waited": "main: waits", "used": "main: trains"}


def timeline_chart(events, title="", width=760, seconds=None):
    """When each batch was made, waited for and used.

    Arguments
        events: what `feed.timeline()` recorded.
        title: text above the chart.
        width: of the picture in pixels.
        seconds: length of the time axis; that of the events if None.

    A row for each worker shows the batches that it made; two rows show how long the
    main thread waited for each batch, and how long it used it. A batch has one colour.
    """
    rows = _rows(events)
    start = min(event.began for event in events)
    seconds = seconds or max(event.ended for event in events) - start
    sheet = Sheet(width, TOP + ROW * len(rows) + BOTTOM)
    scale = (width - LEFT - RIGHT) / seconds
    sheet.text((LEFT, 12), title, 16)
    for name, y in rows.items():
        sheet.text((LEFT - 10, y + 6), name, 13, anchor="ra")
        sheet.line([(LEFT, y + ROW - 3), (width - RIGHT, y + ROW - 3)], GRID)
    for event in events:
        _draw(sheet, event, rows[_row_of(event)], start, scale)
    _axis(sheet, seconds, scale)
    return sheet.finish()


def _row_of(event):
    if event.what == "made" and event.worker is not None:
        return f"worker {event.worker}"
    return NAMES[event.what]


def _rows(events):
    """{name of a row: its y}; workers first."""
    order = ["worker", "main: makes", "main: waits", "main: trains"]
    names = sorted({_row_of(event) for event in events})
    names.sort(key=lambda name: order.index(name.rstrip("0123456789 ")))
    return {name: TOP + ROW * number for number, name in enumerate(names)}


def _draw(sheet, event, y, start, scale):
    left = LEFT + (event.began - start) * scale
    right = max(left + 1, LEFT + (event.ended - start) * scale)
    right = min(right, sheet.width - RIGHT)
    color = COLORS[event.index % len(COLORS)]
    box = (left, y + 2, right, y + ROW - 8)
    if event.what == "waited":
        sheet.rectangle(box, outline=color)
        return
    sheet.rectangle(box, fill=color, outline="white")
    if right - left > 16:
        place = ((left + right) / 2, y + 5)
        sheet.text(place, str(event.index), 12, "white", "ma")


def _axis(sheet, seconds, scale):
    y = sheet.height - BOTTOM + 4
    for tenth in range(0, 11, 2):
        moment = seconds * tenth / 10
        x = LEFT + moment * scale
        sheet.text((x, y), f"{1000 * moment:.0f} ms", 12, SOFT, "ma")
