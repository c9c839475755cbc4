"""PartitionKD: the algebra of its specification, labels by name, and traps."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from mlkd.distillers import Distiller, PartitionKD
from mlkd.distillers.terms.partition_kd import logit_distance
from mlkd.errors import ConfigError, PartitionError
from tests.distillers.part_toy import CGP, CLASSES, DGP, model, toy_batch, write_parts

N = 5


def toy_teachers(seed: int = 0) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Outputs of teachers that each know a part, labels in disorder; and what they say, in the order of the classes."""
    generator = torch.Generator().manual_seed(seed)
    teachers, targets = {}, {}
    for family, parts in (('cgp', CGP), ('dgp', DGP)):
        whole = torch.randn(N, 6, generator=generator, dtype=torch.float64) * 3
        targets[family] = whole
        for number, labels in enumerate(parts):
            columns = whole[:, [CLASSES.index(name) for name in labels]]
            teachers[f'{family}_{number}'] = SimpleNamespace(logits=columns, labels=labels)
    return teachers, targets


def make_term(**kwargs: Any) -> PartitionKD:
    families = {
        'cgp': {'alpha': kwargs.pop('alpha', 0.5), 'teachers': [f'cgp_{i}' for i in range(len(CGP))]},
        'dgp': {'teachers': [f'dgp_{i}' for i in range(len(DGP))]},
    }
    term = PartitionKD(**{'families': families, 'classes': CLASSES, **kwargs})
    term.bind(toy_teachers()[0])
    return term


def total(term: PartitionKD, z: torch.Tensor, teachers: Any) -> torch.Tensor:
    return sum(term(SimpleNamespace(logits=z), teachers, None).values())  # type: ignore[arg-type,return-value]


@pytest.fixture
def z() -> torch.Tensor:
    return torch.randn(N, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(9)).requires_grad_()


def test_labels_are_found_by_name() -> None:
    teachers, targets = toy_teachers()
    term = make_term()
    for family in ('cgp', 'dgp'):
        torch.testing.assert_close(term.target(family, teachers), targets[family])


@pytest.mark.parametrize('alpha', [0, 0.25, 0.5, 0.8, 1])
def test_distilling_from_the_mean(z: torch.Tensor, alpha: float) -> None:
    """Spec 3.2: as 1/2 |z - mean|^2, the values differing by 1/2 a (1 - a) |t^co - t^dis|^2."""
    teachers, targets = toy_teachers()
    loss = total(make_term(alpha=alpha), z, teachers)
    mean = alpha * targets['cgp'] + (1 - alpha) * targets['dgp']
    single = (z - mean).square().sum() / 2
    rest = alpha * (1 - alpha) / 2 * (targets['cgp'] - targets['dgp']).square().sum()
    torch.testing.assert_close(loss, single + rest)
    own, expected = (torch.autograd.grad(x, z, retain_graph=True)[0] for x in (loss, single))
    torch.testing.assert_close(own, expected)


def test_shares_are_not_rounded(z: torch.Tensor) -> None:
    """The released code executes 0.38 where alpha 0.25 asks for 0.375."""
    teachers, targets = toy_teachers()
    found = make_term(alpha=0.25)(SimpleNamespace(logits=z), teachers, None)  # type: ignore[arg-type]
    assert set(found) == {'loss_cgp', 'loss_dgp'}
    torch.testing.assert_close(found['loss_dgp'], 0.375 * (z - targets['dgp']).square().sum(), rtol=1e-12, atol=0)
    torch.testing.assert_close(found['loss_cgp'], 0.125 * (z - targets['cgp']).square().sum(), rtol=1e-12, atol=0)


@pytest.mark.parametrize(('alpha', 'family'), [(1, 'cgp'), (0, 'dgp')])
def test_one_family_alone(z: torch.Tensor, alpha: float, family: str) -> None:
    teachers, targets = toy_teachers()
    found = make_term(alpha=alpha)(
        SimpleNamespace(logits=z),  # type: ignore[arg-type]
        {name: teacher for name, teacher in teachers.items() if name.startswith(family)},
        None,  # type: ignore[arg-type]
    )
    assert set(found) == {f'loss_{family}'}
    torch.testing.assert_close(found[f'loss_{family}'], (z - targets[family]).square().sum() / 2)


def test_kl_by_hand(z: torch.Tensor) -> None:
    """16 sum softmax(t/4) log(softmax(t/4) / softmax(z/4)), in plain NumPy."""
    _, targets = toy_teachers()

    def softmax(x: np.ndarray) -> np.ndarray:
        powers = np.exp(x - x.max(1, keepdims=True))
        return powers / powers.sum(1, keepdims=True)

    soft, own = softmax(targets['cgp'].numpy() / 4), softmax(z.detach().numpy() / 4)
    expected = 16 * (soft * np.log(soft / own)).sum()
    assert logit_distance(z, targets['cgp'], 'kl').item() == pytest.approx(expected, rel=1e-12)
    assert logit_distance(targets['cgp'], targets['cgp'], 'kl').item() == pytest.approx(0, abs=1e-12)
    assert torch.autograd.gradcheck(lambda x: logit_distance(x, targets['cgp'], 'kl'), (z,))
    loss = total(make_term(metric='kl', alpha=1), z, toy_teachers()[0])
    assert loss.item() == pytest.approx(expected / 2, rel=1e-12)


@pytest.mark.parametrize(('reduction', 'divisor'), [('images', N), ('cells', 6 * N)])
def test_reductions(z: torch.Tensor, reduction: Any, divisor: int) -> None:
    teachers, _ = toy_teachers()
    whole, part = (total(make_term(reduction=name), z, teachers) for name in ('sum', reduction))
    torch.testing.assert_close(whole, divisor * part)


