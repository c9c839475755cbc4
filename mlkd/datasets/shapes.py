"""Shapes: a multi-label data set that is drawn, not downloaded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from mlkd.arguments import check_choice, check_number
from mlkd.datasets.base import MultiLabelDataset
from mlkd.datasets.entries import instance
from mlkd.datasets.shapes_drawing import draw, visible_parts
from mlkd.datasets.shapes_labels import CLASSES
from mlkd.datasets.shapes_scene import DIFFICULT_BELOW, LEAST_VISIBLE, Scene, compose
from mlkd.registry import DATASETS

#: What the seeds of the splits begin with, so that no image is in two.
SPLITS = {'train': 1, 'test': 2, 'val': 3}
#: So many drawings are kept in each process, for the next epoch: 300 MB of 128 x 128 pixels.
KEPT = 6000
#: On smaller images the smallest objects are a few pixels.
LEAST_SIZE = 32


@dataclass(frozen=True)
class ShapesImage:
    """One image of Shapes, the same whenever and wherever it is asked for.

    Attributes:
        data_seed: Of the data set.
        split: Key of :data:`SPLITS`.
        index: Number of the image in its split.
        size: Side in pixels.
        hidden: Positions of things that are taken out, as they would be covered too far; None: still to be found.
    """

    data_seed: int
    split: str
    index: int
    size: int
    hidden: tuple[int, ...] | None = None

    def __call__(self) -> np.ndarray:
        """Draw it: uint8 (size, size, 3), BGR."""
        # A copy, so that what a transform does to it stays with the sample.
        return _drawn(self).copy()

    def scene(self) -> Scene:
        """What is in it."""
        scene = compose(np.random.default_rng([self.data_seed, SPLITS[self.split], self.index]))
        hidden = self.hidden
        if hidden is None:
            _, shares = visible_parts(scene, self.size)
            hidden = tuple(np.flatnonzero(shares < LEAST_VISIBLE).tolist())
        return scene.without(hidden)

    def entry(self) -> dict[str, Any]:
        """Its entry in the data set."""
        whole = replace(self, hidden=()).scene()
        boxes, shares = visible_parts(whole, self.size)
        hidden = tuple(np.flatnonzero(shares < LEAST_VISIBLE).tolist())
        scene = whole.without(hidden)
        if hidden:
            boxes, shares = visible_parts(scene, self.size)
        key = f'{self.split}/{self.index:06d}.png'
        return {
            'img_path': f'shapes-{self.data_seed}/{key}',
            'img_key': key,
            'img_id': self.index,
            'height': self.size,
            'width': self.size,
            'gt_label': scene.labels(),
            'instances': [
                instance(box, thing.label, bool(share < DIFFICULT_BELOW))
                for thing, box, share in zip(scene.things, boxes, shares, strict=True)
                if thing.label >= 0
            ],
            'render': replace(self, hidden=hidden),
        }


@lru_cache(maxsize=KEPT)
def _drawn(image: ShapesImage) -> np.ndarray:
    return draw(image.scene(), image.size)


@lru_cache(maxsize=4 * KEPT)
def _entry(image: ShapesImage) -> dict[str, Any]:
    """Kept, as each stage of a recipe asks for it anew."""
    return image.entry()


@DATASETS.register_module()
class Shapes(MultiLabelDataset):
    """Drawn images of 24 forms on cluttered backgrounds; nothing is downloaded or written.

    Each image is a function of (``data_seed``, ``split``, its number) alone: a larger ``num_images`` adds images and
    leaves the others as they are, and the same scene can be had in any ``size``. Which labels go together and which
    exclude each other stands in :mod:`mlkd.datasets.shapes_labels`. Boxes hold what can be seen of an object; objects
    of which less than 0.6 can be seen are difficult, and none has less than 0.3.

    Args:
        split: ``'train'``, ``'val'`` (to choose settings on) or ``'test'``.
        size: Side of the images in pixels.
        num_images: How many.
        data_seed: Another seed gives another data set.
        kwargs: See :class:`~mlkd.datasets.base.MultiLabelDataset`. ``data_root`` serves for a relative
            ``proposal_file`` alone.

    Raises:
        ConfigError: If an argument is out of its range.
    """

    METAINFO = {'classes': CLASSES}
    READS_FILES = False

    def __init__(
        self, split: str = 'train', size: int = 128, num_images: int = 2000, data_seed: int = 0, **kwargs: Any
    ) -> None:
        check_choice('Shapes.split', split, SPLITS)
        check_number('Shapes.size', size, LEAST_SIZE, whole=True)
        check_number('Shapes.num_images', num_images, 1, whole=True)
        check_number('Shapes.data_seed', data_seed, 0, whole=True)
        self.split, self.size, self.num_images, self.data_seed = split, size, num_images, data_seed
        super().__init__(**kwargs)

    def load_data_list(self) -> list[dict]:
        """Compose all scenes; the images are drawn when they are loaded."""
        # So that proposals of other drawings are not taken for those of these.
        self._metainfo.setdefault('dataset_name', f'shapes-{self.data_seed}')
        return [dict(_entry(ShapesImage(self.data_seed, self.split, i, self.size))) for i in range(self.num_images)]
