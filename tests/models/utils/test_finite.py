from __future__ import annotations

import pytest
import torch

from mlkd.errors import TrainingError
from mlkd.models.utils import check_finite


def test_finite_losses_pass(make_sample) -> None:
    check_finite({'loss_a': torch.tensor(1.0), 'loss_b': torch.ones(2)}, [make_sample()])
    check_finite({})


@pytest.mark.parametrize('value', [float('nan'), float('inf'), float('-inf')])
def test_loss_and_images_are_named(make_sample, value: float) -> None:
    samples = [make_sample(img_path='a.jpg'), make_sample(img_path='b.jpg')]
    with pytest.raises(TrainingError) as caught:
        check_finite({'loss_good': torch.tensor(1.0), 'kd.loss_bad': torch.tensor(value)}, samples)
    message = str(caught.value)
    assert all(part in message for part in ('kd.loss_bad', 'a.jpg', 'b.jpg', str(value)))
    assert 'loss_good' not in message
