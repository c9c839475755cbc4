from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from scipy.signal import correlate2d

from mlkd.errors import CheckpointError, ConfigError
from mlkd.models.backbones import MobileNetV1
from mlkd.models.backbones.mobilenet_v1 import SamePadConv2d
from mlkd.models.utils import load_weights

WEIGHTS = Path('data/weights/mobilenet_v1_0.25_224.pt')
DOGS = range(151, 269)  # ImageNet classes


@pytest.mark.parametrize('size', [(8, 8), (7, 7), (8, 7), (9, 6), (1, 2)])
@pytest.mark.parametrize('stride', [1, 2])
def test_same_padding(size: tuple[int, int], stride: int) -> None:
    """With an even size and stride 2, windows start at the first pixel, so their centres are the odd ones."""
    conv = SamePadConv2d(1, 1, stride).double()
    x = torch.rand(1, 1, *size, dtype=torch.float64)
    full = correlate2d(x[0, 0].numpy(), conv.weight[0, 0].detach().numpy(), mode='same')
    starts = [1 if stride == 2 and n % 2 == 0 else 0 for n in size]
    wanted = full[starts[0] :: stride, starts[1] :: stride]
    np.testing.assert_allclose(conv(x)[0, 0].detach().numpy(), wanted)


def test_maps() -> None:
    backbone = MobileNetV1(0.5, out_indices=(4, 10, 12)).eval()
    maps = backbone(torch.rand(1, 3, 96, 64))
    assert [tuple(m.shape) for m in maps] == [(1, 128, 12, 8), (1, 256, 6, 4), (1, 512, 3, 2)]
    assert {m.eps for m in backbone.modules() if isinstance(m, torch.nn.BatchNorm2d)} == {1e-3}


def test_cut_backbone_has_no_idle_parameters() -> None:
    backbone = MobileNetV1(0.25, out_indices=(10,))
    backbone(torch.rand(2, 3, 32, 32))[0].sum().backward()
    assert all(parameter.grad is not None for parameter in backbone.parameters())


@pytest.mark.parametrize('width', [0.25, 0.75])
@pytest.mark.parametrize('last', [10, 12])
def test_weight_files_load_whole(width: float, last: int) -> None:
    path = WEIGHTS.with_name(f'mobilenet_v1_{width}_224.pt')
    if not path.exists():
        pytest.skip('needs data/weights')
    backbone = MobileNetV1(width, out_indices=(last,))
    load_weights(backbone, path)
    state = torch.load(path, weights_only=True)
    mine = backbone.state_dict()
    assert all(torch.equal(mine[key], state[key].float()) for key in mine if not key.endswith('batches_tracked'))


def test_other_width_is_refused() -> None:
    if not WEIGHTS.exists():
        pytest.skip('needs data/weights')
    with pytest.raises(CheckpointError, match='misshapen'):
        load_weights(MobileNetV1(0.5), WEIGHTS)


def test_dogs_are_seen_as_dogs() -> None:
    """Zero-shot: the file's own ImageNet classifier on this backbone's features."""
    root = Path('data/voc07_mini/VOCdevkit/VOC2007')
    if not (WEIGHTS.exists() and root.exists()):
        pytest.skip('needs data/weights and data/voc07_mini')
    backbone = MobileNetV1(0.25).eval()
    load_weights(backbone, WEIGHTS)
    state = torch.load(WEIGHTS, weights_only=True)
    lines = [row.split() for row in (root / 'ImageSets/Main/dog_mini_trainval.txt').read_text().splitlines()]
    images = [cv2.imread(str(root / f'JPEGImages/{name}.jpg')) for name, flag in lines if flag == '1'][:16]
    batch = np.stack([cv2.resize(image, (224, 224), interpolation=cv2.INTER_AREA)[..., ::-1] for image in images])
    x = torch.from_numpy(batch).permute(0, 3, 1, 2) / 127.5 - 1
    with torch.no_grad():
        features = backbone(x)[0].mean((2, 3))
        top = (features @ state['classifier.weight'].float().T + state['classifier.bias'].float()).argmax(1)
    hits = [int(k) in DOGS for k in top]
    assert np.mean(hits) >= 0.5


def test_a_tap_at_the_end_of_what_is_frozen() -> None:
    """What is kept of a frozen part is the first map, and the same for a network with more taps."""
    torch.manual_seed(0)
    tapped = MobileNetV1(0.25, out_indices=(4, 10, 12), frozen_stages=5).eval()
    plain = MobileNetV1(0.25, frozen_stages=5).eval()
    plain.load_state_dict(tapped.state_dict())
    x = torch.randn(1, 3, 64, 64)
    frozen = tapped.frozen_part()
    assert repr(frozen) == repr(plain.frozen_part())
    between = frozen(x)
    first, second, third = tapped.forward_rest(between)
    assert first is between
    for found, expected in zip((first, second, third), MobileNetV1.forward(tapped, x), strict=True):
        torch.testing.assert_close(found, expected)
    assert [level.shape[1:] for level in (first, second, third)] == [(64, 8, 8), (128, 4, 4), (256, 2, 2)]
    torch.testing.assert_close(plain(x)[0], third)


def test_a_finer_last_map_of_the_same_weights() -> None:
    coarse, fine = (MobileNetV1(width=0.25, output_stride=stride).eval() for stride in (32, 16))
    fine.load_state_dict(coarse.state_dict())
    views = torch.randn(1, 3, 160, 96)
    assert coarse(views)[0].shape == (1, 256, 5, 3)
    assert fine(views)[0].shape == (1, 256, 10, 6)
    with pytest.raises(ConfigError, match='no such stride'):
        MobileNetV1(output_stride=8)
