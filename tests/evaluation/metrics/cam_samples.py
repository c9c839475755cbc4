"""Samples with class maps for the metrics of these."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from mlkd.structures import MultiLabelDataSample

#: (height, width) of the images.
SIZE = (60, 80)


def cam_sample(objects: list[tuple], maps: np.ndarray, **meta: Any) -> MultiLabelDataSample:
    """One image.

    Args:
        objects: (class, difficult, x1, y1, x2, y2) of each.
        maps: (K, h, w).
        meta: Over the metainfo.
    """
    items = [{'bbox': list(box), 'bbox_label': k, 'ignore_flag': hard} for k, hard, *box in objects]
    facts = {'img_path': 'a.jpg', 'ori_shape': SIZE, 'img_shape': SIZE, 'instances': items, **meta}
    sample = MultiLabelDataSample(metainfo=facts)
    sample.pred_maps = torch.as_tensor(maps, dtype=torch.float32)
    label = np.zeros(len(maps), int)
    label[[k for k, *_ in objects]] = 1
    return sample.set_gt_label(label)


def block(x1: int, y1: int, x2: int, y2: int, value: float = 1.0, around: float = 0.0) -> np.ndarray:
    """A map of a cell per pixel, that has a value in a box and another around it."""
    cells = np.full(SIZE, around)
    cells[y1:y2, x1:x2] = value
    return cells
