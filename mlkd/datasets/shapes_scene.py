"""What is in an image of Shapes, and where it lies.

Labels come from :mod:`mlkd.datasets.shapes_labels`; nothing here draws, :mod:`mlkd.datasets.shapes_drawing` does.
"""

from __future__ import annotations

import colorsys
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mlkd.datasets.shapes_forms import DECOYS, FORMS, Form
from mlkd.datasets.shapes_labels import CLASSES, draw_labels

#: Blue, green, red, 0..255.
Colour = tuple[int, int, int]

#: Each label has a hue that it shares with two labels of other themes and with near misses: the form decides.
HUES = tuple(3 * k % 8 / 8 for k in range(len(CLASSES)))
#: Largest deviation from it, and ranges of saturation and value.
HUE_SPREAD, SATURATION, VALUE = 0.035, (0.6, 1.0), (0.45, 1.0)
#: Circumscribed radius as a share of the image's side: most objects are small.
RADII = (0.065, 0.2)
#: Stripes, dots and checks cannot be seen on smaller ones.
TEXTURED_RADIUS = 0.085
TILT = 25.0
#: Visible shares below which an object is taken out, and below which it is difficult.
LEAST_VISIBLE, DIFFICULT_BELOW = 0.3, 0.6
#: Least distance of colours that meet, summed over the channels.
CONTRAST = 150
#: How often a thing looks for a free place; how many bends a stroke has.
_TRIES, _BENDS = 6, 5


@dataclass(frozen=True)
class Thing:
    """One form in an image; lengths are shares of the image's side.

    Attributes:
        label: Index of the label; -1 for a near miss.
        form: What it looks like.
        centre: (x, y).
        radius: Of the circumscribed circle.
        angle: Clockwise, in radians.
        mirrored: Left and right exchanged.
        colours: Two BGR colours, of the ground and of the texture.
    """

    label: int
    form: Form
    centre: tuple[float, float]
    radius: float
    angle: float
    mirrored: bool
    colours: tuple[Colour, Colour]

    def contours(self, size: int) -> list[np.ndarray]:
        """Its outline in pixels, float64 (n, 2) each."""
        cos, sin = math.cos(self.angle) * self.radius * size, math.sin(self.angle) * self.radius * size
        sign = -1.0 if self.mirrored else 1.0
        turn, centre = np.array([[sign * cos, sign * sin], [-sin, cos]]), np.array(self.centre) * size
        return [contour @ turn + centre for contour in self.form.outline]


@dataclass(frozen=True)
class Stroke:
    """A stray line or curve of no label: points (n, 2) and width as shares of the side."""

    points: np.ndarray
    width: float
    colour: Colour


@dataclass(frozen=True)
class Scene:
    """An image before it is drawn.

    Attributes:
        ground: Two BGR colours that the background runs between.
        waves: Coarse pattern of the background, float32 (n, n), around 0.
        behind: Strokes below the things.
        things: From the lowest to the topmost.
        above: Strokes that cross them.
        noise: Largest change of a pixel.
        noise_seed: What the noise is drawn from.
    """

    ground: tuple[Colour, Colour]
    waves: np.ndarray
    behind: tuple[Stroke, ...]
    things: tuple[Thing, ...]
    above: tuple[Stroke, ...]
    noise: float
    noise_seed: int

    def labels(self) -> np.ndarray:
        """Label vector, int8 (K,)."""
        label = np.zeros(len(CLASSES), np.int8)
        label[[thing.label for thing in self.things if thing.label >= 0]] = 1
        return label

    def without(self, positions: Sequence[int]) -> Scene:
        """The scene with some things taken out."""
        return replace(self, things=tuple(thing for i, thing in enumerate(self.things) if i not in positions))


