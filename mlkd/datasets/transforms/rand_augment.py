"""Two random operations on each image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from PIL import Image

from mlkd.arguments import check_choice, check_number
from mlkd.datasets.transforms.augment_ops import GEOMETRIC, MAGNITUDES, SIGNED, apply_op, inverse_matrix, source_matrix
from mlkd.datasets.transforms.boxes import warp_boxes
from mlkd.errors import ConfigError
from mlkd.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandAugment(BaseTransform):
    """The variant of the package ``randaugment`` 1.0.2, which ASL and CPSD train with.

    Operations are drawn uniformly and independently, each with a level of its own from 1 to 9, and each is applied with
    a probability; which way, where there are two, is drawn as well (rotations go counter-clockwise). What comes into
    the picture is grey. Not torchvision's, where all operations of an image are applied and share one level.

    Boxes follow the operations that move things: the upright box around the moved one, cut off at the border. See
    :func:`~mlkd.datasets.transforms.boxes.warp_boxes` for those that leave the image.

    Args:
        num_ops: How many operations to draw for each image.
        prob: Probability of each.
        ops: Names of those to draw from; None: all of :data:`~mlkd.datasets.transforms.augment_ops.MAGNITUDES`.

    Raises:
        ConfigError: If an argument makes no sense.
    """

    def __init__(self, num_ops: int = 2, prob: float = 0.5, ops: Sequence[str] | None = None) -> None:
        check_number('RandAugment.num_ops', num_ops, 0, whole=True)
        check_number('RandAugment.prob', prob, 0, 1)
        self.num_ops, self.prob, self.ops = num_ops, prob, tuple(MAGNITUDES if ops is None else ops)
        for name in self.ops:
            check_choice('RandAugment.ops', name, MAGNITUDES)
        if not self.ops:
            raise ConfigError('There is no operation to draw.', where='RandAugment.ops', found=self.ops)

    @property
    def is_random(self) -> bool:
        """Whether images may be changed at all."""
        return self.num_ops > 0 and self.prob > 0

    def choose(self) -> list[tuple[str, float]]:
        """Draw the operations of one image: names and signed magnitudes of those that are applied."""
        chosen = []
        for _ in range(self.num_ops):
            which, level, way, chance = np.random.random_sample(4)  # noqa: NPY002 - the data set seeds this generator
            name = self.ops[int(which * len(self.ops))]
            sign = -1 if name in SIGNED and way < 0.5 else 1
            if chance < self.prob:
                chosen.append((name, sign * MAGNITUDES[name][1 + int(level * 9)]))
        return chosen

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Change the image, its boxes with it."""
        chosen = self.choose()
        if not chosen:
            return results
        # Grey values and the fill of a hole depend on which channel is red.
        img = Image.fromarray(cv2.cvtColor(results['img'], cv2.COLOR_BGR2RGB))
        for name, magnitude in chosen:
            img = apply_op(img, name, magnitude)
            if name in GEOMETRIC:
                warp_boxes(results, inverse_matrix(source_matrix(name, magnitude, img.size)))
        results['img'] = cv2.cvtColor(np.asarray(img), cv2.COLOR_RGB2BGR)
        return results
