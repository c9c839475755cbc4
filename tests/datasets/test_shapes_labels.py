from __future__ import annotations

import numpy as np

from mlkd.datasets.shapes_forms import FORMS
from mlkd.datasets.shapes_labels import CLASSES, COMPANIONS, EXCLUSIVE, THEMES, draw_labels


def test_tables_speak_of_labels_that_are_there() -> None:
    assert sorted(name for theme in THEMES.values() for name in theme) == sorted(FORMS)
    named = {*COMPANIONS, *(name for name, _ in COMPANIONS.values()), *(name for pair in EXCLUSIVE for name in pair)}
    assert named <= set(CLASSES)
    assert all(0 < rate < 1 for _, rate in COMPANIONS.values())


def test_labels_are_drawn_by_the_rules() -> None:
    for seed in range(300):
        drawn = draw_labels(np.random.default_rng(seed))
        names = {CLASSES[label] for label in drawn}
        assert drawn == sorted(set(drawn)) != []
        assert not any({*pair} <= names for pair in EXCLUSIVE)
