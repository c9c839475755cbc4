from __future__ import annotations

import pytest
import torch

from mlkd.errors import ConfigError
from mlkd.models.heads import WSDDNHead
from mlkd.models.losses import spatial_regulariser

M_CLS = torch.tensor([[1.0, 0], [0, 1], [2, -1]])
M_DET = torch.tensor([[0.0, 1], [1, 0], [-1, 2]])
ONE_IMAGE = torch.zeros(3, dtype=torch.long)


def rows(x: torch.Tensor) -> list[float]:
    return x.flatten().tolist()


def test_spec_vectors() -> None:
    head = WSDDNHead(2, 4)
    scores = head.roi_scores(M_CLS, M_DET, ONE_IMAGE, 1)
    assert rows(scores) == pytest.approx([0.178911, 0.065818, 0.178911, 0.065818, 0.085761, 0.031550], abs=1e-6)
    assert rows(head.image_scores(M_CLS, M_DET, ONE_IMAGE, 1)) == pytest.approx([0.443583, 0.163185], abs=1e-6)
    losses = head.loss(scores, torch.zeros(3, 4), torch.zeros(3, 5), torch.tensor([[1, 0]]))
    assert losses['loss_det'].item() == pytest.approx(0.991024, abs=1e-6)
    assert list(losses) == ['loss_det']


def test_soft_prediction_of_the_spec() -> None:
    head = WSDDNHead(2, 4)
    for multipliers in ((2.0, 2.0), (torch.full((2,), 2.0), torch.full((500,), 2.0)), (torch.tensor(2.0),) * 2):
        soft = head.image_scores(M_CLS, M_DET, ONE_IMAGE, 1, *multipliers)
        assert rows(soft) == pytest.approx([0.222490, 0.030111], abs=1e-6)


def test_detection_temperature_of_the_spec() -> None:
    scores = WSDDNHead(2, 4, det_temperature=2).image_scores(M_CLS, M_DET, ONE_IMAGE, 1)
    assert rows(scores) == pytest.approx([0.538279, 0.242852], abs=1e-6)
    multiplied = WSDDNHead(2, 4).image_scores(M_CLS, M_DET, ONE_IMAGE, 1, det_multiplier=0.5)
    assert torch.equal(scores, multiplied)


def test_multipliers_are_by_class_and_by_place_in_the_list() -> None:
    index = torch.tensor([0, 1, 1])
    a_cls, a_det = torch.tensor([2.0, 3.0]), torch.tensor([5.0, 7.0])
    mine = WSDDNHead(2, 4).roi_scores(M_CLS, M_DET, index, 2, a_cls, a_det)
    wanted = (M_CLS * a_cls).softmax(1)
    wanted[1:] *= (M_DET[1:] * a_det[:, None]).softmax(0)
    torch.testing.assert_close(mine, wanted)


def test_too_few_multipliers() -> None:
    with pytest.raises(ConfigError, match='2 multipliers, 3 proposals'):
        WSDDNHead(2, 4).roi_scores(M_CLS, M_DET, ONE_IMAGE, 1, det_multiplier=torch.ones(2))


def test_images_with_no_and_one_proposal() -> None:
    index = torch.tensor([1, 2, 2])
    p = WSDDNHead(2, 4).image_scores(M_CLS, M_DET, index, 4)
    assert rows(p[[0, 3]]) == [0, 0, 0, 0]
    torch.testing.assert_close(p[1], M_CLS[0].softmax(0))


def test_regulariser_is_added_with_its_weight() -> None:
    feats, label = torch.randn(3, 4), torch.tensor([[1, 1]])
    rois = torch.tensor([[0.0, 0, 0, 9, 9], [0, 0, 0, 9, 10], [0, 1, 0, 9, 9]])
    scores = WSDDNHead(2, 4).roi_scores(M_CLS, M_DET, ONE_IMAGE, 1)
    for kind in ('s2', 's'):
        head = WSDDNHead(2, 4, spatial_weight=0.5, spatial_score_weight=kind)
        wanted = 0.5 * spatial_regulariser(scores, feats, rois, label, kind)
        assert wanted > 0
        assert torch.equal(head.loss(scores, feats, rois, label)['loss_spatial'], wanted)


def test_layers_and_their_initialisation() -> None:
    head = WSDDNHead(3, 1000, init_cfg={'type': 'Normal', 'layer': 'Linear', 'std': 0.01})
    head.init_weights()
    assert head.fc_det.weight.std().item() == pytest.approx(0.01, rel=0.1)
    x = torch.randn(5, 1000)
    for logits, layer in zip(head(x), (head.fc_cls, head.fc_det), strict=True):
        assert torch.equal(logits, layer(x))


def test_a_half_of_the_vector_for_each_stream() -> None:
    head = WSDDNHead(3, 4, halves=True)
    x = torch.randn(5, 8)
    cls_logits, det_logits = head(x)
    torch.testing.assert_close(cls_logits, head.fc_cls(x[:, :4]))
    torch.testing.assert_close(det_logits, head.fc_det(x[:, 4:]))


@pytest.mark.parametrize(
    'wrong',
    [{'det_temperature': 0}, {'cls_temperature': -1}, {'spatial_weight': -1}, {'spatial_score_weight': 's3'}],
)
def test_arguments_that_make_no_sense(wrong: dict) -> None:
    with pytest.raises(ConfigError) as caught:
        WSDDNHead(2, 3, **wrong)
    assert caught.value.where == f'bbox_head.{next(iter(wrong))}'
