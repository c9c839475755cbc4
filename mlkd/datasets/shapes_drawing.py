"""Drawing the scenes of Shapes, and finding what of each thing can be seen."""

from __future__ import annotations

import math

import cv2
import numpy as np

from mlkd.datasets.shapes_scene import Scene, Stroke, Thing

#: Binary digits of a fraction of a pixel in OpenCV's drawing functions.
_SHIFT = 4
_STROKE = 254


def draw(scene: Scene, size: int) -> np.ndarray:
    """Draw a scene.

    Args:
        scene: What to draw.
        size: Side in pixels.

    Returns:
        uint8 (size, size, 3), BGR.
    """
    image = _background(scene, size)
    for stroke in scene.behind:
        _draw_stroke(image, stroke, stroke.colour, cv2.LINE_AA)
    for thing in scene.things:
        if thing.form.texture == 'plain':
            cv2.fillPoly(image, _fixed(thing.contours(size)), thing.colours[0], cv2.LINE_AA, _SHIFT)
        else:
            _draw_textured(image, thing)
    for stroke in scene.above:
        _draw_stroke(image, stroke, stroke.colour, cv2.LINE_AA)
    noise = np.random.default_rng(scene.noise_seed).integers(0, 256, image.shape, np.uint8)
    return cv2.addWeighted(image, 1.0, noise, scene.noise / 128, -scene.noise)


def visible_parts(scene: Scene, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Where each thing can be seen.

    Args:
        scene: The scene.
        size: Side in pixels.

    Returns:
        Boxes of the visible parts, float32 (n, 4), xyxy, right and bottom edge exclusive; and the visible shares of
        their pixels, float64 (n,).
    """
    owner = np.full((size, size), 255, np.uint8)
    whole = []
    for index, thing in enumerate(scene.things):
        contours = thing.contours(size)
        patch, low = _patch(owner, thing)
        alone = np.zeros_like(patch)
        cv2.fillPoly(alone, _fixed([contour - low for contour in contours]), 1, cv2.LINE_8, _SHIFT)
        whole.append(cv2.countNonZero(alone))
        patch[alone > 0] = index
    for stroke in scene.above:
        _draw_stroke(owner, stroke, (_STROKE,), cv2.LINE_8)
    boxes, shares = np.zeros((len(whole), 4), np.float32), np.zeros(len(whole))
    for index, pixels in enumerate(whole):
        patch, low = _patch(owner, scene.things[index])
        left = (patch == index).view(np.uint8)
        seen = cv2.countNonZero(left)
        if seen:
            x, y, width, height = cv2.boundingRect(left)
            boxes[index] = np.tile(low, 2) + np.array([x, y, x + width, y + height])
            shares[index] = seen / pixels
    return boxes, shares


def _background(scene: Scene, size: int) -> np.ndarray:
    ramp = np.array(scene.ground, np.float32)[None]
    image = cv2.resize(ramp, (size, size), interpolation=cv2.INTER_LINEAR)
    waves = cv2.resize(scene.waves, (size, size), interpolation=cv2.INTER_CUBIC)
    return np.clip(image + waves[..., None], 0, 255).astype(np.uint8)


def _draw_stroke(image: np.ndarray, stroke: Stroke, colour: tuple[int, ...], line: int) -> None:
    size = len(image)
    cv2.polylines(
        image, _fixed([stroke.points * size]), False, colour, max(1, round(stroke.width * size)), line, _SHIFT
    )


def _draw_textured(image: np.ndarray, thing: Thing) -> None:
    """Fill with a pattern that turns with the form; only the pixels around it are touched."""
    size = len(image)
    patch, low = _patch(image, thing)
    centre, radius = np.array(thing.centre) * size, thing.radius * size
    mask = np.zeros(patch.shape[:2], np.uint8)
    cv2.fillPoly(mask, _fixed([contour - low for contour in thing.contours(size)]), 255, cv2.LINE_AA, _SHIFT)
    x, y = (np.arange(patch.shape[1 - axis]) + low[axis] + 0.5 - centre[axis] for axis in (0, 1))
    y = y[:, None]
    cos, sin = np.cos(thing.angle) / radius, np.sin(thing.angle) / radius
    pattern = _pattern(thing.form.texture, x * cos + y * sin, y * cos - x * sin)[..., None]
    first, second = (np.array(colour, np.float32) for colour in thing.colours)
    filled = first + (second - first) * pattern
    alpha = mask[..., None] * np.float32(1 / 255)
    patch[:] = (patch + (filled - patch) * alpha + np.float32(0.5)).astype(np.uint8)


def _patch(image: np.ndarray, thing: Thing) -> tuple[np.ndarray, np.ndarray]:
    """The pixels around a thing, a view (h, w, ...); and where they begin, int64 (x, y)."""
    size = len(image)
    reach = thing.radius * size + 1
    low = [max(math.floor(c * size - reach), 0) for c in thing.centre]
    high = [min(math.ceil(c * size + reach), size) for c in thing.centre]
    return image[low[1] : high[1], low[0] : high[0]], np.array(low)


def _pattern(texture: str, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Share of the second colour, float32; (u, v) are in radii of the form."""
    if texture == 'stripes':
        wave = np.sin(2.5 * np.pi * v) + 0 * u
    elif texture == 'dots':
        wave = np.cos(2.5 * np.pi * u) + np.cos(2.5 * np.pi * (v - 0.1)) - 0.6
    else:
        wave = np.sin(2.1 * np.pi * u) * np.sin(2.1 * np.pi * v) * 2
    return np.clip(0.5 + 2 * wave, 0, 1).astype(np.float32)


def _fixed(contours: list[np.ndarray]) -> list[np.ndarray]:
    """Pixel edges to OpenCV's fixed-point numbers, which count from pixel centres."""
    return [np.round((contour - 0.5) * (1 << _SHIFT)).astype(np.int32) for contour in contours]
