from __future__ import annotations

import pytest
import torch

from mlkd.errors import DataError
from mlkd.models.preprocessors import FramePreprocessor


def frame(height: int = 8, width: int = 8) -> torch.Tensor:
    return torch.randint(256, (3, height, width), dtype=torch.uint8)


def test_frames_of_one_size_are_one_tensor(make_sample) -> None:
    frames, samples = [frame(), frame()], [make_sample([1]), make_sample([0])]
    out = FramePreprocessor()({'inputs': frames, 'data_samples': samples})
    assert torch.equal(out['inputs'], torch.stack(frames))
    assert [s.gt_label.item() for s in out['data_samples']] == [1, 0]
    assert torch.equal(FramePreprocessor()({'inputs': torch.stack(frames)})['inputs'], torch.stack(frames))


def test_frames_of_different_sizes_stay_a_list() -> None:
    frames = [frame(8, 6), frame(4, 10)]
    out = FramePreprocessor()({'inputs': frames, 'data_samples': None})
    assert all(torch.equal(a, b) for a, b in zip(out['inputs'], frames, strict=True))
    assert out['data_samples'] is None


@pytest.mark.parametrize('bad', [frame().float(), frame()[:1], frame()[0]])
def test_what_is_no_colour_image(bad: torch.Tensor) -> None:
    with pytest.raises(DataError, match='8-bit colour'):
        FramePreprocessor()({'inputs': [frame(), bad]})
