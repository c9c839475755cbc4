"""Random detections and objects with what is rare in photographs: ties, doubles, difficult ones, empty images."""

from __future__ import annotations

import numpy as np

from mlkd.evaluation.functional import Detections, Objects

CLASSES = 4


def random_case(seed: int, images: int = 30) -> tuple[list[np.ndarray], ...]:
    """Boxes, labels, scores of detections, and boxes, labels, difficult of objects, one array for each image.

    Boxes lie on a coarse grid, so that overlaps of exactly one half occur, and scores have few values.
    """
    rng = np.random.default_rng(seed)
    columns: tuple[list[np.ndarray], ...] = ([], [], [], [], [], [])
    for _ in range(images):
        n, m = rng.integers(0, 12), rng.integers(0, 5)
        there = grid_boxes(rng, m)
        found = grid_boxes(rng, n)
        labels, kinds = rng.integers(0, CLASSES - 1, n), rng.integers(0, CLASSES - 1, m)
        if m and n:
            # Many are near an object, and of its class.
            near, some = rng.integers(0, m, n), rng.random(n) < 0.7
            moved = there[near] + 5 * rng.integers(-1, 2, (n, 4)) * (rng.random((n, 4)) < 0.3)
            found, labels = np.where(some[:, None], moved, found), np.where(some, kinds[near], labels)
            found[:, 2:] = np.maximum(found[:, 2:], found[:, :2] + 5)
        values = (found, labels, rng.integers(0, 6, n) / 5, there, kinds, rng.random(m) < 0.3)
        for column, value in zip(columns, values, strict=True):
            column.append(value)
    return columns


def grid_boxes(rng: np.random.Generator, count: int) -> np.ndarray:
    corners = 5 * rng.integers(0, 8, (count, 2))
    return np.concatenate([corners, corners + 5 * rng.integers(1, 6, (count, 2))], axis=1).astype(float)


def tables(case: tuple[list[np.ndarray], ...]) -> tuple[Detections, Objects]:
    return Detections.of(*case[:3]), Objects.of(*case[3:])