def test_half_precision_is_left_before_squaring() -> None:
    teachers, targets = toy_teachers()
    for teacher in teachers.values():
        teacher.logits = teacher.logits.half()
    z = (targets['cgp'] + 300).half()
    found = make_term(alpha=1)(SimpleNamespace(logits=z), teachers, None)['loss_cgp']  # type: ignore[arg-type]
    assert found.dtype == torch.float32
    assert found.item() == pytest.approx(N * 6 * 300**2 / 2, rel=1e-2)


def test_the_classes_of_the_training_set(z: torch.Tensor) -> None:
    teachers, targets = toy_teachers()
    term = make_term(classes=None)
    with pytest.raises(ConfigError, match='ClassNamesHook'):
        total(term, z, teachers)
    order = tuple(reversed(CLASSES))
    term.set_classes(order)
    torch.testing.assert_close(term.target('cgp', teachers), targets['cgp'].flip(1))
    term.set_classes(order)
    with pytest.raises(PartitionError, match='not in that order'):
        term.set_classes(CLASSES)
    with pytest.raises(PartitionError, match='number 0 is boat'):
        make_term().set_classes(order)


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        ({'metric': 'mes'}, 'did you mean mse'),
        ({'reduction': 'mean'}, "'sum' or 'images' or 'cells'"),
        ({'temperature': 0}, 'above 0'),
        ({'families': {'cgp': {'teachers': ['cgp_9']}}}, 'did you mean cgp_'),
    ],
)
def test_configs_that_are_wrong(arguments: dict, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        make_term(**arguments)


@pytest.mark.parametrize(
    ('classes', 'words'),
    [
        ((*CLASSES, 'fox'), r'(?s)1 of 7 labels stand in no part.*found: fox'),
        (CLASSES[1:], r'(?s)teacher cgp_0.*found: boat'),
        (('boat', 'cat', 'cow', 'dog', 'see', 'ship'), 'did you mean see'),
        (('boat', *CLASSES), 'named twice'),
    ],
)
def test_labels_of_another_set(classes: tuple[str, ...], words: str) -> None:
    with pytest.raises(PartitionError, match=words):
        make_term(classes=classes)


def distiller(folder: Path, **kwargs: Any) -> Distiller:
    config = kwargs.pop('teacher', {})
    teachers = {
        name: {'model': model(), 'parts': write_parts(folder, parts, seed), **config}
        for seed, (name, parts) in enumerate((('cgp', CGP), ('dgp', DGP)))
    }
    terms = {'psd': {'type': 'PartitionKD', 'families': {'cgp': 0.5, 'dgp': 0.5}, **kwargs}}
    torch.manual_seed(1)
    made = Distiller(model(), teachers, terms, task_weight=0.5).train()
    made.set_classes(CLASSES)
    return made


def test_a_step_leaves_the_teachers_as_they_are(tmp_path: Path) -> None:
    """Spec 7.4: no gradient; parameters and buffers unchanged; open labels (-1) are taught too."""
    made, batch = distiller(tmp_path), toy_batch()
    networks = [network for teacher in made.teachers.values() for network in teacher.networks]
    before = [x.clone() for network in networks for x in (*network.parameters(), *network.buffers())]
    losses = made.loss(batch.inputs, batch.samples)
    assert set(losses) == {'task.loss_cls', 'psd.loss_cgp', 'psd.loss_dgp'}
    sum(losses.values()).backward()  # type: ignore[union-attr]
    after = [x for network in networks for x in (*network.parameters(), *network.buffers())]
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
    assert not any(x.requires_grad or x.grad is not None for x in after)
    assert all(x.grad is not None for x in made.student.parameters())
    assert made.student.head.fc.weight.grad[2].abs().sum() > 0
    # All labels open: the teachers say the same.
    for sample in batch.samples:
        sample.gt_label = torch.full((6,), -1)
    again = made.loss(batch.inputs, batch.samples)
    torch.testing.assert_close(again['psd.loss_cgp'], losses['psd.loss_cgp'], rtol=1e-5, atol=1e-5)


def test_the_number_of_outputs_of_the_student(tmp_path: Path) -> None:
    teachers = {'cgp': {'model': model(), 'parts': write_parts(tmp_path, CGP)}}
    terms = {'psd': {'type': 'PartitionKD', 'families': {'cgp': 1}, 'classes': CLASSES}}
    made, batch = Distiller(model(5), teachers, terms, task_weight=0).train(), toy_batch()
    with pytest.raises(ConfigError, match='another number of labels'):
        made.loss(batch.inputs, batch.samples)


def test_training_mode_of_the_teachers(tmp_path: Path) -> None:
    """As the released code: statistics of the batch; the running ones stay, as nothing reads them."""
    made, batch = distiller(tmp_path, teacher={'mode': 'train'}), toy_batch()
    network: Any = made.teachers['cgp'].networks[0]
    before = {name: x.clone() for name, x in network.state_dict().items()}
    with made.teachers['cgp'].outputs(batch) as outputs:
        found = outputs.logits
    assert all(torch.equal(x, before[name]) for name, x in network.state_dict().items())
    reference = [x.train() for x in made.teachers['cgp'].networks]
    view = network.data_preprocessor({'inputs': batch.inputs, 'data_samples': None})['inputs']
    for layer in (layer for one in reference for layer in one.modules() if isinstance(layer, torch.nn.BatchNorm2d)):
        layer.track_running_stats = True
    with torch.no_grad():
        torch.testing.assert_close(found, torch.cat([one(view) for one in reference], 1))
    (tmp_path / 'eval').mkdir()
    with distiller(tmp_path / 'eval').teachers['cgp'].outputs(batch) as outputs:
        assert not torch.allclose(outputs.logits, found)
