"""EdgeBoxes through OpenCV."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from mlkd.fileio import checksum
from mlkd.proposals.generators.base import ProposalGenerator
from mlkd.proposals.generators.image_edges import gradient_edges, thin_edges
from mlkd.proposals.generators.opencv import require_ximgproc, shrink
from mlkd.proposals.generators.structured_edges import read_structured_edges
from mlkd.proposals.generators.tidying import tidy
from mlkd.registry import GENERATORS

#: cv2.ximgproc looks the length of a box's sides up in a table of this length, without a check.
_LONG_SIDE = 8000


@GENERATORS.register_module()
class EdgeBoxes(ProposalGenerator):
    """Boxes that many contours lie in and few cross (Zitnick and Dollar, ECCV 2014), through ``cv2.ximgproc``.

    Args:
        model: File of a structured edge detector (OpenCV's ``model.yml.gz``); None for edges from the image's gradient.
        alpha: Step of the search, as the IoU of neighbours.
        beta: Of boxes that overlap by more than this IoU, the best is kept.
        eta: By which beta is multiplied after each box kept; below 1 the first boxes are near, the later far apart.
        min_score: Boxes with a lower score are left out. An image without any other gets the whole image, with this.
        min_box_area: The smallest boxes looked for, in pixels of the image that is searched.
        max_aspect_ratio: Of the boxes, either way.
        short_side: Images larger than this are searched with a shorter side of so many pixels.
        max_boxes: At most so many are kept, the best.

    Raises:
        ConfigError: If an argument is out of its range, there is no such model, or OpenCV has no EdgeBoxes.
    """

    def __init__(
        self,
        model: str | None = None,
        alpha: float = 0.65,
        beta: float = 0.75,
        eta: float = 1,
        min_score: float = 0.01,
        min_box_area: float = 300,
        max_aspect_ratio: float = 3,
        short_side: int = 400,
        max_boxes: int = 2000,
    ) -> None:
        self.model, self.alpha, self.beta, self.eta, self.min_score = model, alpha, beta, eta, min_score
        self.min_box_area, self.max_aspect_ratio = min_box_area, max_aspect_ratio
        self.short_side, self.max_boxes = short_side, max_boxes
        self.check_settings(
            {
                'model': model is not None and not Path(model).is_file() and 'a file, or None for gradient edges',
                'alpha': not 0.3 <= alpha <= 0.95 and '0.3 to 0.95',
                'beta': not 0 < beta <= 1 and 'above 0, at most 1',
                'eta': not 0.9 <= eta <= 1 and '0.9 to 1',
                'min_score': not 0 < min_score < 1 and 'between 0 and 1',
                'min_box_area': min_box_area < 16 and 'at least 16 pixels',
                'max_aspect_ratio': not 1 <= max_aspect_ratio <= 20 and '1 to 20',
                'short_side': not 16 <= short_side <= _LONG_SIDE and f'16 to {_LONG_SIDE} pixels',
                'max_boxes': max_boxes < 1 and 'at least 1',
            }
        )
        require_ximgproc('EdgeBoxes')

    @property
    def settings(self) -> dict[str, Any]:
        """The constructor's arguments; of the model its name and what is in it, wherever it lies."""
        model = self.model and {'file': Path(self.model).name, 'sha256': checksum(self.model)}
        return {**super().settings, 'model': model}

    def __call__(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Boxes of one image, float32 (R, 4), and their scores (R,), best first."""
        small, factors = shrink(image, self.short_side, _LONG_SIDE)
        # Each image needs a search of its own: OpenCV's keeps part of its index from one image to the next.
        search = cv2.ximgproc.createEdgeBoxes(
            alpha=self.alpha,
            beta=self.beta,
            eta=self.eta,
            minScore=self.min_score,
            maxBoxes=self.max_boxes,
            maxAspectRatio=self.max_aspect_ratio,
            minBoxArea=self.min_box_area,
        )
        rects, scores = search.getBoundingBoxes(*self._edges(small))
        if scores is None:
            rects, scores = np.zeros((0, 4)), np.zeros(0)
        boxes = np.asarray(rects, np.float64)
        # (x, y, w, h) of the first pixel, counted from one, and the distance from it to the last.
        boxes = np.concatenate([boxes[:, :2] - 1, boxes[:, :2] + boxes[:, 2:]], 1)
        return tidy(boxes * factors, scores, image.shape[:2], self.max_boxes, self.min_score)

    def prepare(self) -> None:
        """Read the model.

        Raises:
            ConfigError: If it is no structured edge detector.
        """
        if self.model is not None:
            self._detector  # noqa: B018

    def _edges(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Strength of thin edges, and the angle across them."""
        if self.model is None:
            strength, normal = gradient_edges(image)
            return thin_edges(strength, normal), normal
        strength = self._detector.detectEdges(cv2.cvtColor(image, cv2.COLOR_BGR2RGB).astype(np.float32) / 255)
        normal = self._detector.computeOrientation(strength)
        return self._detector.edgesNms(strength, normal), normal

    @cached_property
    def _detector(self) -> Any:
        return read_structured_edges(str(self.model))

    def __getstate__(self) -> dict[str, Any]:
        """Without the detector, which each process reads for itself."""
        return {name: value for name, value in vars(self).items() if name != '_detector'}
