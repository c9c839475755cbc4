from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.logging import MessageHub
from torch import Tensor

from mlkd.datasets.transforms import Canvas, PackMultiLabel
from mlkd.distillers import OASS, Distiller, FrameBatch
from mlkd.distillers.self_teacher import SelfTeacher
from mlkd.distillers.terms import oass
from mlkd.distillers.terms.patch_network import piece_maps
from mlkd.errors import ConfigError, DataError
from mlkd.models.layers import KeyPoints, cut_views, merge_maps
from mlkd.structures import MultiLabelDataSample

K, SIDE = 4, 64
STUDENT: dict[str, Any] = {
    'type': 'MultiLabelClassifier',
    'backbone': {'type': 'MobileNetV1', 'width': 0.25},
    'neck': {'type': 'LastMap'},
    'head': {'type': 'CAMHead', 'num_classes': K, 'in_channels': 256, 'csi': 'moments'},
    'data_preprocessor': {'type': 'ViewPreprocessor', 'size': SIDE, 'mean': [127.5] * 3, 'std': [127.5] * 3},
}
EMA = {'ema': {'average': {'decay': 0.99}}}


@pytest.fixture(autouse=True)
def seeded(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    monkeypatch.setattr(oass, 'training_progress', lambda: None)


def make(term: dict[str, Any], teachers: dict | None = None, csi: str | None = 'moments') -> Distiller:
    student = {**STUDENT, 'head': {**STUDENT['head'], 'csi': csi}}
    distiller = Distiller(student, teachers or {}, {'oass': {'type': 'OASS', **term}}).train()
    distiller.init_weights()
    for teacher in distiller.teachers.values():
        assert isinstance(teacher, SelfTeacher)
        teacher.start(distiller.student)
    return distiller


def make_batch(labels: list[list[int]]) -> FrameBatch:
    samples = []
    for label in labels:
        sample = MultiLabelDataSample(metainfo={'img_shape': (SIDE, SIDE), 'ori_shape': (SIDE, SIDE)})
        samples.append(sample.set_gt_label(label))
    generator = torch.Generator().manual_seed(3)
    frames = torch.randint(0, 256, (len(labels), 3, SIDE, SIDE), dtype=torch.uint8, generator=generator)
    return FrameBatch(frames, samples)


LABELS = [[1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 1, 1]]
BATCH = make_batch(LABELS)


def losses_of(distiller: Distiller, batch: FrameBatch = BATCH) -> dict[str, Tensor]:
    return distiller.loss(batch.inputs, batch.samples)


def keys_at(images: list[int], classes: list[int]) -> KeyPoints:
    n = len(images)
    return KeyPoints(torch.full((n, 2), 32), torch.tensor(images), torch.tensor(classes), torch.zeros(n).bool())


def test_a_map_that_is_off_by_one_everywhere_with_one_of_twenty_classes_present() -> None:
    maps = torch.randn(1, 20, 32, 32)
    present = torch.zeros(1, 20, dtype=torch.bool)
    present[0, 7] = True
    for strategy, keys in (('max', keys_at([0], [-1])), ('cmax', keys_at([0], [7]))):
        for distance in ('l1', 'l2'):
            term = OASS(strategy, distance=distance)  # type: ignore[arg-type]
            assert term.consistency_loss(maps, maps + 1, present, keys).item() == pytest.approx(0.05, rel=1e-5)


def test_losses_per_class_by_hand() -> None:
    maps, merged = torch.randn(2, 3, 4, 4), torch.randn(3, 3, 4, 4)
    labels = torch.tensor([[1, 0, 1], [0, 1, -1]])
    keys = keys_at([0, 0, 1], [0, 2, 1])
    term = OASS('cmax', teacher='ema')
    expected, patch = 0.0, 0.0
    for i, (b, c) in enumerate(((0, 0), (0, 2), (1, 1))):
        expected += (maps[b, c] - merged[i, c]).abs().sum().item() / (3 * 16) / 3
        target = F.one_hot(torch.tensor(c), 3).float()
        patch += F.multilabel_soft_margin_loss(merged[i].mean((1, 2))[None], target[None]).item() / 3
    assert term.consistency_loss(maps, merged, labels == 1, keys).item() == pytest.approx(expected, rel=1e-5)
    assert term.patch_loss(merged, labels, keys).item() == pytest.approx(patch, rel=1e-5)


def test_losses_per_image_by_hand() -> None:
    maps, merged = torch.randn(2, 3, 4, 4), torch.randn(2, 3, 4, 4)
    labels = torch.tensor([[1, 0, 1], [0, 1, 0]])
    keys = keys_at([0, 1], [-1, -1])
    term = OASS('max')
    expected = (labels[..., None, None] * (maps - merged).abs()).mean().item()
    assert term.consistency_loss(maps, merged, labels == 1, keys).item() == pytest.approx(expected, rel=1e-5)
    patch = F.multilabel_soft_margin_loss(merged.mean((2, 3)), labels.float()).item()
    assert term.patch_loss(merged, labels, keys).item() == pytest.approx(patch, rel=1e-5)


def test_the_student_as_patch_network_keeps_its_other_classes() -> None:
    merged, labels = torch.zeros(1, 3, 2, 2, requires_grad=True), torch.tensor([[1, 1, 0]])
    for teacher, sign in ((None, -1), ('ema', 1)):
        (gradient,) = torch.autograd.grad(
            OASS('cmax', teacher=teacher).patch_loss(merged, labels, keys_at([0], [0])), merged
        )
        assert (gradient[0, 1] * sign > 0).all()


@pytest.mark.parametrize('strategy', ['cmax', 'ctopk', 'ctopkw'])
def test_gradients_with_an_average(strategy: str) -> None:
    distiller = make({'strategy': strategy, 'teacher': 'ema'}, EMA)
    losses = losses_of(distiller)
    assert not losses['oass.loss_patch'].requires_grad
    for name in ('task.loss_cls', 'oass.loss_consistency'):
        distiller.zero_grad()
        losses[name].backward(retain_graph=True)
        assert distiller.student.head.cam.weight.grad.abs().sum() > 0, name
        if name != 'task.loss_cls':
            assert all(p.grad is None for p in distiller.student.head.csi.parameters())
    teacher = distiller.teachers['ema'].network
    assert teacher.training
    assert all(p.grad is None and not p.requires_grad for p in teacher.parameters())


@pytest.mark.parametrize(('term', 'csi'), [({'strategy': 'max'}, 'moments'), ({'type': 'PuzzleCAM'}, None)])
def test_gradients_flow_through_both_maps_of_the_student(term: dict, csi: str | None) -> None:
    distiller = make(term, csi=csi)
    losses = losses_of(distiller)
    assert losses['oass.loss_patch'].requires_grad
    losses['oass.loss_patch'].backward(retain_graph=True)
    assert distiller.student.head.cam.weight.grad.abs().sum() > 0
    seen = []
    whole = distiller.student.head.class_maps

    def keep(x: Tensor) -> Tensor:
        seen.append(whole(x))
        seen[-1].retain_grad()
        return seen[-1]

    distiller.student.head.class_maps = keep
    losses_of(distiller)['oass.loss_consistency'].backward()
    assert len(seen) == 2
    assert all(maps.grad.abs().sum() > 0 for maps in seen)


def test_l_cls_is_that_of_the_student_alone() -> None:
    distiller = make({'teacher': 'ema'}, EMA)
    logits = distiller.student(BATCH.inputs.float().sub(127.5).div(127.5))
    expected = F.multilabel_soft_margin_loss(logits, torch.tensor(LABELS).float())
    assert losses_of(distiller)['task.loss_cls'].item() == pytest.approx(expected.item(), rel=1e-4)


def test_centre_is_puzzle_cam() -> None:
    """Plain tiles; with the network in test mode the merged maps are those of the tiles put side by side."""
    student = make({}).student.eval()
    views = torch.randn(2, 3, 128, 128)
    keys = KeyPoints(torch.full((2, 2), 64), torch.arange(2), torch.full((2,), -1), torch.zeros(2).bool())
    tiles = cut_views(views, keys)
    assert torch.equal(tiles.unflatten(0, (2, 4))[:, 1], views[:, :, :64, 64:])
    outputs = SimpleOutputs(student)
    merged = merge_maps(piece_maps(outputs, tiles), keys, (128, 128), (4, 4))  # type: ignore[arg-type]
    maps = [
        student.head.class_maps(student.extract_feat(views[..., i : i + 64, j : j + 64])[-1])
        for i in (0, 64)
        for j in (0, 64)
    ]
    assert torch.allclose(merged, torch.cat([torch.cat(maps[:2], 3), torch.cat(maps[2:], 3)], 2), atol=1e-6)


class SimpleOutputs:
    def __init__(self, network: Any) -> None:
        self.network = network

    def run_mode(self) -> Any:
        return torch.enable_grad()


def test_batch_norm_of_all_pieces_or_of_four() -> None:
    student = make({}).student.train()
    pieces = torch.randn(12, 3, 32, 32)
    joint, single = (piece_maps(SimpleOutputs(student), pieces, norm) for norm in ('joint', 'per_keypoint'))  # type: ignore[arg-type]
    alone = torch.cat([student.head.class_maps(student.extract_feat(four)[-1]) for four in pieces.split(4)])
    assert torch.allclose(single, alone, atol=1e-6)
    assert not torch.allclose(joint, alone, atol=1e-6)
    student.eval()
    joint, single = (piece_maps(SimpleOutputs(student), pieces, norm) for norm in ('joint', 'per_keypoint'))  # type: ignore[arg-type]
    assert torch.allclose(joint, single, atol=1e-6)


def test_running_statistics_of_pieces_are_kept_or_not() -> None:
    counts = {}
    for statistics in ('update', 'hold'):
        for norm in ('joint', 'per_keypoint'):
            distiller = make({'strategy': 'max', 'patch_norm': norm, 'patch_statistics': statistics})
            losses_of(distiller)
            student = distiller.student
            counts[statistics, norm] = (
                int(student.backbone.stem.bn.num_batches_tracked),
                int(student.head.csi.norms[0].num_batches_tracked),
            )
            assert student.backbone.stem.bn.track_running_stats
    assert counts == {
        ('update', 'joint'): (2, 2),
        ('update', 'per_keypoint'): (4, 4),
        ('hold', 'joint'): (1, 1),
        ('hold', 'per_keypoint'): (1, 1),
    }


@pytest.mark.parametrize('strategy', ['max', 'cmax', 'ctopk', 'ctopkw', 'centre'])
def test_a_batch_without_labels(strategy: str) -> None:
    teacher = None if strategy in ('max', 'centre') else 'ema'
    distiller = make({'strategy': strategy, 'teacher': teacher}, EMA if teacher else None)
    losses = losses_of(distiller, make_batch([[0, 0, 0, 0], [0, -1, 0, 0]]))
    assert losses['oass.loss_consistency'].item() == 0
    sum(value for name, value in losses.items() if 'loss' in name).backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in distiller.parameters())


