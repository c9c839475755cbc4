"""The teacher: a detector learnt from image labels."""

from __future__ import annotations

from typing import Any

from mmdet.models.detectors import BaseDetector
from torch import Tensor

from mlkd.arguments import check_number
from mlkd.models.layers import embed_rois, pool_weighted
from mlkd.models.utils.build import build_model
from mlkd.models.utils.class_maps_of import detector_maps
from mlkd.models.utils.feature_cache import FeatureCache
from mlkd.models.utils.finite import check_finite
from mlkd.models.utils.labels import stack_labels
from mlkd.models.utils.rois import samples_to_rois, segment_sum
from mlkd.registry import MODELS
from mlkd.structures import MultiLabelDataSample

from .detections import DEFAULT_TEST_CFG, detect

Config = dict[str, Any]


@MODELS.register_module()
class WSDDN(BaseDetector):
    """Weakly-supervised deep detection network (Bilen and Vedaldi, CVPR 2016); T-WDet of the KD paper.

    Args:
        backbone: Config of one that gives a tuple of feature maps; the last one counts.
        roi_extractor: Config of a RoI layer, see :mod:`mlkd.models.layers.roi_layers`.
        roi_head: Config of one with ``roi_embed``: :class:`~mlkd.models.necks.FC67` or a small one.
        bbox_head: Config of :class:`~mlkd.models.heads.WSDDNHead`.
        neck: Config of one from feature maps to feature maps, or None.
        score_scale: a of the weight w_R = a s + b that a RoI's features are multiplied by; s is the proposal's score.
        score_bias: b of it. (10, 1) suits scores well below 1, such as EdgeBoxes gives; (1, 0) lists that are all 1.
        test_cfg: ``score_thr``, ``nms``, ``max_per_img``, ``keep_best`` over those of
            :data:`~.detections.DEFAULT_TEST_CFG`; ``class_maps``: whether samples that are predicted get ``pred_maps``,
            at each place the sum of the scores of the boxes around it.
        data_preprocessor: Config of the network's view.
        feature_cache: Folder of a :class:`~mlkd.models.utils.FeatureCache` for a backbone that does not train; None:
            maps are computed each time.
        roi_chunk: So many RoIs at a time are pooled and taken through fc6, and their grids are pooled again for the
            backward pass, see :func:`~mlkd.models.layers.embed_rois` for what that saves; None: all at once.
        init_cfg: MMEngine's.

    Raises:
        ConfigError: If a number makes no sense.
    """

    # What MMDetection asks two-stage detectors.
    with_bbox = True
    with_mask = False
    with_shared_head = False
    #: Whether a sample must have proposals; what runs single photos makes them then.
    needs_proposals = True
    #: Arguments of the constructor that a trained network does not need.
    training_arguments = ('feature_cache',)

    def __init__(
        self,
        backbone: Config,
        roi_extractor: Config,
        roi_head: Config,
        bbox_head: Config,
        neck: Config | None = None,
        score_scale: float = 10.0,
        score_bias: float = 1.0,
        test_cfg: Config | None = None,
        data_preprocessor: Config | None = None,
        feature_cache: str | None = None,
        roi_chunk: int | None = None,
        init_cfg: Config | None = None,
    ) -> None:
        super().__init__(build_model(data_preprocessor or {'type': 'ViewPreprocessor'}), init_cfg)
        self.backbone = build_model(backbone)
        self.feature_cache = FeatureCache(feature_cache) if feature_cache else None
        self.neck = build_model(neck) if neck else None
        self.roi_extractor = build_model(roi_extractor)
        self.roi_head = build_model(roi_head)
        self.bbox_head = build_model(bbox_head)
        if roi_chunk is not None:
            check_number('WSDDN.roi_chunk', roi_chunk, 1, whole=True)
        self.roi_chunk = roi_chunk
        check_number('WSDDN.score_scale', score_scale)
        check_number('WSDDN.score_bias', score_bias)
        self.score_scale = score_scale
        self.score_bias = score_bias
        self.test_cfg = {**DEFAULT_TEST_CFG, **(test_cfg or {})}

    def extract_feat(self, batch_inputs: Tensor) -> tuple[Tensor, ...]:
        """Feature maps of a view (B, 3, h, w)."""
        feats = self.feature_cache(self.backbone, batch_inputs) if self.feature_cache else self.backbone(batch_inputs)
        return self.neck(feats) if self.neck is not None else feats

    def roi_feats(self, feat: Tensor, rois: Tensor, scores: Tensor) -> Tensor:
        """RoI layer, weight w_R, RoI head.

        Args:
            feat: The last feature map (B, C, h, w).
            rois: (ΣR, 5).
            scores: Of the proposals, (ΣR,).

        Returns:
            (ΣR, D).
        """
        weight = self._roi_weight(scores)
        return embed_rois(self.roi_extractor, self.roi_head, feat, rois, weight, self.roi_chunk)

    def roi_pool(self, feat: Tensor, rois: Tensor, scores: Tensor) -> Tensor:
        """RoI layer times w_R: (ΣR, C, 7, 7) of what :meth:`roi_feats` takes."""
        return pool_weighted(self.roi_extractor, feat, rois, self._roi_weight(scores))

    def roi_embed(self, pooled: Tensor) -> Tensor:
        """Grids of RoIs (ΣR, C, 7, 7), weighted already, to vectors (ΣR, D)."""
        return self.roi_head.roi_embed(pooled)

    def bag_logits(self, roi_feats: Tensor) -> tuple[Tensor, Tensor]:
        """M^c and M^d, each (ΣR, K), of RoI vectors (ΣR, D)."""
        return self.bbox_head(roi_feats)

    def loss(self, batch_inputs: Tensor, batch_data_samples: list[MultiLabelDataSample]) -> dict[str, Tensor]:
        """Losses of the head, known to be finite.

        Args:
            batch_inputs: A view (B, 3, h, w).
            batch_data_samples: B samples with labels and proposals.

        Raises:
            DataError: If the number of labels is not the head's number of classes.
            ProposalError: If a sample has no proposals.
            TrainingError: If a loss is not finite.
        """
        label = stack_labels(batch_data_samples, self.bbox_head.num_classes).to(batch_inputs.device)
        rois, feats, scores = self._score(batch_inputs, batch_data_samples)
        losses = self.bbox_head.loss(scores, feats, rois, label)
        check_finite(losses, batch_data_samples)
        return losses

    def predict(
        self, batch_inputs: Tensor, batch_data_samples: list[MultiLabelDataSample]
    ) -> list[MultiLabelDataSample]:
        """Samples with ``pred_score`` p (K,) and ``pred_instances`` in pixels of the original image.

        Args:
            batch_inputs: A view (B, 3, h, w).
            batch_data_samples: B samples with proposals, which get the predictions.
        """
        rois, _, scores = self._score(batch_inputs, batch_data_samples)
        index = rois[:, 0].long()
        for i, p in enumerate(segment_sum(scores, index, len(batch_data_samples))):
            sample, inside = batch_data_samples[i], index == i
            sample.pred_score = p
            sample.pred_instances = detect(rois[inside, 1:], scores[inside], sample, self.test_cfg)
        if self.test_cfg['class_maps']:
            for sample, maps in zip(batch_data_samples, detector_maps(rois, scores, batch_inputs), strict=True):
                sample.pred_maps = maps
        return batch_data_samples

    def _forward(
        self, batch_inputs: Tensor, batch_data_samples: list[MultiLabelDataSample] | None = None
    ) -> tuple[Tensor, Tensor]:
        """p (B, K) and S (ΣR, K)."""
        samples = batch_data_samples or []
        rois, _, scores = self._score(batch_inputs, samples)
        return segment_sum(scores, rois[:, 0].long(), len(samples)), scores

    def _roi_weight(self, scores: Tensor) -> Tensor:
        return self.score_scale * scores + self.score_bias

    def _score(self, inputs: Tensor, samples: list[MultiLabelDataSample]) -> tuple[Tensor, Tensor, Tensor]:
        """rois (ΣR, 5), their vectors (ΣR, D) and S (ΣR, K)."""
        rois, proposal_scores = samples_to_rois(samples)
        feats = self.roi_feats(self.extract_feat(inputs)[-1], rois, proposal_scores)
        logits = self.bag_logits(feats)
        return rois, feats, self.bbox_head.roi_scores(*logits, rois[:, 0].long(), len(samples))
