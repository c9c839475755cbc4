from __future__ import annotations

import math

import pytest
import torch

from mlkd.models.heads.msrn_predictors import ElementwisePredictor, MLPPredictor
from mlkd.models.layers.label_encoder import LabelSemantics

S = torch.tensor([[0.25, 0.75], [1.0, 0.0], [0.5, 0.5]])
GROUPED = LabelSemantics(torch.zeros(3, 2), torch.zeros(2, 2), S)
PLAIN = LabelSemantics(torch.zeros(3, 2), None, None)


def test_each_label_by_itself_and_its_groups() -> None:
    predictor = ElementwisePredictor(3, 2, 2)
    seen = torch.randn(4, 5, 2)
    with torch.no_grad():
        logits = predictor(seen, GROUPED)
        for b in range(4):
            for i in range(3):
                groups = sum(S[i, g] * seen[b, 3 + g] for g in range(2))
                expected = predictor.weight[i] @ torch.cat([seen[b, i], groups]).tanh() + predictor.bias[i]
                assert logits[b, i].item() == pytest.approx(expected.item(), abs=1e-6)


def test_another_label_does_not_matter_without_groups() -> None:
    predictor, seen = ElementwisePredictor(3, 0, 2), torch.randn(1, 3, 2)
    assert predictor.weight.shape == (3, 2)
    before = predictor(seen, PLAIN)
    seen[0, 1] += 1
    changed = (predictor(seen, PLAIN) != before)[0].tolist()
    assert changed == [False, True, False]


@pytest.mark.parametrize(('groups', 'width'), [(2, 128), (0, 64)])
def test_initial_weights_are_as_of_a_linear_layer(groups: int, width: int) -> None:
    predictor = ElementwisePredictor(80, groups, 64)
    bound = 1 / math.sqrt(width)
    assert predictor.weight.shape == (80, width)
    assert 0.99 * bound < predictor.weight.abs().max() <= bound
    assert predictor.bias.abs().max() <= bound


def test_all_that_is_seen_through_two_layers_by_hand() -> None:
    predictor = MLPPredictor(1, 1, 1, hidden_channels=2)
    with torch.no_grad():
        predictor.fc1.weight.copy_(torch.tensor([[1.0, 1.0], [-1.0, 0.0]]))
        predictor.fc1.bias.zero_()
        predictor.fc2.weight.copy_(torch.tensor([[1.0, 1.0]]))
        predictor.fc2.bias.fill_(0.5)
    a, b = math.tanh(1), math.tanh(2)
    # The second hidden number is negative: a hundredth of it passes.
    logits = predictor(torch.tensor([[[1.0], [2.0]]]), PLAIN)
    assert logits.tolist()[0] == pytest.approx([a + b - 0.01 * a + 0.5])


def test_shapes_of_the_two_layers() -> None:
    predictor = MLPPredictor(3, 2, 4)
    assert (predictor.fc1.in_features, predictor.fc1.out_features, predictor.fc2.out_features) == (20, 2048, 3)
    assert predictor(torch.zeros(2, 5, 4), GROUPED).shape == (2, 3)
