"""The student: an image in, one score per label out."""

from __future__ import annotations

from typing import Any

from mmengine.model import BaseModel
from torch import Tensor

from mlkd.errors import ConfigError, did_you_mean
from mlkd.models.utils.build import build_model
from mlkd.models.utils.class_maps_of import class_maps
from mlkd.models.utils.feature_cache import FeatureCache
from mlkd.models.utils.finite import check_finite
from mlkd.models.utils.labels import stack_labels
from mlkd.models.utils.precision import at_least_float32
from mlkd.models.utils.warm_start import load_matching
from mlkd.registry import MODELS
from mlkd.structures import MultiLabelDataSample

Config = dict[str, Any]
DEFAULT_TEST_CFG = {'class_maps': False}


@MODELS.register_module()
class MultiLabelClassifier(BaseModel):
    """Backbone, neck, head.

    Args:
        backbone: Config of one that gives a tuple of feature maps.
        head: Config of a head with ``loss`` and ``predict``, as :class:`~mlkd.models.heads.MultiLabelHead`.
        neck: Config of one that gives a vector per image; None: :class:`~mlkd.models.necks.GlobalPool`.
        data_preprocessor: Config of the network's view.
        feature_cache: As of :class:`~mlkd.models.WSDDN`: a folder, for a backbone of which a first part does not train.
        warm_start: Network of another data set to begin with: of its tensors, those that have a tensor of the same name
            and shape here are taken when training begins, but for what is known of its labels.
        test_cfg: ``class_maps``: whether samples that are predicted get ``pred_maps``, as metrics of class maps take.
        init_cfg: MMEngine's.

    Raises:
        ConfigError: If there is no such key of ``test_cfg``.
    """

    #: Arguments of the constructor that a trained network does not need.
    training_arguments = ('feature_cache', 'warm_start')

    def __init__(
        self,
        backbone: Config,
        head: Config,
        neck: Config | None = None,
        data_preprocessor: Config | None = None,
        feature_cache: str | None = None,
        warm_start: str | None = None,
        test_cfg: Config | None = None,
        init_cfg: Config | None = None,
    ) -> None:
        super().__init__(build_model(data_preprocessor or {'type': 'ViewPreprocessor'}), init_cfg)
        self.backbone = build_model(backbone)
        self.feature_cache = FeatureCache(feature_cache) if feature_cache else None
        self.neck = build_model(neck or {'type': 'GlobalPool'})
        self.head = build_model(head)
        self.warm_start = warm_start
        self.test_cfg = {**DEFAULT_TEST_CFG, **(test_cfg or {})}
        for key in self.test_cfg.keys() - DEFAULT_TEST_CFG:
            fix, expected = did_you_mean(key, DEFAULT_TEST_CFG) or None, ', '.join(DEFAULT_TEST_CFG)
            raise ConfigError('A classifier has no such setting.', where=f'test_cfg.{key}', expected=expected, fix=fix)

    def init_weights(self) -> None:
        """Initialise all parts, then take over what a warm start has; MMEngine calls this before it trains a network.

        Raises:
            CheckpointError: If a file is missing or does not fit.
        """
        super().init_weights()
        if self.warm_start is not None:
            load_matching(self, self.warm_start, leave=('head.labels.',))

    def forward(
        self, inputs: Tensor, data_samples: list[MultiLabelDataSample] | None = None, mode: str = 'tensor'
    ) -> Tensor | dict[str, Tensor] | list[MultiLabelDataSample]:
        """Run the network.

        Args:
            inputs: A view (B, 3, h, w).
            data_samples: B samples; ``'loss'`` needs their labels.
            mode: ``'tensor'``, ``'loss'`` or ``'predict'``.

        Returns:
            Logits (B, K); named losses; or the samples with ``pred_score``.

        Raises:
            ValueError: If the mode is none of the three.
            ConfigError: If class maps are asked for that the network does not have.
        """
        feats = self.extract_feat(inputs)
        logits = self.image_logits(feats)
        if mode == 'tensor':
            return logits
        if mode == 'loss':
            return self.loss(logits, data_samples or [])
        if mode == 'predict':
            samples = self.predict(logits, data_samples)
            if self.test_cfg['class_maps']:
                for sample, maps in zip(samples, class_maps(self, feats), strict=True):
                    sample.pred_maps = maps
            return samples
        raise ValueError(f'mode is {mode!r}, not tensor, loss or predict')

    def extract_feat(self, inputs: Tensor) -> tuple[Tensor, ...]:
        """Feature maps of a view (B, 3, h, w)."""
        return self.feature_cache(self.backbone, inputs) if self.feature_cache else self.backbone(inputs)

    def image_logits(self, feats: tuple[Tensor, ...]) -> Tensor:
        """Logits (B, K) from feature maps."""
        return self.head(self.neck(feats))

    def roi_embed(self, pooled: Tensor) -> Tensor:
        """Grids of RoIs (ΣR, C, h, w) through the neck's fully connected layers, to (ΣR, D)."""
        return self.neck.roi_embed(pooled)

    def loss(self, logits: Tensor, data_samples: list[MultiLabelDataSample]) -> dict[str, Tensor]:
        """Losses of the head, known to be finite.

        Args:
            logits: (B, K).
            data_samples: B samples with labels.

        Raises:
            DataError: If the number of labels is not the head's number of classes.
            TrainingError: If a loss is not finite.
        """
        losses = self.head.loss(logits, stack_labels(data_samples, self.head.num_classes).to(logits.device))
        check_finite(losses, data_samples)
        return losses

    def predict(
        self, logits: Tensor, data_samples: list[MultiLabelDataSample] | None = None
    ) -> list[MultiLabelDataSample]:
        """Samples with ``pred_score`` and ``pred_logit``.

        Args:
            logits: (B, K).
            data_samples: B samples, which get the scores; None: new ones.
        """
        samples = data_samples if data_samples is not None else [MultiLabelDataSample() for _ in logits]
        rows = zip(samples, self.head.predict(logits), at_least_float32(logits), strict=True)
        for sample, score, logit in rows:
            sample.pred_score, sample.pred_logit = score, logit
        return samples
