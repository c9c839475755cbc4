from __future__ import annotations

import copy

import cv2
import numpy as np
import pytest
import torch
from mmdet.models.data_preprocessors import DetDataPreprocessor

from mlkd.errors import ConfigError
from mlkd.models.preprocessors import FramePreprocessor, ViewPreprocessor

SCALES = [0.714286, 0.857143, 1, 1.095239, 1.238096]


def frames(n: int = 2, height: int = 24, width: int = 24) -> torch.Tensor:
    return torch.randint(256, (n, 3, height, width), dtype=torch.uint8)


def test_corner_aligned_grid() -> None:
    """Output index 100 of 224 reads source position 300.896861 of 672: a ramp shows where it was read."""
    ramp = torch.arange(672) % 256
    frame = ramp.to(torch.uint8).expand(1, 3, 672, 672)
    out = ViewPreprocessor(224, resample='corner_aligned')({'inputs': frame})['inputs']
    assert out.shape == (1, 3, 224, 224)
    assert out[0, 0, 5, 100].item() == pytest.approx(300.896861 - 256, abs=1e-3)
    assert out[0, 0, 5, 223].item() == 671 - 512
    assert out[0, 0, 5, 0].item() == 0


def test_half_pixel_is_opencv() -> None:
    image = frames(1, 30, 20)
    out = ViewPreprocessor((45, 33), resample='half_pixel')({'inputs': image})['inputs'][0]
    wanted = cv2.resize(image[0].permute(1, 2, 0).float().numpy(), (33, 45), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(out.permute(1, 2, 0).numpy(), wanted, atol=1e-2)


def test_antialias_averages_when_shrinking() -> None:
    stripes = torch.tensor([0, 255], dtype=torch.uint8).repeat(32).expand(1, 3, 64, 64)
    out = ViewPreprocessor(8, resample='half_pixel_antialias')({'inputs': stripes})['inputs']
    assert out[..., 2:-2].std().item() < 5


def test_normalisation_is_that_of_mmdetection() -> None:
    mean, std = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]
    batch = list(frames(2, 16, 16))
    theirs = DetDataPreprocessor(mean=mean, std=std, bgr_to_rgb=True)({'inputs': batch, 'data_samples': None})
    mine = ViewPreprocessor(mean=mean, std=std, bgr_to_rgb=True)({'inputs': batch, 'data_samples': None})
    torch.testing.assert_close(mine['inputs'], theirs['inputs'])


def test_normalising_after_the_resize_is_the_same() -> None:
    """The reference subtracts the mean first."""
    image, mean = frames(1, 48, 48), [103.52, 116.28, 123.675]
    mine = ViewPreprocessor(16, mean=mean, resample='corner_aligned')({'inputs': image})['inputs']
    first = image.float() - torch.tensor(mean).view(3, 1, 1)
    wanted = torch.nn.functional.interpolate(first, size=16, mode='bilinear', align_corners=True)
    torch.testing.assert_close(mine, wanted, atol=1e-3, rtol=0)


def test_one_scale_per_training_batch_and_none_in_test(make_sample) -> None:
    view = ViewPreprocessor(672, batch_scales=SCALES, box_rounding='floor')
    seen = set()
    for seed in range(30):
        torch.manual_seed(seed)
        samples = [make_sample([1], [[100, 50, 300, 333]], size=(8, 8))]
        out = view({'inputs': frames(1, 8, 8), 'data_samples': samples}, training=True)
        seen.add(tuple(out['inputs'].shape[-2:]))
        assert out['data_samples'][0].img_shape == tuple(out['inputs'].shape[-2:])
    assert seen == {(s, s) for s in (480, 576, 672, 736, 832)}
    assert view({'inputs': frames(1, 8, 8)})['inputs'].shape[-1] == 672


def test_mirrored_boxes_follow_the_loader_at_a_drawn_scale_and_the_frame_in_another_view(make_sample) -> None:
    """(100, 50, 300, 333), mirrored: at 480 479 - int(f x), in the student's view floor(x / 3) of those at 672."""
    for view, training, wanted in (
        (ViewPreprocessor(672, batch_scales=[0.714286], box_rounding='floor'), True, [265, 35, 408, 237]),
        (ViewPreprocessor(672, batch_scales=[0.714286], box_rounding='floor'), False, [371, 50, 571, 333]),
        (ViewPreprocessor(224, box_rounding='floor'), True, [123, 16, 190, 111]),
    ):
        samples = [make_sample([1], [[371, 50, 571, 333]], size=(672, 672), flip=True)]
        out = view({'inputs': frames(1, 672, 672), 'data_samples': samples}, training=training)
        assert out['data_samples'][0].proposals.bboxes.tolist() == [wanted]


