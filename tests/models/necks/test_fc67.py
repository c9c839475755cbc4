from __future__ import annotations

import pytest
import torch
import torchvision

from mlkd.models.necks import FC67, VGGNeck
from mlkd.models.utils import load_weights

SMALL = {'in_channels': 4, 'roi_size': 3, 'hidden_channels': 8}


def test_classifier_of_torchvision() -> None:
    reference = torchvision.ops.MLP(4 * 9, [8, 8], inplace=False, dropout=0.0).eval()
    neck = FC67(**SMALL).eval()
    neck.fc6.load_state_dict(reference[0].state_dict())
    neck.fc7.load_state_dict(reference[3].state_dict())
    x = torch.randn(5, 4, 3, 3)
    torch.testing.assert_close(neck(x), reference(x.flatten(1)).relu())


def test_image_goes_through_pool5_and_rois_do_not() -> None:
    neck = VGGNeck(**SMALL).eval()
    image = torch.randn(2, 4, 6, 6)
    pooled = torch.nn.functional.max_pool2d(image, 2)
    assert torch.equal(neck((image * 0, image)), neck.roi_embed(pooled))
    assert torch.equal(neck(image), neck.roi_embed(pooled))


def test_dropout_is_on_both_layers_in_training() -> None:
    neck = FC67(**{**SMALL, 'hidden_channels': 2000})
    torch.nn.init.constant_(neck.fc7.bias, 10)
    out = neck.train()(torch.rand(1, 4, 3, 3))
    assert 0.4 < (out == 0).float().mean() < 0.6
    assert torch.equal(neck.eval()(torch.ones(1, 4, 3, 3)), neck(torch.ones(1, 4, 3, 3)))


@pytest.mark.parametrize('names', [('classifier.0', 'classifier.3'), ('fc6', 'fc7'), ('classifier.1', 'classifier.4')])
def test_weight_files(tmp_path, names: tuple[str, str]) -> None:
    source = FC67(**SMALL)
    state = {
        f'{n}.{kind}': getattr(getattr(source, own), kind).detach().clone()
        for own, n in zip(('fc6', 'fc7'), names, strict=True)
        for kind in ('weight', 'bias')
    }
    others = {'features.0.weight': torch.ones(1), 'classifier.6.bias': torch.ones(1), 'conv1_1.weight': torch.ones(1)}
    torch.save({**state, **others}, tmp_path / 'w.pth')
    neck = VGGNeck(**SMALL)
    load_weights(neck, tmp_path / 'w.pth')
    assert torch.equal(neck.fc6.weight, source.fc6.weight)
    assert torch.equal(neck.fc7.bias, source.fc7.bias)
