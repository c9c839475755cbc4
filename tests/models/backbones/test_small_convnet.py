from __future__ import annotations

import pytest
import torch

from mlkd.errors import ConfigError
from mlkd.models.backbones import SmallConvNet


def test_maps_have_the_channels_and_strides_asked_for() -> None:
    backbone = SmallConvNet(((4, 2), (6, 1), (8, 2)), out_indices=(0, 2))
    first, last = backbone(torch.randn(2, 3, 32, 24))
    assert first.shape == (2, 4, 16, 12)
    assert last.shape == (2, 8, 8, 6)
    assert (last >= 0).all()


def test_a_layer_is_convolution_batch_norm_and_relu() -> None:
    backbone = SmallConvNet(((4, 2),)).eval()
    convolution, norm, _ = backbone.layers[0]
    with torch.no_grad():
        norm.running_mean.uniform_(-1, 1)
        norm.running_var.uniform_(0.5, 2)
    x = torch.randn(1, 3, 9, 9)
    y = torch.nn.functional.conv2d(x, convolution.weight, stride=2, padding=1)
    y = (y - norm.running_mean[:, None, None]) / (norm.running_var[:, None, None] + 1e-5).sqrt()
    torch.testing.assert_close(backbone(x)[0], y.relu())


def test_weights_are_drawn_as_kaiming_has_them() -> None:
    torch.manual_seed(0)
    backbone = SmallConvNet(((64, 1), (64, 1)))
    backbone.init_weights()
    assert backbone.state_dict()['layers.1.0.weight'].std().item() == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.03)


@pytest.mark.parametrize(('layers', 'out'), [((), None), (((4, 2),), (1,)), (((4, 2),), (-1,))])
def test_layers_that_are_not_there(layers: tuple, out: tuple[int, ...] | None) -> None:
    with pytest.raises(ConfigError, match=r'SmallConvNet\.out_indices'):
        SmallConvNet(layers, out)
