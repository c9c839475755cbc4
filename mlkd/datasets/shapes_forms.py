"""Outlines and textures of the forms that Shapes draws."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

#: Contours, each float64 (n, 2) with x to the right and y down, centred, the farthest point at distance 1 or less;
#: filled by the even-odd rule, so that a second contour inside the first is a hole.
Outline = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Form:
    """What can be drawn.

    Attributes:
        outline: Its contours.
        texture: ``'plain'``, ``'stripes'``, ``'dots'`` or ``'checks'``.
    """

    outline: Outline
    texture: str = 'plain'


def _polygon(points: Sequence[tuple[float, float]]) -> np.ndarray:
    """Centre a contour on its bounding box and scale it into the unit circle."""
    array = np.array(points, np.float64)
    array -= (array.min(0) + array.max(0)) / 2
    return array / np.hypot(*array.T).max()


def _regular(corners: int, start: float = -90.0, radius: float = 1.0) -> np.ndarray:
    angles = np.radians(start + 360 / corners * np.arange(corners))
    return radius * np.stack([np.cos(angles), np.sin(angles)], 1)


def _pointed(points: int, inner: float) -> np.ndarray:
    angles = np.radians(-90 + 180 / points * np.arange(2 * points))
    radii = np.where(np.arange(2 * points) % 2, inner, 1.0)
    return np.stack([radii * np.cos(angles), radii * np.sin(angles)], 1)


def _arc(start: float, end: float, radius: float, count: int = 20) -> list[tuple[float, float]]:
    angles = np.radians(np.linspace(start, end, count))
    return [(radius * math.cos(a), radius * math.sin(a)) for a in angles]


def _ribbon(centre: Callable[[np.ndarray], np.ndarray], width: float, count: int = 40) -> np.ndarray:
    """A band along a curve.

    Args:
        centre: From parameters (n,) in 0..1 to points (n, 2).
        width: Of the band.
        count: Points on each side.
    """
    t = np.linspace(0, 1, count)
    points = centre(t)
    tangent = np.gradient(points, axis=0)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], 1) / np.hypot(*tangent.T)[:, None]
    sides = [points + normal * width / 2, (points - normal * width / 2)[::-1]]
    return _polygon([tuple(p) for p in np.concatenate(sides)])


def _crescent() -> np.ndarray:
    # An outer circle, minus a smaller one that is shifted to the right and passes through the same two tips.
    outer = _arc(50, 310, 1.0)
    tip = outer[-1]
    shift, radius = 0.5, math.hypot(tip[0] - 0.5, tip[1])
    angle = math.degrees(math.atan2(tip[1], tip[0] - shift)) % 360
    inner = [(x + shift, y) for x, y in _arc(angle, 360 - angle, radius)]
    return _polygon(outer + inner)


def _heart() -> np.ndarray:
    t = np.linspace(0, 2 * np.pi, 36, endpoint=False)
    x = 16 * np.sin(t) ** 3
    y = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
    return _polygon(list(zip(x, y, strict=True)))


def _spiral(t: np.ndarray) -> np.ndarray:
    angle, radius = 3.6 * np.pi * t, 0.12 + 0.88 * t
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)


def _wave(t: np.ndarray) -> np.ndarray:
    return np.stack([2 * t - 1, 0.33 * np.sin(4 * np.pi * t)], 1)


_DISC = _regular(28)
_SQUARE = _polygon([(-1, -1), (1, -1), (1, 1), (-1, 1)])
_PLUS = (1, 3), (1, 1), (3, 1), (3, -1), (1, -1), (1, -3), (-1, -3), (-1, -1), (-3, -1), (-3, 1), (-1, 1), (-1, 3)

_TRIANGLE = _polygon([(0, -1), (0.95, 0.75), (-0.95, 0.75)])
_ELL = (-2, -3), (-0.6, -3), (-0.6, 1.6), (2, 1.6), (2, 3), (-2, 3)
_TEE = (-2.4, -3), (2.4, -3), (2.4, -1.6), (0.7, -1.6), (0.7, 3), (-0.7, 3), (-0.7, -1.6), (-2.4, -1.6)
_FORK = (-2.4, -3), (-1.2, -3), (-1.2, 1.5), (1.2, 1.5), (1.2, -3), (2.4, -3), (2.4, 3), (-2.4, 3)
_TEETH = (2, -3), (2, -1.8), (-0.7, -1.8), (-0.7, -0.6), (2, -0.6), (2, 0.6), (-0.7, 0.6), (-0.7, 1.8), (2, 1.8), (2, 3)
_BOLT = (0.4, -3), (-1.7, 0.5), (-0.2, 0.5), (-0.7, 3), (1.7, -0.8), (0.2, -0.8), (1.2, -3)
_AITCH = (-2.2, -3), (-0.9, -3), (-0.9, -0.7), (0.9, -0.7), (0.9, -3), (2.2, -3)

#: The labels of Shapes and what each looks like, in the order of the label vector.
FORMS: dict[str, Form] = {
    'star': Form((_pointed(5, 0.42),)),
    'crescent': Form((_crescent(),)),
    'bolt': Form((_polygon(_BOLT),)),
    'spiral': Form((_ribbon(_spiral, 0.27, 60),)),
    'heart': Form((_heart(),)),
    'drop': Form((_polygon([(0, -1.6), *_arc(-30, 210, 0.75, 24)]),)),
    'triangle': Form((_TRIANGLE,)),
    'kite': Form((_polygon([(0, -3), (1.8, -0.8), (0, 3), (-1.8, -0.8)]),)),
    'wave': Form((_ribbon(_wave, 0.34),)),
    'ring': Form((_DISC, 0.58 * _DISC)),
    'striped disc': Form((_DISC,), 'stripes'),
    'hourglass': Form((_polygon([(-2, -3), (2, -3), (0.5, 0), (2, 3), (-2, 3), (-0.5, 0)]),)),
    'square': Form((_SQUARE,)),
    'checkered square': Form((_SQUARE,), 'checks'),
    'disc': Form((_DISC,)),
    'cross': Form((_polygon(_PLUS),)),
    'arrow': Form((_polygon([(-3, -1), (0.4, -1), (0.4, -2.4), (3, 0), (0.4, 2.4), (0.4, 1), (-3, 1)]),)),
    'dotted triangle': Form((_TRIANGLE,), 'dots'),
    'hexagon': Form((_regular(6),)),
    'frame': Form((_SQUARE, 0.6 * _SQUARE)),
    'ell': Form((_polygon(_ELL),)),
    'tee': Form((_polygon(_TEE),)),
    'fork': Form((_polygon(_FORK),)),
    'comb': Form((_polygon([*_TEETH, (-2, 3), (-2, -3)]),)),
}

#: Near misses: they look like some label and are none.
DECOYS: dict[str, Form] = {
    'pentagon': Form((_regular(5),)),
    'half disc': Form((_polygon(_arc(180, 360, 1.0)),)),
    'open ring': Form((_polygon([*_arc(40, 320, 1.0), *reversed(_arc(40, 320, 0.58))]),)),
    'bar': Form((_polygon([(-3, -1), (3, -1), (3, 1), (-3, 1)]),)),
    'trapezoid': Form((_polygon([(-1.2, -1.4), (1.2, -1.4), (2.2, 1.4), (-2.2, 1.4)]),)),
    'spark': Form((_pointed(4, 0.35),)),
    'aitch': Form((_polygon([*_AITCH, *[(-x, -y) for x, y in _AITCH]]),)),
    'striped square': Form((_SQUARE,), 'stripes'),
    'dotted disc': Form((_DISC,), 'dots'),
    'checkered triangle': Form((_TRIANGLE,), 'checks'),
}