def test_a_batch_in_which_no_map_is_positive() -> None:
    distiller = make({'strategy': 'ctopk', 'teacher': 'ema'}, EMA)
    for network in (distiller.student, distiller.teachers['ema'].network):
        network.head.cam.weight.data.abs_().neg_()
    losses = losses_of(distiller)
    assert (losses['oass.fallback'].item(), losses['oass.empty_maps'].item()) == (1, 1)
    sum(value for name, value in losses.items() if 'loss' in name).backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in distiller.parameters())


def test_the_anchor_trains_the_maps_directly() -> None:
    losses = losses_of(make({'teacher': 'ema', 'anchor_weight': 0.1}, EMA))
    assert losses['oass.loss_anchor'].item() > 0
    assert 'oass.loss_anchor' not in losses_of(make({'teacher': 'ema'}, EMA))


def test_the_weight_grows_with_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    hub = MessageHub.get_instance('ramp')
    distiller = make({'teacher': 'ema'}, EMA)
    seen = []
    for t in (0, 100, 247, 248, 4949):
        hub.update_info_dict({'iter': t, 'max_iters': 4950})
        losses = losses_of(distiller)
        seen.append(losses['oass.weight'].item())
        if t == 0:
            assert losses['oass.loss_consistency'].item() == 0
    assert seen == pytest.approx([0, 1.2121, 2.9939, 3, 3], abs=5e-5)