def compose(rng: np.random.Generator) -> Scene:
    """A scene, before things that are hidden too far are taken out."""
    labels = draw_labels(rng)
    wanted: list[tuple[int, Form]] = []
    for label in labels:
        wanted += [(label, FORMS[CLASSES[label]])] * (1 + (rng.random() < 0.3) + (rng.random() < 0.1))
    decoys = list(DECOYS.values())
    wanted += [(-1, decoys[rng.integers(len(decoys))]) for _ in range(rng.integers(1, 4))]
    ground = _ground(rng)
    things: list[Thing] = []
    for index in rng.permutation(len(wanted)):
        label, form = wanted[index]
        things.append(_place(rng, label, form, things, ground))
    return Scene(
        ground=ground,
        waves=rng.standard_normal((n := int(rng.integers(3, 12)), n), np.float32) * np.float32(rng.uniform(4, 22)),
        behind=tuple(_stroke(rng) for _ in range(rng.integers(2, 6))),
        things=tuple(things),
        above=tuple(_stroke(rng) for _ in range(rng.integers(0, 3))),
        noise=float(rng.uniform(6, 26)),
        noise_seed=int(rng.integers(1 << 31)),
    )


def _place(rng: np.random.Generator, label: int, form: Form, others: list[Thing], ground: Sequence[Colour]) -> Thing:
    """A thing, with some aversion to others that are there already."""
    low, high = RADII
    low = low if form.texture == 'plain' else TEXTURED_RADIUS
    # One call for all numbers: each call costs more than what is done with them.
    size, tilt, mirror, *draws = rng.random(3 + 3 * _TRIES).tolist()
    # Small ones are more frequent: the logarithm is uniform.
    radius = low * (high / low) ** size
    for attempt in range(_TRIES):
        x, y, aversion = draws[3 * attempt : 3 * attempt + 3]
        centre = (radius + (1 - 2 * radius) * x, radius + (1 - 2 * radius) * y)
        gaps = (math.dist(centre, other.centre) / (radius + other.radius) for other in others)
        if min(gaps, default=1.0) > 0.25 + 0.6 * aversion:
            break
    hue = HUES[label] if label >= 0 else HUES[rng.integers(len(HUES))]
    colour = _contrasting([_coloured(hue, *draw) for draw in rng.random((8, 3)).tolist()], ground)
    second = _contrasting([_colour(draw) for draw in rng.integers(0, 256, (8, 3))], (colour,))
    return Thing(
        label=label,
        form=form,
        centre=centre,
        radius=radius,
        angle=math.radians(TILT * (2 * tilt - 1)),
        mirrored=mirror < 0.5,
        colours=(colour, second),
    )


def _ground(rng: np.random.Generator) -> tuple[Colour, Colour]:
    first = rng.integers(20, 236, 3)
    second = np.clip(first + rng.integers(-50, 51, 3), 10, 245)
    return _colour(first), _colour(second)


def _coloured(hue: float, *draws: float) -> Colour:
    """A colour near a hue, from three numbers in 0..1."""
    spread, saturation, value = (
        low + (high - low) * draw
        for draw, (low, high) in zip(draws, ((-HUE_SPREAD, HUE_SPREAD), SATURATION, VALUE), strict=True)
    )
    r, g, b = (round(255 * channel) for channel in colorsys.hsv_to_rgb(hue + spread, saturation, value))
    return b, g, r


def _contrasting(candidates: Sequence[Colour], others: Sequence[Colour]) -> Colour:
    """Of some colours the first that is far from all others, or else the farthest."""
    distances = []
    for b, g, r in candidates:
        distances.append(min(abs(b - other[0]) + abs(g - other[1]) + abs(r - other[2]) for other in others))
        if distances[-1] > CONTRAST:
            break
    return candidates[distances.index(max(distances))]


def _stroke(rng: np.random.Generator) -> Stroke:
    x, y, turn, step, width, *bends = rng.random(5 + _BENDS).tolist()
    turn *= 2 * math.pi
    points = [(x, y)]
    for bend in bends:
        turn += 1.2 * bend - 0.6
        x, y = x + math.cos(turn) * (0.03 + 0.13 * step), y + math.sin(turn) * (0.03 + 0.13 * step)
        points.append((x, y))
    return Stroke(np.array(points), 0.008 + 0.022 * width, _colour(rng.integers(0, 256, 3)))


def _colour(values: np.ndarray) -> Colour:
    b, g, r = values.tolist()
    return b, g, r