def test_draw_follows_the_seed() -> None:
    view = ViewPreprocessor(64, batch_scales=SCALES)
    shapes = []
    for _ in range(2):
        torch.manual_seed(3)
        shapes.append([view({'inputs': frames(1)}, training=True)['inputs'].shape for _ in range(8)])
    assert shapes[0] == shapes[1]


def test_frames_of_different_sizes_are_padded_with_zeros(make_sample) -> None:
    images = [torch.full((3, 10, 7), 9, dtype=torch.uint8), torch.full((3, 6, 12), 9, dtype=torch.uint8)]
    samples = [make_sample([1], [[1, 2, 3, 4]], size=(10, 7)), make_sample([0], [], size=(6, 12))]
    out = ViewPreprocessor(mean=[4, 5, 6], pad_size_divisor=8)({'inputs': images, 'data_samples': samples})
    assert out['inputs'].shape == (2, 3, 16, 16)
    assert out['inputs'][0, :, 9, 6].tolist() == [5, 4, 3]
    assert out['inputs'][0, :, 10:].abs().sum() + out['inputs'][0, :, :, 7:].abs().sum() == 0
    assert [s.img_shape for s in out['data_samples']] == [(10, 7), (6, 12)]
    assert out['data_samples'][0].proposals.bboxes.tolist() == [[1, 2, 3, 4]]
    assert out['data_samples'][0].batch_input_shape == (16, 16)


def test_divisor_counts_for_frames_of_one_size_too() -> None:
    assert ViewPreprocessor(pad_size_divisor=32)({'inputs': frames(2, 40, 24)})['inputs'].shape == (2, 3, 64, 32)


def test_given_samples_and_frames_stay_as_they_were(make_sample) -> None:
    sample = make_sample([1, 0], [[2, 4, 6, 8]], [0.5], size=(24, 24), scale_factor=(1.0, 1.0))
    batch = {'inputs': frames(1), 'data_samples': [sample]}
    before = copy.deepcopy(batch)
    out = ViewPreprocessor(12, bgr_to_rgb=True, mean=[1, 2, 3])(batch)
    assert torch.equal(batch['inputs'], before['inputs'])
    assert torch.equal(sample.proposals.bboxes, before['data_samples'][0].proposals.bboxes)
    assert sample.metainfo == before['data_samples'][0].metainfo
    assert out['data_samples'][0].proposals.bboxes.tolist() == [[1, 2, 3, 4]]
    assert out['data_samples'][0].scale_factor == (0.5, 0.5)
    assert out['data_samples'][0].gt_label.tolist() == [1, 0]


def test_view_of_uploaded_frames_is_that_of_the_files(make_sample) -> None:
    view, images = ViewPreprocessor(12), list(frames(2))
    samples = [make_sample([1], [[2, 4, 6, 8]], size=(24, 24)) for _ in images]
    direct = view({'inputs': images, 'data_samples': samples})
    through = view(FramePreprocessor()({'inputs': images, 'data_samples': samples}))
    assert torch.equal(direct['inputs'], through['inputs'])


def test_channels_last() -> None:
    plain, last = (ViewPreprocessor(12, channels_last=flag)({'inputs': frames(2)})['inputs'] for flag in (False, True))
    assert plain.is_contiguous()
    assert last.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(
    'wrong',
    [
        *({'resample': 'nearest'}, {'box_rounding': 'ceil'}, {'pad_size_divisor': 0}),
        *({'mean': [1, 2]}, {'mean': [1, 2, 'x']}, {'std': [1, 0, 1]}, {'std': 5}),
        *({'batch_scales': []}, {'batch_scales': [1.0, 0.0]}, {'size': 0}, {'size': (4, 4, 4)}, {'size': 2.5}),
    ],
)
def test_wrong_arguments(wrong: dict) -> None:
    with pytest.raises(ConfigError) as caught:
        ViewPreprocessor(**{'size': 12, **wrong})
    assert caught.value.where == f'data_preprocessor.{next(iter(wrong))}'
