from __future__ import annotations

import builtins
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from mlkd.errors import CheckpointError, ConfigError
from mlkd.models.backbones import TimmBackbone
from mlkd.models.utils import allow_missing_weights
from mlkd.registry import MODELS


def test_without_timm(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.partition('.')[0] == 'timm':
            raise ImportError('No module named timm')
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, '__import__', without)
    with pytest.raises(ConfigError, match=r'timm is not installed(.|\n)*mlkd\[timm\]'):
        MODELS.build({'type': 'TimmBackbone', 'name': 'tresnet_l'})


class TestWithTimm:
    @pytest.fixture(autouse=True)
    def _timm(self) -> None:
        pytest.importorskip('timm')

    @pytest.mark.parametrize('name', ['resnet18', 'swin_tiny_patch4_window7_224', 'vit_tiny_patch16_224'])
    def test_maps(self, name: str) -> None:
        backbone = TimmBackbone(name, options={} if name == 'resnet18' else {'img_size': (64, 96)}).eval()
        (maps,) = backbone(torch.rand(2, 3, 64, 96))
        assert maps.shape[:2] == (2, backbone.num_channels)
        assert maps.shape[3] * 2 == maps.shape[2] * 3

    def test_places_of_tokens(self) -> None:
        """The map of a transformer has its tokens where they belong."""
        backbone = TimmBackbone('vit_tiny_patch16_224', options={'img_size': (32, 64)}).eval()
        view = torch.rand(1, 3, 32, 64)
        tokens = backbone.model.forward_features(view)[:, 1:]
        (maps,) = backbone(view)
        assert torch.equal(maps[0, :, 1, 2], tokens[0, 1 * 4 + 2])

    def test_a_classifier_trains(self, make_sample) -> None:
        model = MODELS.build(
            {
                'type': 'MultiLabelClassifier',
                'backbone': {'type': 'TimmBackbone', 'name': 'resnet18'},
                'head': {'type': 'MultiLabelHead', 'num_classes': 3, 'in_channels': 512},
            }
        )
        model.init_weights()
        model.loss(model(torch.rand(2, 3, 64, 64)), [make_sample([1, 0, 1])] * 2)['loss_cls'].backward()
        assert all(parameter.grad is not None for parameter in model.parameters())

    def test_the_published_network(self) -> None:
        """TResNet-L: 2,432 channels, 53.6 million parameters before the classifier."""
        with torch.device('meta'):
            backbone = TimmBackbone('tresnet_l.miil_in1k_448')
        assert backbone.num_channels == 2432
        assert sum(parameter.numel() for parameter in backbone.parameters()) == 53_556_256

    def test_weights_from_a_file(self, tmp_path: Path) -> None:
        wanted = TimmBackbone('resnet18').model.state_dict()
        torch.save({**wanted, 'fc.weight': torch.ones(2)}, tmp_path / 'w.pth')
        init = {'type': 'WeightFile', 'checkpoint': str(tmp_path / 'w.pth'), 'ignore': ['fc.']}
        backbone = TimmBackbone('resnet18', init_cfg=init)
        backbone.init_weights()
        assert all(torch.equal(value, wanted[name]) for name, value in backbone.model.state_dict().items())

    def test_what_a_person_can_get_wrong(self) -> None:
        with pytest.raises(ConfigError, match='did you mean tresnet_l'):
            TimmBackbone('tresnet_ll')
        with pytest.raises(ConfigError, match='leave one out'):
            TimmBackbone('resnet18', pretrained=True, init_cfg={'type': 'WeightFile', 'checkpoint': 'a.pth'})

    def test_weights_that_cannot_be_fetched(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*args: Any, **kwargs: Any) -> None:
            raise OSError('no route')

        monkeypatch.setattr(sys.modules['timm.models'], 'load_pretrained', fail)
        backbone = TimmBackbone('resnet18', pretrained=True)
        with pytest.raises(CheckpointError, match=r'no route(.|\n)*WeightFile'):
            backbone.init_weights()
        allow_missing_weights()
        try:
            with pytest.warns(UserWarning, match='dry run'):
                backbone.init_weights()
        finally:
            allow_missing_weights(False)
