"""The picture of a timeline."""

import numpy as np

from minikeras.feed.chart import LEFT, timeline_chart
from minikeras.feed.notes import Event


def test_boxes_stand_at_their_times():
    events = [
        Event("made", 0, 0, 0, 10.0, 10.5),
        Event("made", 0, 1, 1, 10.0, 11.0),
        Event("waited", 0, 0, None, 10.0, 10.5),
        Event("used", 0, 0, None, 10.5, 11.0),
    ]
    picture = np.asarray(timeline_chart(events, "title", width=540).convert("RGB"))
    scale = picture.shape[1] / 540
    first, used = (picture[round(y * scale)] for y in (46, 136))
    half = round((LEFT + 200) * scale)
    background = (first == 255).all(axis=1)
    assert not background[round((LEFT + 10) * scale) : half - 20].all()
    assert background[half + 20 :].all()
    assert (used[round((LEFT + 50) * scale)] == 255).all()
    assert not (used[half + 50] == 255).all()
