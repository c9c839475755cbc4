"""WSDDN on several views of an image, as the original release tests it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.model import BaseTTAModel
from torch import Tensor, nn

from mlkd.errors import ConfigError
from mlkd.models.preprocessors import ViewPreprocessor
from mlkd.models.utils.build import build_model
from mlkd.registry import MODELS
from mlkd.structures import MultiLabelDataSample, boxes_in_original

from .detections import detect
from .wsddn import WSDDN

#: How far the same box may be off in two views, in pixels of the smaller one: rounding moves each coordinate by up to
#: one pixel, mirroring whole pixels by one more.
_TOLERANCE = 2.5


@MODELS.register_module()
class WSDDNTTAModel(BaseTTAModel):
    """Test-time fusion: S is summed over the views, proposal by proposal; then threshold and suppression, once.

    Source: ``wsddn_test.m`` of the original release (5 scales, each mirrored too). Image scores p are averaged, so that
    they stay in 0..1; the scores of detections are those of the sum, and go up to the number of views.

    The views come from ``tta_pipeline``, ready in size: the ``size`` of the network's own view does not count. They run
    one by one, whatever the batch, so that memory is that of one view of one image. The sum is made in float64: it does
    not depend on the order of the views, and that of one view is what a plain test gives.

    Args:
        module: A WSDDN or its config.
        tta_cfg: ``score_thr`` (of the sum), ``nms``, ``max_per_img`` over those of the network's ``test_cfg``.
        data_preprocessor: In the place of the network's, as everywhere in MMEngine.

    Raises:
        ConfigError: If ``module`` is another network.
    """

    module: WSDDN

    def __init__(
        self,
        module: dict[str, Any] | nn.Module,
        tta_cfg: dict[str, Any] | None = None,
        data_preprocessor: dict[str, Any] | None = None,
    ) -> None:
        if isinstance(module, dict) and data_preprocessor is not None:
            module = {**module, 'data_preprocessor': data_preprocessor}
        network = build_model(module)
        if not isinstance(network, WSDDN):
            raise ConfigError(
                'The views of this network cannot be fused: it has no score for each proposal.',
                where='tta_model.module',
                found=type(network).__name__,
                expected='WSDDN',
                fix='name the stage of the detector (--stage teacher), or test without --tta',
            )
        super().__init__(network)
        #: What is done with the sum.
        self.test_cfg = {**network.test_cfg, **(tta_cfg or {})}
        if isinstance(network.data_preprocessor, ViewPreprocessor):
            network.data_preprocessor.size = None
        if network.feature_cache is not None:
            # The maps of all views of all images would fill the disk.
            network.feature_cache.keeps = False

    def test_step(self, data: dict[str, Any]) -> list[MultiLabelDataSample]:
        """Predict from all views.

        Args:
            data: What ``TestTimeAug`` and ``pseudo_collate`` make: ``inputs``, for each view B tensors uint8
                (3, H, W); ``data_samples``, for each view B samples.

        Returns:
            B samples with ``pred_score`` and ``pred_instances``, as :meth:`WSDDN.predict` gives them.

        Raises:
            ConfigError: If the pipeline made no views, or different boxes in each.
        """
        inputs, samples = data['inputs'], data['data_samples']
        if isinstance(inputs, Tensor) or isinstance(inputs[0], Tensor):
            raise ConfigError(
                'The pipeline makes no views to fuse.',
                where='tta_pipeline',
                fix="set tta_pipeline, with dict(type='TestTimeAug', transforms=[...]) at its end",
            )
        images = zip(*(zip(*view, strict=True) for view in zip(inputs, samples, strict=True)), strict=True)
        return self.merge_preds([[self._scored(*view) for view in views] for views in images])

    def _scored(self, frame: Tensor, sample: MultiLabelDataSample) -> MultiLabelDataSample:
        """One view with ``pred_score`` and, for each of its proposals, ``class_scores`` S (R, K)."""
        view = self.module.data_preprocessor({'inputs': [frame], 'data_samples': [sample]}, False)
        p, scores = self.module(**view, mode='tensor')
        (scored,) = view['data_samples']
        scored.pred_score = p[0]
        scored.proposals.class_scores = scores
        return scored

    def merge_preds(self, data_samples_list: Sequence[Sequence[MultiLabelDataSample]]) -> list[MultiLabelDataSample]:
        """Fuse the views of each image.

        Args:
            data_samples_list: For each image its views: samples with ``pred_score`` (K,) and ``proposals`` of
                ``bboxes`` (R, 4), the same R boxes in each, and ``class_scores`` (R, K).

        Returns:
            One sample for each image, that of its first view that is not mirrored, with the fused predictions.
        """
        return [self._fused(views) for views in data_samples_list]

    def _fused(self, views: Sequence[MultiLabelDataSample]) -> MultiLabelDataSample:
        fused = next((view for view in views if not view.get('flip', False)), views[0])
        for view in views:
            _check_same_boxes(fused, view)
        scores = torch.stack([view.proposals.class_scores.double() for view in views]).sum(0).float()
        fused.pred_score = torch.stack([view.pred_score.double() for view in views]).mean(0).float()
        fused.pred_instances = detect(fused.proposals.bboxes, scores, fused, self.test_cfg)
        del fused.proposals.class_scores
        return fused


def _check_same_boxes(first: MultiLabelDataSample, other: MultiLabelDataSample) -> None:
    """Raise unless the boxes of two views, brought back into the image, are the same in the same order."""
    boxes, others = (boxes_in_original(view.proposals.bboxes, view) for view in (first, other))
    found = f'{len(boxes)} and {len(others)} proposals'
    if len(boxes) == len(others):
        scales = [view.get('scale_factor', (1.0, 1.0)) for view in (first, other)]
        width, height = (min(scale[axis] for scale in scales) for axis in (0, 1))
        limit = _TOLERANCE / boxes.new_tensor([width, height, width, height])
        off = int(((boxes - others).abs() > limit).any(1).sum())
        if not off:
            return
        found = f'{off} of {len(boxes)} proposals elsewhere'
    raise ConfigError(
        'Two views of an image do not hold the same proposals, so their scores cannot be summed.',
        where=first.get('img_path'),
        found=found,
        expected='the same boxes in the same order',
        fix='choose proposals (TopProposals) before TestTimeAug in tta_pipeline, not inside of it',
    )