def test_other_sizes_and_batches_of_one() -> None:
    distiller = make({'strategy': 'ctopkw', 'teacher': 'ema'}, EMA)
    distiller.student.data_preprocessor.size = (100, 190)
    batch = make_batch([[1, 0, 0, 1]])
    loss = losses_of(distiller, batch)['oass.loss_consistency']
    loss.backward()
    assert loss.isfinite()
    gradients = [p.grad for p in distiller.student.backbone.parameters() if p.grad is not None]
    assert gradients
    assert all(x.isfinite().all() for x in gradients)


def test_views_that_are_too_small_to_be_cut_are_named() -> None:
    distiller = make({'strategy': 'ctopkw', 'teacher': 'ema'}, EMA)
    distiller.student.data_preprocessor.size = (32, 96)
    with pytest.raises(DataError, match='too small to be cut') as caught:
        losses_of(distiller)
    assert '32 x 96 pixels, maps of 1 x 3 cells' in str(caught.value.found)
    distiller.student.data_preprocessor.size = (33, 33)
    losses = losses_of(distiller)
    assert all(value.isfinite() for value in losses.values())


@pytest.mark.parametrize('stride', [8, 16, 32])
def test_an_image_smaller_than_a_patch_at_other_strides(stride: int) -> None:
    """Of 3 x 2 pixels on a canvas of 96: what is cut is mostly canvas."""
    student = {**STUDENT, 'backbone': {**STUDENT['backbone'], 'out_indices': ({8: 4, 16: 10, 32: 12}[stride],)}}
    channels = {8: 64, 16: 128, 32: 256}[stride]
    student = {**student, 'head': {**STUDENT['head'], 'in_channels': channels}}
    student['data_preprocessor'] = {**STUDENT['data_preprocessor'], 'size': None}
    distiller = Distiller(student, EMA, {'oass': {'type': 'OASS', 'strategy': 'ctopkw', 'teacher': 'ema'}}).train()
    distiller.init_weights()
    distiller.teachers['ema'].start(distiller.student)  # type: ignore[attr-defined]
    image = np.arange(18, dtype=np.uint8).reshape(2, 3, 3)
    results = {'img': image, 'img_shape': (2, 3), 'ori_shape': (2, 3), 'gt_label': np.array([1, 0, 0, 1])}
    packed = PackMultiLabel()(Canvas(96, random=True)(results))
    batch = FrameBatch(torch.stack([packed['inputs']] * 2), [packed['data_samples']] * 2)
    losses = losses_of(distiller, batch)
    sum(value for name, value in losses.items() if 'loss' in name).backward()
    assert all(value.isfinite() for value in losses.values())
    assert losses['oass.loss_consistency'] > 0


