"""The end of a pipeline."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmengine.structures import InstanceData
from torch import Tensor

from mlkd.registry import TRANSFORMS
from mlkd.structures import MultiLabelDataSample

#: What a sample carries along beside its tensors, where it is there.
META_KEYS = (
    *('img_id', 'img_key', 'img_path', 'ori_shape', 'img_shape', 'scale_factor', 'flip', 'fold', 'sample_idx'),
)


@TRANSFORMS.register_module()
class PackMultiLabel(BaseTransform):
    """Make a sample of what the pipeline has gathered.

    Boxes of the annotation are packed in test mode only: they never reach training. ``gt_instances``, and as
    ``ignored_instances`` those that evaluation leaves out, follow the frame; ``instances``, which metrics take
    (MMDetection's too), are the objects of the entry as they are, in pixels of the image as it was stored.

    Args:
        meta_keys: Names of further results to carry along.
    """

    def __init__(self, meta_keys: tuple[str, ...] = ()) -> None:
        self.meta_keys = (*META_KEYS, *meta_keys)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Pack.

        Returns:
            ``inputs``: uint8 (3, H, W), BGR; ``data_samples``: a :class:`~mlkd.structures.MultiLabelDataSample`.
        """
        sample = MultiLabelDataSample()
        for key in self.meta_keys:
            if key in results:
                # As set_metainfo() does, which copies deeply and takes its time.
                sample.set_field(results[key], key, field_type='metainfo')
        if 'gt_label' in results:
            sample.gt_label = torch.from_numpy(np.asarray(results['gt_label'], np.int64))
        if 'proposals' in results:
            sample.proposals = InstanceData(
                bboxes=_float_tensor(results['proposals']), scores=_float_tensor(results['proposal_scores'])
            )
        if results.get('test_mode') and 'gt_bboxes' in results:
            ignore = results['gt_ignore_flags']
            sample.gt_instances = _ground_truth(results, ~ignore)
            sample.ignored_instances = _ground_truth(results, ignore)
            if 'instances' in results:
                sample.set_field(results['instances'], 'instances', field_type='metainfo')
        return {'inputs': as_frame(results['img']), 'data_samples': sample}


def as_frame(img: np.ndarray) -> Tensor:
    """An image as a tensor, in the image's memory where that can be written to and has no gaps.

    Args:
        img: uint8 (H, W, 3).

    Returns:
        uint8 (3, H, W), laid out as the image: channels last.
    """
    return torch.from_numpy(np.require(img, requirements=('C', 'W'))).permute(2, 0, 1)


def _ground_truth(results: dict[str, Any], rows: np.ndarray) -> InstanceData:
    return InstanceData(
        bboxes=_float_tensor(results['gt_bboxes'][rows]), labels=torch.from_numpy(results['gt_bboxes_labels'][rows])
    )


def _float_tensor(array: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(array, np.float32))
