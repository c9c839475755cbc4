"""Class maps as a segmentation, where there are masks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.logging import print_log
from PIL import Image

from mlkd.errors import DataError, MLKDError
from mlkd.evaluation.functional import VOID, intersection_over_union, pixel_counts, points_at_mask
from mlkd.evaluation.functional.cam_pointing import TOLERANCE, highest_pixel
from mlkd.evaluation.functional.cam_segmentation import normalised
from mlkd.registry import METRICS
from mlkd.structures import maps_in_original

from .maps_of_sample import checked_maps
from .reporting_metric import ReportingMetric, percent_mean

#: Thresholds of the background that are tried (Puzzle-CAM's evaluation).
THRESHOLDS = tuple(i / 20 for i in range(1, 16))


@dataclass(frozen=True)
class Segmented:
    """One image.

    Attributes:
        counts: int64 (n, 4) of the pixels: threshold, class of the mask, class of the maps, how many.
        num_classes: K.
        pointed: int64 (m, 2): the classes of the mask, and whether the highest pixel of their map is on it.
    """

    counts: np.ndarray
    num_classes: int
    pointed: np.ndarray


@METRICS.register_module()
class CAMSegmentationMetric(ReportingMetric):
    """Mean intersection over union of class maps with masks, in percent.

    The maps of the classes that an image is labelled with are normalised; a pixel is of the class whose map is highest
    there, or of the background where none is above a threshold. ``seg/mIoU`` is that at the threshold given,
    ``seg/mIoU_best`` at the best for all images, ``seg/threshold``; means over background and classes, of which those
    are left out that neither masks nor maps have. ``seg/pointing``: how often the highest pixel of a class's map is on
    its mask. The rules are in ``docs/metrics.md``.

    Args:
        folder: Of the masks, beside that of the images: ``FOLDER/NAME.png``, with the background as 0, the first class
            as 1, void as 255, as PASCAL VOC has them.
        threshold: Of ``seg/mIoU``.
        tolerance: Of the pointing game, in pixels of the image as it was stored.
        required: Whether it is an error if no image has a mask; else nothing is measured then. Images without a mask do
            not count.
        collect_device: ``'cpu'`` or ``'gpu'``, as in MMEngine.
        prefix: Put before each name, with a slash; ``'seg'`` by default.

    Raises:
        ConfigError: If an argument makes no sense.
    """

    default_prefix = 'seg'

    def __init__(
        self,
        folder: str = 'SegmentationClass',
        threshold: float = 0.3,
        tolerance: float = TOLERANCE,
        required: bool = True,
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device, prefix)
        if not isinstance(folder, str):
            raise self.wrong('folder', folder, 'the name of a folder')
        if not isinstance(threshold, (int, float)) or not 0 <= threshold < 1:
            raise self.wrong('threshold', threshold, 'a number from 0 to below 1')
        if not isinstance(tolerance, (int, float)) or not 0 <= tolerance < np.inf:
            raise self.wrong('tolerance', tolerance, 'pixels, at least 0')
        self.folder, self.threshold, self.tolerance, self.required = folder, threshold, tolerance, required
        self.thresholds = sorted({*THRESHOLDS, float(threshold)})

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Count the pixels of a batch.

        Args:
            data_batch: Not used.
            data_samples: Samples as dicts, with ``pred_maps``, ``gt_label`` and ``img_path``.

        Raises:
            DataError: If a mask cannot be read or is not of its image.
            MLKDError: If the network gave no maps.
        """
        for sample in data_samples:
            path = self._mask_path(sample)
            self.results.append(self._segmented(sample, path) if path.is_file() else None)
            self._last_path = path

    def compute_metrics(self, results: list[Segmented | None]) -> dict[str, float]:
        """All numbers in percent from what :meth:`process` kept, of all processes."""
        found = [each for each in results if each is not None]
        if not found:
            if self.required:
                raise DataError(
                    'No image has a mask to compare class maps with.',
                    where=self._last_path.parent if results else None,
                    expected=f'masks as {self._last_path}' if results else 'at least one image',
                    fix='leave CAMSegmentationMetric out of the evaluator, or name the folder of the masks',
                )
            print_log(f'No image has a mask in {self.folder}: no mIoU.', logger='current')
            return {}
        classes = (self.dataset_meta or {}).get('classes') or map(str, range(found[0].num_classes))
        names = ['background', *classes]
        size = len(names)
        counts = np.zeros((len(self.thresholds), size, size), np.int64)
        hits, pointed = np.zeros(size, np.int64), np.zeros(size, np.int64)
        for each in found:
            np.add.at(counts, tuple(each.counts[:, :3].T), each.counts[:, 3])
            np.add.at(hits, each.pointed[:, 0] + 1, each.pointed[:, 1])
            np.add.at(pointed, each.pointed[:, 0] + 1, 1)
        iou = intersection_over_union(counts)
        means = [percent_mean(row) for row in iou]
        # No mean where all masks are void.
        given, best = self.thresholds.index(float(self.threshold)), int(np.argmax(np.nan_to_num(means, nan=-1)))
        pointing = np.divide(hits, pointed, out=np.full(size, np.nan), where=pointed > 0)
        columns = {
            'pixels': counts[given].sum(1),
            'IoU': iou[given],
            'IoU_best': iou[best],
            'positives': pointed,
            'pointing': pointing,
        }
        left_out = np.flatnonzero(np.isnan(iou[given])).tolist()
        curve = [[threshold, value] for threshold, value in zip(self.thresholds, means, strict=True)]
        self.report(len(found), names, left_out, columns, without_mask=len(results) - len(found), swept=curve)
        return {
            'mIoU': means[given],
            'mIoU_best': means[best],
            'threshold': 100 * self.thresholds[best],
            'pointing': percent_mean(pointing),
        }

    def _mask_path(self, sample: Mapping[str, Any]) -> Path:
        image = Path(str(sample.get('img_path', '')))
        depth = len(Path(str(sample.get('img_key', f'x/{image.name}'))).parts)
        root = image.parents[min(depth, len(image.parents)) - 1] if image.parents else image
        return root / self.folder / f'{image.stem}.png'

    def _segmented(self, sample: Mapping[str, Any], path: Path) -> Segmented:
        if 'pred_maps' not in sample:
            raise MLKDError(
                'A sample whose class maps are to be measured has none.',
                where=sample['img_path'],
                found=', '.join(sorted(map(str, sample))),
                expected='pred_maps',
                fix='set test_cfg=dict(class_maps=True) in the model, or run tools/test.py with --cam',
            )
        label = torch.as_tensor(sample['gt_label'])
        mask = read_mask(path, len(label), sample['ori_shape'][:2])
        present = (label == 1).nonzero()[:, 0].cpu().numpy()
        maps = checked_maps(sample['pred_maps'], range(len(label)), str(sample['img_path']))
        raw = maps_in_original(maps, sample).cpu().numpy()
        counts = pixel_counts(normalised(raw[present]), present.tolist(), mask, self.thresholds, len(label))
        places = np.argwhere(counts)
        classes = [k for k in range(len(label)) if (mask == k + 1).any()]
        hits = [points_at_mask(highest_pixel(raw[k]), mask == k + 1, self.tolerance) for k in classes]
        pointed = np.array([classes, hits], np.int64).T.reshape(-1, 2)
        return Segmented(np.column_stack([places, counts[tuple(places.T)]]), len(label), pointed)


