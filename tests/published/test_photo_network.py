"""Images of any sizes in, samples in their order out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.model import BaseModel
from published_toy import CLASSES, images
from torch import Tensor, nn

from mlkd.errors import ConfigError, DataError
from mlkd.published import PhotoNetwork, PhotoPipeline, photo_network, to_device

STEPS = [{'type': 'LoadImage'}, {'type': 'PackMultiLabel'}]


class MeanNetwork(BaseModel):
    """Scores an image by its mean; notes what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))
        self.batches: list[list[tuple[int, ...]]] = []

    def forward(self, inputs: Any, data_samples: Any, mode: str = 'tensor') -> Any:
        raise AssertionError

    def test_step(self, data: dict[str, Any]) -> list[Any]:
        # Of several views there is a list each, of all images.
        views = [data['inputs']] if isinstance(data['inputs'][0], Tensor) else data['inputs']
        self.batches.append([tuple(x.shape[1:]) for x in views[0]])
        scores = [self.weight * x.float().mean() for x in views[0]]
        return [Moved(score, sample) for score, sample in zip(scores, data['data_samples'], strict=True)]


class Moved(SimpleNamespace):
    """A sample that notes that it was moved to the CPU."""

    def __init__(self, score: Tensor, given: Any, on_cpu: bool = False) -> None:
        super().__init__(score=score, given=given, on_cpu=on_cpu)

    def cpu(self) -> Moved:
        return Moved(self.score, self.given, True)


@pytest.fixture
def network() -> PhotoNetwork:
    return PhotoNetwork(MeanNetwork(), CLASSES, PhotoPipeline(STEPS), (0.5,) * 3)


def test_images_of_one_size_go_together_and_come_back_in_their_order(network: PhotoNetwork) -> None:
    frames = images((4, 6), (6, 4), (4, 6), (2, 2), (6, 4))
    found = network.predict(frames)
    assert network.network.batches == [[(4, 6), (4, 6)], [(6, 4), (6, 4)], [(2, 2)]]
    means = [frame.astype(np.float64).mean() for frame in frames]
    assert [sample.score.item() for sample in found] == pytest.approx(means, rel=1e-6)
    assert [sample.given.ori_shape for sample in found] == [frame.shape[:2] for frame in frames]


def test_no_gradients_and_all_on_the_cpu(network: PhotoNetwork) -> None:
    found = network.predict(images((4, 6), (6, 4)))
    assert [sample.on_cpu for sample in found] == [True, True]
    assert not any(sample.score.requires_grad for sample in found)


def test_nothing_of_nothing(network: PhotoNetwork) -> None:
    assert network.predict([]) == network.predict_packed([]) == []
    assert network.network.batches == []


def test_several_views_go_together_where_all_of_them_are_of_one_size(network: PhotoNetwork) -> None:
    def views(value: int, *sizes: tuple[int, int]) -> dict[str, Any]:
        return {
            'inputs': [torch.full((3, *size), value, dtype=torch.uint8) for size in sizes],
            'data_samples': str(value),
        }

    packed = [views(1, (4, 6), (8, 9)), views(2, (4, 6), (8, 8)), views(3, (4, 6), (8, 9)), views(4, (4, 6))]
    found = network.predict_packed(packed)
    assert [len(batch) for batch in network.network.batches] == [2, 1, 1]
    assert [sample.score.item() for sample in found] == [1, 2, 3, 4]
    assert ''.join(sample.given for sample in found) == '1234'


def test_what_is_no_image(network: PhotoNetwork) -> None:
    with pytest.raises(DataError):
        network.predict([np.zeros((4, 6, 3))])
    assert network.network.batches == []


def test_where_a_network_works(monkeypatch: pytest.MonkeyPatch) -> None:
    made = MeanNetwork()
    assert to_device(made, 'cpu') is made
    assert made.weight.device.type == 'cpu'
    monkeypatch.setattr(photo_network, 'get_device', lambda: 'meta')
    assert to_device(made).weight.device.type == 'meta'


@pytest.mark.parametrize('device', ['abacus', 'cuda:99'])
def test_no_such_device(device: str) -> None:
    with pytest.raises(ConfigError, match='cannot be used') as caught:
        to_device(MeanNetwork(), device)
    assert str(caught.value.found).startswith(f'{device}: ')
    assert '\n' not in str(caught.value.found)
