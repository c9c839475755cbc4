"""Features of RoIs around the peaks of a teacher's class maps: distillation without proposals."""

from __future__ import annotations

from typing import Any

import torch

from mlkd.arguments import check_number
from mlkd.distillers.outputs import NetworkOutputs
from mlkd.errors import ConfigError
from mlkd.models.layers import normalised_maps, peak_boxes
from mlkd.models.utils import at_least_float32, stack_labels
from mlkd.registry import MODELS

from .feature_kd import FeatureKD, Regions
from .roi_selection import relative_scores, select_rois


@MODELS.register_module()
class PeakFeatureKD(FeatureKD):
    """As :class:`~.feature_kd.FeatureKD`, but the RoIs are those around the peaks of the teacher's class maps.

    Own addition, for teachers that are classifiers with class maps, such as one that OASS has trained: neither network
    needs proposals. R is, of each class that the annotation says is in the image, the boxes around the highest local
    maxima of its map (:func:`~mlkd.models.layers.peak_boxes`); s is the peak's value in the normalised map times the
    probability that the teacher gives the class. An image without labels, or whose maps are nowhere positive, adds 0.

    Args:
        teacher: Name of the teacher.
        peaks: Of each class at most.
        share: A box reaches as far as the map stays at this share of the peak.
        settings: As of :class:`~.feature_kd.FeatureKD`; ``roi_weight='list'``, which goes by the scores of a list, and
            ``objectness`` have no meaning here.

    Raises:
        ConfigError: If a value makes no sense.
    """

    def __init__(self, teacher: str = 'cam', peaks: int = 3, share: float = 0.5, **settings: Any) -> None:
        super().__init__(teacher, **settings)
        check_number('peaks', peaks, 1, whole=True)
        check_number('share', share, 0, 1, above=True)
        for key in ('roi_weight', 'objectness'):
            if settings.get(key) in ('list', 'sum'):
                expected = "'none' or 'teacher'" if key == 'roi_weight' else 'nothing: a peak is of one class'
                raise ConfigError('Peaks are in no list.', where=key, found=repr(settings[key]), expected=expected)
        self.peaks, self.share = peaks, share

    @torch.no_grad()
    def regions(self, student: NetworkOutputs, teacher: NetworkOutputs, num_images: int) -> Regions:
        """R' in both views, and s'."""
        maps = normalised_maps(teacher.class_maps)
        present = stack_labels(teacher.samples, maps.shape[1]).to(maps.device) == 1
        images, classes = present.nonzero(as_tuple=True)
        boxes, which, values = peak_boxes(maps[images, classes], self.peaks, self.share)
        index = images[which]
        scores = values * at_least_float32(teacher.logits).sigmoid()[index, classes[which]]
        rois = torch.cat([index[:, None].to(boxes.dtype), boxes * _pixels_per_cell(teacher, maps.shape[-2:])], 1)
        keep = select_rois(rois, scores, self.roi_select, self.nms_iou, self.max_rois)
        rois, scores = rois[keep], scores[keep]
        index = rois[:, 0].long()
        relative = self.roi_weight == 'teacher'
        weight = relative_scores(scores, index, num_images) if relative else torch.ones_like(scores)
        there = torch.cat([rois[:, :1], rois[:, 1:] * _between(teacher, student, rois)[index]], 1)
        return Regions(rois, there, weight)


def _pixels_per_cell(outputs: NetworkOutputs, cells: torch.Size) -> torch.Tensor:
    height, width = (pixels / n for pixels, n in zip(outputs.inputs.shape[-2:], cells, strict=True))
    return outputs.inputs.new_tensor([width, height, width, height], dtype=torch.float32)


def _between(teacher: NetworkOutputs, student: NetworkOutputs, like: torch.Tensor) -> torch.Tensor:
    """Factors (B, 4) from pixels of the teacher's view to those of the student's: both show the same frame."""
    sizes = [[like.new_tensor(s.img_shape[:2]) for s in one.samples] for one in (student, teacher)]
    factors = torch.stack([mine / theirs for mine, theirs in zip(*sizes, strict=True)])
    return factors.flip(1).repeat(1, 2)
