"""What the boxes of a store are like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mlkd.proposals import layout
from mlkd.proposals.store import ProposalStore

#: Borders between shares of the image that a box covers.
AREA_EDGES = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
#: Borders between ratios of width to height.
ASPECT_EDGES = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, np.inf)
#: Bins for curves: the decimal logarithm of the share of the image, and the binary one of width to height.
FINE_AREA, FINE_ASPECT = np.linspace(-5, 0, 51), np.linspace(-4, 4, 49)
_SCORE_BINS = 50
#: Boxes that are looked at together.
_BOXES = 1 << 19


def store_statistics(store: ProposalStore, advance: Callable[[int], None] = lambda images: None) -> dict[str, Any]:
    """Numbers of a store; memory does not grow with the number of its boxes.

    Args:
        store: The store.
        advance: Called with a number of images that are done; in all twice as many as there are.

    Returns:
        Plain JSON values. ``boxes_per_image``: ``min``, ``25 %``, ``median``, ``75 %``, ``max``, ``mean``. ``area``,
        ``aspect``: ``edges`` and the ``shares`` of the boxes between them, and ``fine``, the same for curves; boxes
        that are not finite or have no area are left out. ``side``: the shortest and longest side. ``score``: ``min``,
        ``max``, ``mean``, ``distinct`` (whether there is more than one), ``falling`` (images whose boxes are in the
        order of their scores) and ``fine``; scores that are not finite are left out.
    """
    counts, sizes, header = store.counts(), store.sizes(), store.header
    places = np.quantile(counts, [0, 0.25, 0.5, 0.75, 1])
    names = ('min', '25 %', 'median', '75 %', 'max')
    shapes, scores = _Shapes(), _Scores()
    for first, last, boxes, of_boxes in store.chunks(_BOXES):
        owner = np.repeat(np.arange(last - first), counts[first:last])
        shapes.add(boxes, sizes[first:last][owner])
        scores.add(of_boxes, owner, last - first)
        advance(last - first)
    scores.begin_curve()
    for first, last, _, of_boxes in store.chunks(_BOXES):
        scores.add_to_curve(of_boxes)
        advance(last - first)
    return {
        'store': str(store.path),
        'dataset': header['dataset'],
        'generator': header['generator'],
        'checksum': header['checksum'],
        'bytes': sum(layout.array_path(store.path, name).stat().st_size for name in layout.ARRAYS),
        'images': len(store),
        'boxes': int(counts.sum()),
        'boxes_per_image': {
            **dict(zip(names, places.tolist(), strict=True)),
            'mean': float(counts.mean()),
            'fine': _fine(*np.histogram(counts, bins=min(40, int(counts.max() - counts.min()) + 1))),
        },
        **shapes.result(),
        'score': scores.result(len(store)),
    }


class _Shapes:
    """Sizes and shapes of boxes."""

    def __init__(self) -> None:
        self.area = np.zeros(len(AREA_EDGES) - 1, np.int64)
        self.aspect = np.zeros(len(ASPECT_EDGES) - 1, np.int64)
        self.fine_area = np.zeros(len(FINE_AREA) - 1, np.int64)
        self.fine_aspect = np.zeros(len(FINE_ASPECT) - 1, np.int64)
        self.shortest, self.longest = np.inf, 0.0

    def add(self, boxes: np.ndarray, sizes: np.ndarray) -> None:
        """Boxes (n, 4), and (height, width) of the image of each."""
        boxes = boxes.astype(np.float64)
        with np.errstate(invalid='ignore'):
            sides = boxes[:, 2:] - boxes[:, :2]
            good = np.isfinite(boxes).all(1) & (sides > 0).all(1)
        sides = sides[good]
        if not len(sides):
            return
        share = np.minimum(sides.prod(1) / sizes[good].prod(1, dtype=np.float64), 1.0)
        aspect = sides[:, 0] / sides[:, 1]
        self.area += np.histogram(share, AREA_EDGES)[0]
        self.aspect += np.histogram(aspect, ASPECT_EDGES)[0]
        # What lies beyond the last bin is counted in it.
        for total, values, edges in (
            (self.fine_area, np.log10(share), FINE_AREA),
            (self.fine_aspect, np.log2(aspect), FINE_ASPECT),
        ):
            total += np.histogram(values.clip(edges[0], edges[-1]), edges)[0]
        self.shortest, self.longest = min(self.shortest, float(sides.min())), max(self.longest, float(sides.max()))

    def result(self) -> dict[str, Any]:
        """The entries ``area``, ``aspect`` and ``side``."""
        total = max(1, int(self.area.sum()))
        return {
            'area': {
                'edges': list(AREA_EDGES),
                'shares': (self.area / total).tolist(),
                'fine': _fine(self.fine_area, FINE_AREA),
            },
            'aspect': {
                # JSON has no infinity.
                'edges': [*ASPECT_EDGES[:-1], None],
                'shares': (self.aspect / total).tolist(),
                'fine': _fine(self.fine_aspect, FINE_ASPECT),
            },
            'side': {'shortest': self.shortest, 'longest': self.longest} if self.area.any() else None,
        }


class _Scores:
    """Range and order of scores."""

    def __init__(self) -> None:
        self.low, self.high, self.sum, self.count, self.unordered = np.inf, -np.inf, 0.0, 0, 0
        self.edges: np.ndarray = np.zeros(0)
        self.curve = np.zeros(_SCORE_BINS, np.int64)

    def add(self, scores: np.ndarray, owner: np.ndarray, images: int) -> None:
        """Scores (n,), and of each the number of its image below ``images``."""
        rising = (scores[1:] > scores[:-1]) & (owner[1:] == owner[:-1])
        self.unordered += int((np.bincount(owner[1:][rising], minlength=images) > 0).sum())
        scores = scores[np.isfinite(scores)].astype(np.float64)
        if len(scores):
            self.low, self.high = min(self.low, float(scores.min())), max(self.high, float(scores.max()))
            self.sum, self.count = self.sum + float(scores.sum()), self.count + len(scores)

    def begin_curve(self) -> None:
        """The range is known from here on."""
        if self.count:
            self.edges = np.histogram_bin_edges([], _SCORE_BINS, (self.low, self.high))

    def add_to_curve(self, scores: np.ndarray) -> None:
        """The same scores again."""
        if self.count:
            self.curve += np.histogram(scores[np.isfinite(scores)].astype(np.float64), self.edges)[0]

    def result(self, images: int) -> dict[str, Any] | None:
        """The entry ``score``; None where there is no finite score."""
        if not self.count:
            return None
        return {
            'min': self.low,
            'max': self.high,
            'mean': self.sum / self.count,
            'distinct': self.high > self.low,
            'falling': images - self.unordered,
            'fine': _fine(self.curve, self.edges),
        }


def _fine(counts: np.ndarray, edges: np.ndarray) -> dict[str, list[float]]:
    return {'edges': np.asarray(edges, float).tolist(), 'shares': (counts / max(1, int(counts.sum()))).tolist()}
