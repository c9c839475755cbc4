"""The labels of Shapes: which of them go together in an image."""

from __future__ import annotations

import numpy as np

from mlkd.datasets.shapes_forms import FORMS

CLASSES = tuple(FORMS)
#: Each image is of one theme, whose four labels are likely to be in it.
THEMES: dict[str, tuple[str, ...]] = {
    'night': ('star', 'crescent', 'bolt', 'spiral'),
    'garden': ('heart', 'drop', 'triangle', 'kite'),
    'harbour': ('wave', 'ring', 'striped disc', 'hourglass'),
    'board': ('square', 'checkered square', 'disc', 'cross'),
    'signs': ('arrow', 'dotted triangle', 'hexagon', 'frame'),
    'print': ('ell', 'tee', 'fork', 'comb'),
}
#: Probability of each label of the theme, and of each other label.
THEME_RATE, GUEST_RATE = 0.36, 0.035
#: Where the first is, the second is added with this probability, whatever the theme.
COMPANIONS: dict[str, tuple[str, float]] = {
    'crescent': ('star', 0.7),
    'heart': ('arrow', 0.5),
    'wave': ('ring', 0.6),
    'hexagon': ('bolt', 0.4),
    'comb': ('ell', 0.5),
}
#: Never in one image; of two that were drawn, the first stays.
EXCLUSIVE: tuple[tuple[str, str], ...] = (
    ('square', 'checkered square'),
    ('disc', 'striped disc'),
    ('triangle', 'dotted triangle'),
    ('crescent', 'disc'),
    ('fork', 'tee'),
    ('drop', 'hourglass'),
)


def draw_labels(rng: np.random.Generator) -> list[int]:
    """Which labels are in an image, ascending; at least one."""
    theme = list(THEMES.values())[rng.integers(len(THEMES))]
    draws = rng.random(len(CLASSES)).tolist()
    chosen = {n for n, draw in zip(CLASSES, draws, strict=True) if draw < (THEME_RATE if n in theme else GUEST_RATE)}
    chosen = chosen or {theme[rng.integers(len(theme))]}
    for name, (companion, rate) in COMPANIONS.items():
        if rng.random() < rate and name in chosen:
            chosen.add(companion)
    for stays, goes in EXCLUSIVE:
        if stays in chosen:
            chosen.discard(goes)
    return sorted(CLASSES.index(name) for name in chosen)
