from __future__ import annotations

import math

import pytest
import torch

from mlkd.models.heads import MultiLabelHead


def test_initialisation_is_caffes_xavier() -> None:
    head = MultiLabelHead(200, 300)
    head.init_weights()
    bound = math.sqrt(3 / 300)
    assert head.fc.weight.abs().max() <= bound
    assert head.fc.weight.abs().max() > 0.99 * bound
    assert head.fc.weight.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.02)
    assert head.fc.bias.abs().sum() == 0


def test_loss_and_prediction() -> None:
    head, logits = MultiLabelHead(2, 4), torch.tensor([[1.5, -2.0]])
    assert head.loss(logits, torch.tensor([[1, 0]]))['loss_cls'].item() == pytest.approx(0.328341, abs=1e-6)
    assert head.predict(logits.bfloat16()).tolist()[0] == pytest.approx([0.8175745, 0.1192029], abs=1e-6)
    assert head(torch.zeros(3, 4)).shape == (3, 2)
