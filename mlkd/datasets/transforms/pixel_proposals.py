"""Proposals that name pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

from mlkd.datasets.transforms.boxes import PROPOSALS, map_boxes
from mlkd.registry import TRANSFORMS


@TRANSFORMS.register_module()
class PixelProposals(BaseTransform):
    """Truncate the corners of proposals to pixels of the frame, 0 to side - 1.

    So the text lists of the reference implementation hold them (:func:`mlkd.proposals.formats.datalist.to_frame`): put
    it behind the resize, and ``MirrorFlip(pixel_boxes=True)`` behind it. Boxes of the annotation stay as they are.
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Truncate; a sample without proposals stays as it is."""
        height, width = results['img_shape']
        last = np.array([width, height, width, height], np.float32) - 1
        # In float32: a whole pixel that another frame's size made 1e-13 short of whole is whole again.
        map_boxes(results, lambda boxes: np.trunc(boxes.astype(np.float32)).clip(0, last), (PROPOSALS,))
        return results
