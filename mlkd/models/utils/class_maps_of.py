"""Where a network sees each label: one map per label, whatever the network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmdet.structures import DetDataSample
from torch import Tensor, nn

from mlkd.errors import ConfigError

from .precision import at_least_float32
from .rois import samples_to_rois

#: Pixels of the view that a cell of a detector's maps is wide.
_BOX_STRIDE = 8


def class_maps_of(
    network: nn.Module, inputs: Tensor, samples: Sequence[DetDataSample] = (), gradients: bool = False
) -> Tensor:
    """A raw map for each image and label, spread evenly over the view.

    * A classifier with a head of class maps: these (Zhou et al., CVPR 2016).
    * One whose head is linear in the pooled features: its weights, without biases, applied to each cell.
    * A detector that scores proposals: at each place the sum of the scores of the boxes around it.
    * Other classifiers, with ``gradients``: Grad-CAM (Selvaraju et al., ICCV 2017) at the last feature map, before the
      ReLU. For those of the second kind with mean pooling it is their class map, divided by the number of cells.

    Args:
        network: In eval mode.
        inputs: A view (B, 3, H, W).
        samples: B samples, boxes in pixels of the view; detectors need their proposals.
        gradients: Whether networks that have no maps of their own get those of gradients.

    Returns:
        float32 (B, K, h, w), of any sign; detached.

    Raises:
        ConfigError: If the network has no maps; says why.
        ProposalError: If a detector is given samples without proposals.
    """
    net: Any = network
    with torch.no_grad():
        feats = net.extract_feat(inputs) if hasattr(network, 'extract_feat') else None
        if feats is not None and hasattr(network, 'bag_logits'):
            return _box_maps(net, inputs, feats, samples)
    missing = no_class_maps(network)
    if missing is None and feats is not None:
        with torch.no_grad():
            return class_maps(network, feats)
    if gradients and feats is not None and hasattr(network, 'image_logits'):
        return _gradient_maps(net, feats)
    raise missing or ConfigError('The network has no feature maps.', where='model', found=type(network).__name__)


def no_class_maps(network: nn.Module) -> ConfigError | None:
    """Why a classifier has no class maps of its own, as an error to raise; None if it has."""
    head, neck = getattr(network, 'head', None), getattr(network, 'neck', None)
    if hasattr(head, 'class_maps'):
        return None
    if hasattr(head, 'class_weights') and getattr(neck, 'pools_alone', False):
        return None
    return ConfigError(
        'The network has no class maps: its logits are not linear in a feature map that is only pooled.',
        where='model',
        found=f'{type(network).__name__} with the neck {type(neck).__name__} and the head {type(head).__name__}',
        expected='a CAMHead, or a linear head as MultiLabelHead right behind GlobalPool (not behind fully connected '
        'layers, as those of VGG16); or a WSDDN',
        fix="use neck=dict(type='GlobalPool'), or look at maps from gradients: mlkd cam --gradients",
    )


def class_maps(network: nn.Module, feats: Sequence[Tensor]) -> Tensor:
    """Raw class maps (B, K, h, w), float32, of a classifier's feature maps, with gradients where these have them.

    Raises:
        ConfigError: If the network has none.
    """
    missing = no_class_maps(network)
    if missing is not None:
        raise missing
    net: Any = network
    if hasattr(net.head, 'class_maps'):
        return at_least_float32(net.head.class_maps(net.neck(feats)))
    return F.conv2d(at_least_float32(feats[-1]), at_least_float32(net.head.class_weights())[..., None, None])


def box_maps(boxes: Tensor, scores: Tensor, view: tuple[int, int], grid: tuple[int, int]) -> Tensor:
    """At each cell the sum of the scores of the boxes that its centre lies in.

    Args:
        boxes: (R, 4), xyxy pixels of the view.
        scores: (R, K).
        view: (height, width) in pixels.
        grid: (height, width) in cells.

    Returns:
        float32 (K, h, w).
    """
    inside = []
    for axis, (pixels, cells) in enumerate(zip(view[::-1], grid[::-1], strict=True)):
        centres = (torch.arange(cells, device=boxes.device) + 0.5) * pixels / cells
        inside.append(((boxes[:, axis, None] <= centres) & (centres < boxes[:, axis + 2, None])).float())
    return torch.einsum('rk,rh,rw->khw', scores.float(), inside[1], inside[0])


def _box_maps(net: Any, inputs: Tensor, feats: tuple[Tensor, ...], samples: Sequence[DetDataSample]) -> Tensor:
    rois, proposal_scores = samples_to_rois(samples)
    index = rois[:, 0].long()
    logits = net.bag_logits(net.roi_feats(feats[-1], rois, proposal_scores))
    return detector_maps(rois, net.bbox_head.roi_scores(*logits, index, len(samples)), inputs)


def detector_maps(rois: Tensor, scores: Tensor, inputs: Tensor) -> Tensor:
    """Maps of a detector from the scores of its proposals.

    Args:
        rois: (ΣR, 5).
        scores: S (ΣR, K).
        inputs: The view (B, 3, H, W).

    Returns:
        float32 (B, K, H / 8, W / 8).
    """
    view = (inputs.shape[-2], inputs.shape[-1])
    grid = (max(1, view[0] // _BOX_STRIDE), max(1, view[1] // _BOX_STRIDE))
    index = rois[:, 0].long()
    return torch.stack([box_maps(rois[index == i, 1:], scores[index == i], view, grid) for i in range(len(inputs))])


def _gradient_maps(net: Any, feats: tuple[Tensor, ...]) -> Tensor:
    last = at_least_float32(feats[-1].detach()).requires_grad_()
    maps = []
    with torch.enable_grad():
        logits = net.image_logits((*feats[:-1], last))
        for k in range(logits.shape[1]):
            (gradient,) = torch.autograd.grad(logits[:, k].sum(), last, retain_graph=True)
            maps.append((gradient.mean((2, 3), keepdim=True) * last).sum(1).detach())
    return torch.stack(maps, 1)
