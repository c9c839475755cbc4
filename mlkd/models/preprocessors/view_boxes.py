"""Boxes follow their image into a view."""

from __future__ import annotations

from typing import Literal

import torch
from mmdet.structures import DetDataSample
from mmdet.structures.bbox import get_box_tensor
from torch import Tensor

BoxRounding = Literal['none', 'floor']


def rescale_boxes(
    bboxes: Tensor, old_size: tuple[int, int], new_size: tuple[int, int], rounding: BoxRounding = 'none'
) -> Tensor:
    """Boxes of an image that is resized.

    Args:
        bboxes: float32 (R, 4), xyxy pixels of the image before.
        old_size: (height, width) before.
        new_size: (height, width) after.
        rounding: ``'none'``, or ``'floor'`` as the reference implementation does it: each coordinate is truncated to
            an integer, scaled, and floored (Caffe layers ``human_att_data_layer`` and ``wsd_roigen_single_scale``).

    Returns:
        float32 (R, 4), xyxy pixels of the image after.
    """
    new, old = (bboxes.new_tensor([w, h, w, h]) for h, w in (new_size, old_size))
    if rounding == 'none':
        return bboxes if new_size == old_size else bboxes * (new / old)
    # In integers, so that 3 * 33 of 672 pixels is 33 of 224 and not 32.999.
    scaled = bboxes.long() * new.long()
    return torch.div(scaled, old.long(), rounding_mode='floor').to(bboxes.dtype)


def move_sample(
    sample: DetDataSample,
    new_size: tuple[int, int],
    padded_size: tuple[int, int],
    rounding: BoxRounding = 'none',
) -> None:
    """Bring a sample's boxes and sizes into the view, in place.

    Proposals are rounded; the boxes of the annotation, which only evaluation sees, are not.

    Args:
        sample: A copy; its boxes are in pixels of a frame of ``img_shape``.
        new_size: (height, width) of the image in the view.
        padded_size: (height, width) of the view.
        rounding: See :func:`rescale_boxes`.
    """
    old_size = tuple(sample.img_shape[:2])
    for name in ('proposals', 'gt_instances', 'ignored_instances'):
        instances = sample.get(name)
        if instances is not None and 'bboxes' in instances:
            how = rounding if name == 'proposals' else 'none'
            instances.bboxes = rescale_boxes(get_box_tensor(instances.bboxes), old_size, new_size, how)
    before = sample.get('scale_factor', (1.0, 1.0))
    sample.set_metainfo(
        {
            'img_shape': new_size,
            'batch_input_shape': padded_size,
            'pad_shape': padded_size,
            'scale_factor': (before[0] * new_size[1] / old_size[1], before[1] * new_size[0] / old_size[0]),
        }
    )
