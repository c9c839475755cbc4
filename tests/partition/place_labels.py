"""Drawn labels that fall into groups."""

from __future__ import annotations

import numpy as np

#: Labels of three places; those of one place occur together, and the last occurs everywhere.
PLACES = (('boat', 'harbour', 'sea'), ('fork', 'plate'), ('cow', 'grass', 'horse'))


def place_labels(images: int = 600, seed: int = 0) -> tuple[tuple[str, ...], np.ndarray]:
    """Labels of drawn images, each of one place, with some noise."""
    classes = tuple(sorted(name for place in PLACES for name in place))
    draw = np.random.default_rng(seed)
    labels = (draw.random((images, len(classes))) < 0.03).astype(np.int8)
    for row, place in zip(labels, draw.integers(0, len(PLACES), images), strict=True):
        for name in PLACES[place]:
            row[classes.index(name)] |= draw.random() < 0.7
    return classes, labels
