from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from mmengine.structures import InstanceData
from torch import Tensor, nn

from mlkd.registry import MODELS
from mlkd.structures import MultiLabelDataSample

NUM_CLASSES = 3


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


@pytest.fixture
def make_sample() -> Callable[..., MultiLabelDataSample]:
    """A sample of a frame of ``size`` (height, width) with labels and proposals."""

    def make(
        label: list[int] | None = None,
        bboxes: list[list[float]] | Tensor | None = None,
        scores: list[float] | Tensor | None = None,
        size: tuple[int, int] = (64, 64),
        **metainfo: Any,
    ) -> MultiLabelDataSample:
        sample = MultiLabelDataSample(metainfo={'img_shape': size, 'ori_shape': size, **metainfo})
        if label is not None:
            sample.set_gt_label(label)
        if bboxes is not None:
            sample.proposals = InstanceData(bboxes=torch.as_tensor(bboxes, dtype=torch.float32).reshape(-1, 4))
            if scores is not None:
                sample.proposals.scores = torch.as_tensor(scores, dtype=torch.float32)
        return sample

    return make


@pytest.fixture
def random_boxes() -> Callable[[int, int], Tensor]:
    """``n`` boxes of positive area inside a square image."""

    def make(n: int, side: int = 64) -> Tensor:
        corners = torch.rand(n, 2, 2) * (side - 9)
        low = corners.amin(1)
        return torch.cat([low, corners.amax(1) + 8], dim=1)

    return make


@pytest.fixture
def wsddn() -> Callable[..., nn.Module]:
    """A small WSDDN of stride 16 with 3 classes, initialised."""

    def build(**overrides: Any) -> nn.Module:
        cfg: dict[str, Any] = {
            'type': 'WSDDN',
            'backbone': {'type': 'MobileNetV1', 'width': 0.25, 'out_indices': (10,)},
            'roi_extractor': {'type': 'RoIAlign', 'output_size': 3, 'spatial_scale': 1 / 16, 'sampling_ratio': 2},
            'roi_head': {'type': 'FC67', 'in_channels': 128, 'roi_size': 3, 'hidden_channels': 16},
            'bbox_head': {'type': 'WSDDNHead', 'num_classes': NUM_CLASSES, 'in_channels': 16},
        }
        model = MODELS.build({**cfg, **overrides})
        model.init_weights()
        return model

    return build


@pytest.fixture
def classifier() -> Callable[..., nn.Module]:
    """A small classifier with 3 classes, initialised."""

    def build(**overrides: Any) -> nn.Module:
        cfg: dict[str, Any] = {
            'type': 'MultiLabelClassifier',
            'backbone': {'type': 'MobileNetV1', 'width': 0.25},
            'head': {'type': 'MultiLabelHead', 'num_classes': NUM_CLASSES, 'in_channels': 256},
        }
        model = MODELS.build({**cfg, **overrides})
        model.init_weights()
        return model

    return build
