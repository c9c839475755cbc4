from __future__ import annotations

import pytest
import torch
from mmengine.config import ConfigDict

from mlkd.errors import ConfigError
from mlkd.models.heads import CAMHead
from mlkd.models.utils.build import build_model


def classifier(backbone: dict, channels: int, classes: int = 20, csi: str | None = 'moments') -> torch.nn.Module:
    return build_model(
        ConfigDict(
            type='MultiLabelClassifier',
            backbone=backbone,
            neck={'type': 'LastMap'},
            head={'type': 'CAMHead', 'num_classes': classes, 'in_channels': channels, 'csi': csi},
        )
    )


RESNET = {'type': 'ResNet', 'depth': 50, 'strides': (1, 2, 2, 1), 'out_indices': (3,), 'norm_eval': False}


def test_parameters_and_output_stride_of_the_published_network() -> None:
    with torch.device('meta'):
        model = classifier(RESNET, 2048)
        maps = [model.head.class_maps(model.extract_feat(torch.zeros(1, 3, n, n))[0]).shape for n in (512, 256)]
    assert maps == [(1, 20, 32, 32), (1, 20, 16, 16)]
    count = {name: sum(p.numel() for p in part.parameters()) for name, part in model.head.named_children()}
    assert count == {'loss_cls': 0, 'cam': 40_960, 'csi': 81_920 + 40_960}
    assert sum(p.numel() for p in model.parameters()) == 23_671_872


@pytest.mark.parametrize('csi', [None, 'moments', 'direct'])
def test_logits_of_a_small_network(csi: str | None) -> None:
    model = classifier({'type': 'MobileNetV1', 'width': 0.25}, 256, classes=3, csi=csi).train()
    images = torch.randn(2, 3, 64, 96)
    features = model.extract_feat(images)[-1]
    maps = model.head.class_maps(features)
    assert maps.shape == (2, 3, 2, 3)
    expected = torch.einsum('kc,bchw->bkhw', model.head.cam.weight[..., 0, 0], features)
    assert torch.allclose(maps, expected, atol=1e-5)
    if csi is None:
        assert torch.allclose(model.image_logits((features,)), maps.mean((2, 3)))
    else:
        logits = model.image_logits((features,))
        assert logits.shape == (2, 3)
        assert not torch.allclose(logits, maps.mean((2, 3)))


def test_initialisation() -> None:
    head = CAMHead(20, 2048, csi='moments')
    head.init_weights()
    assert head.cam.weight.std().item() == pytest.approx(0.03125, rel=0.02)
    assert head.csi is not None
    weights = torch.cat([layer.weight.flatten() for layer in head.csi.classifiers])
    assert weights.abs().max() <= 2048**-0.5
    assert weights.std().item() == pytest.approx((1 / 3 / 2048) ** 0.5, rel=0.05)
    assert all((norm.weight == 1).all() and (norm.bias == 0).all() for norm in head.csi.norms)


def test_the_classification_loss_trains_the_maps_through_the_masks() -> None:
    head = CAMHead(3, 5, csi='moments')
    head.init_weights()
    logits = head(torch.rand(4, 5, 6, 6))
    head.loss(logits, torch.eye(3, dtype=torch.long)[[0, 1, 2, 0]])['loss_cls'].backward()
    assert head.cam.weight.grad.abs().sum() > 0


def test_loss_is_the_soft_margin_loss() -> None:
    logits, label = torch.randn(4, 3), torch.randint(0, 2, (4, 3))
    expected = torch.nn.MultiLabelSoftMarginLoss()(logits, label.float())
    assert CAMHead(3, 5).loss(logits, label)['loss_cls'].item() == pytest.approx(expected.item(), rel=1e-6)


def test_vectors_instead_of_maps_are_an_error() -> None:
    with pytest.raises(ConfigError, match='LastMap'):
        CAMHead(3, 5)(torch.rand(2, 5))
