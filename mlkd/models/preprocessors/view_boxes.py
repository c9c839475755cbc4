"""Boxes follow their image into a view."""

from __future__ import annotations

from typing import Literal

import torch
from mmdet.structures import DetDataSample
from mmdet.structures.bbox import get_box_tensor
from torch import Tensor

BoxRounding = Literal['none', 'floor']


def rescale_boxes(
    bboxes: Tensor,
    old_size: tuple[int, int],
    new_size: tuple[int, int],
    rounding: BoxRounding = 'none',
    mirrored: bool = False,
) -> Tensor:
    """Boxes of an image that is resized.

    Args:
        bboxes: float32 (R, 4), xyxy pixels of the image before.
        old_size: (height, width) before.
        new_size: (height, width) after.
        rounding: ``'none'``, or ``'floor'`` as the reference implementation does it: each coordinate is truncated to
            an integer, scaled, and floored (Caffe layers ``human_att_data_layer`` and ``wsd_roigen_single_scale``).
        mirrored: With ``'floor'``: the boxes are of a mirrored image, x being W - 1 - x, and are to be floored as those
            of the image before and then mirrored, in which order ``human_att_data_layer`` does it.

    Returns:
        float32 (R, 4), xyxy pixels of the image after.
    """
    new, old = (bboxes.new_tensor([w, h, w, h]) for h, w in (new_size, old_size))
    if rounding == 'none':
        return bboxes if new_size == old_size else bboxes * (new / old)
    whole = _mirrored(bboxes.long(), old_size[1]) if mirrored else bboxes.long()
    # In integers, so that 3 * 33 of 672 pixels is 33 of 224 and not 32.999.
    floored = torch.div(whole * new.long(), old.long(), rounding_mode='floor')
    return (_mirrored(floored, new_size[1]) if mirrored else floored).to(bboxes.dtype)


def _mirrored(bboxes: Tensor, width: int) -> Tensor:
    x1, y1, x2, y2 = bboxes.unbind(1)
    return torch.stack([width - 1 - x2, y1, width - 1 - x1, y2], dim=1)


def move_sample(
    sample: DetDataSample,
    new_size: tuple[int, int],
    padded_size: tuple[int, int],
    rounding: BoxRounding = 'none',
    extra_scale: bool = False,
) -> None:
    """Bring a sample's boxes and sizes into the view, in place.

    Proposals are rounded; the boxes of the annotation, which only evaluation sees, are not.

    Args:
        sample: A copy; its boxes are in pixels of a frame of ``img_shape``.
        new_size: (height, width) of the image in the view.
        padded_size: (height, width) of the view.
        rounding: See :func:`rescale_boxes`.
        extra_scale: Whether the size is one that was drawn, to which the reference implementation brings an image
            before it is mirrored.
    """
    mirrored = extra_scale and bool(sample.get('flip', False))
    old_size = tuple(sample.img_shape[:2])
    for name in ('proposals', 'gt_instances', 'ignored_instances'):
        instances = sample.get(name)
        if instances is not None and 'bboxes' in instances:
            how = rounding if name == 'proposals' else 'none'
            instances.bboxes = rescale_boxes(get_box_tensor(instances.bboxes), old_size, new_size, how, mirrored)
    before = sample.get('scale_factor', (1.0, 1.0))
    sample.set_metainfo(
        {
            'img_shape': new_size,
            'batch_input_shape': padded_size,
            'pad_shape': padded_size,
            'scale_factor': (before[0] * new_size[1] / old_size[1], before[1] * new_size[0] / old_size[0]),
        }
    )