def test_a_student_without_class_maps_is_named() -> None:
    head = {'type': 'MultiLabelHead', 'num_classes': K, 'in_channels': 256}
    with pytest.raises(ConfigError, match=r'head\.cam'):
        Distiller({**STUDENT, 'neck': None, 'head': head}, {}, {'oass': {'type': 'OASS'}})


@pytest.mark.parametrize(
    'term',
    [
        *({'distance': 'l3'}, {'patch_norm': 'jont'}, {'patch_statistics': 'no'}, {'ramp': 2}, {'strategy': 'cmx'}),
        *({'consistency_weight': -1}, {'patch_weight': 'x'}, {'anchor_weight': float('nan')}),
    ],
)
def test_wrong_settings_are_named(term: dict) -> None:
    with pytest.raises(ConfigError, match=next(iter(term))):
        OASS(**term)


def test_a_student_without_class_maps_is_told_what_it_needs() -> None:
    student = {
        'type': 'MultiLabelClassifier',
        'backbone': {'type': 'SmallConvNet', 'layers': ((4, 2),)},
        'neck': {'type': 'GlobalPool'},
        'head': {'type': 'MultiLabelHead', 'num_classes': 3, 'in_channels': 4},
    }
    with pytest.raises(ConfigError, match=r"no layer 'head\.cam'") as caught:
        Distiller(student=student, teachers={}, terms={'oass': {'type': 'OASS'}})
    assert 'CAMHead' in caught.value.fix