def read_mask(path: str | Path, num_classes: int, size: Sequence[int]) -> np.ndarray:
    """Read a mask of PASCAL VOC: a PNG file whose values, not colours, are the classes.

    Args:
        path: The file.
        num_classes: K, without the background.
        size: (height, width) of the image.

    Returns:
        uint8 (H, W): 0 the background, k + 1 class k, 255 void.

    Raises:
        DataError: If it cannot be read, is coloured, of another size, or has another value.
    """
    try:
        with Image.open(path) as file:
            mode, mask = file.mode, np.array(file)
    except (OSError, ValueError, SyntaxError) as error:
        raise DataError('A mask cannot be read.', where=path, found=error, fix='unpack the data again') from error
    if mode not in ('P', 'L') or mask.shape != tuple(size):
        found = f'mode {mode}, {mask.shape[0]} x {mask.shape[1]} pixels'
        expected = f'a PNG with a palette or grey values, {size[0]} x {size[1]} pixels as the image'
        raise DataError('A mask is not that of its image.', where=path, found=found, expected=expected)
    wrong = (mask > num_classes) & (mask != VOID)
    if wrong.any():
        expected = f'0 to {num_classes}, {VOID} for void'
        raise DataError('A mask has a value of no class.', where=path, found=int(mask[wrong][0]), expected=expected)
    return mask
