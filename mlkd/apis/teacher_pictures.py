"""What a teacher makes of single images: its detections, and the weights of its proposals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from torch import Tensor

from mlkd.apis.run_pictures import stored_image
from mlkd.apis.stage_network import StageNetwork
from mlkd.errors import ConfigError
from mlkd.fileio import printable
from mlkd.structures import boxes_in_original
from mlkd.visualization import ClassBoxes, TeacherItem

#: A class is likely that scores this share of the highest at least.
_LIKELY = 0.5
#: A second detection of a class is shown if it scores this share of the best one.
_ALSO = 0.25


def check_teacher(network: StageNetwork) -> None:
    """Raise unless the network weighs proposals.

    Raises:
        ConfigError: If it is no WSDDN.
    """
    if not hasattr(getattr(network.model, 'bbox_head', None), 'roi_scores'):
        raise ConfigError(
            'The network does not weigh proposals.',
            where=f'stage {network.stage}',
            found=type(network.model).__name__,
            expected='a WSDDN',
            fix='name the stage of the teacher with --stage',
        )


@torch.no_grad()
def proposal_weights(network: StageNetwork, packed: Mapping[str, Any]) -> tuple[Tensor, Tensor]:
    """Weight sigma_det x sigma_cls of each proposal for each class.

    Args:
        network: A WSDDN.
        packed: A packed sample with proposals.

    Returns:
        Boxes (R, 4), xyxy pixels of the image as it was stored, and S (R, K), which sums to p over the proposals.
    """
    data = network.model.data_preprocessor(pseudo_collate([packed]), False)
    _, weights = network.model(**data, mode='tensor')
    sample = data['data_samples'][0]
    return boxes_in_original(sample.proposals.bboxes, sample).cpu(), weights.cpu()


def teacher_item(
    network: StageNetwork, packed: Mapping[str, Any], entry: Mapping[str, Any], detections: int, weighed: int
) -> TeacherItem:
    """One image of the sheet.

    Args:
        network: A WSDDN.
        packed: The sample.
        entry: What the data set says about the image: ``img_key``, ``gt_label``, ``instances``.
        detections: At most so many per class.
        weighed: So many proposals per class that is in the image; where none is, per likely class.
    """
    sample = network.predict(packed)
    boxes, labels, scores = (sample.pred_instances[key].numpy() for key in ('bboxes', 'labels', 'scores'))
    p = sample.pred_score.numpy()
    present = np.flatnonzero(np.asarray(entry['gt_label']) == 1).tolist()
    likely = [int(k) for k in np.argsort(-p, kind='stable')[:3] if p[k] >= _LIKELY * p.max()]
    detected = []
    for k in dict.fromkeys([*present, *likely]):
        best = [i for i in np.argsort(-scores, kind='stable') if labels[i] == k][:detections]
        best = [i for i in best if scores[i] >= _ALSO * scores[best[0]]]
        detected.append(ClassBoxes(k, boxes[best].reshape(-1, 4), scores[best], k in present))
    proposals, weights = (value.numpy() for value in proposal_weights(network, packed))
    groups = []
    for k in present or likely:
        top = np.argsort(-weights[:, k], kind='stable')[:weighed]
        share = float(weights[top, k].sum() / max(float(weights[:, k].sum()), 1e-12))
        groups.append(ClassBoxes(k, proposals[top], weights[top, k], k in present, share))
    objects = np.array([item['bbox'] for item in entry.get('instances', ())], np.float64).reshape(-1, 4)
    return TeacherItem(stored_image(packed, sample), printable(str(entry['img_key'])), objects, detected, groups)
