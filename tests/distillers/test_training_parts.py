"""What trains, and whether a loss reaches all of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from mlkd.distillers import Distiller, FrameBatch, Term
from mlkd.distillers.training_parts import check_all_reached, freeze_all_but, hold_frozen_batch_norm
from mlkd.errors import ConfigError
from mlkd.registry import MODELS


def network() -> nn.ModuleDict:
    return nn.ModuleDict(
        {'backbone': nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)), 'neck': nn.Linear(4, 4)}
        | {'head': nn.Linear(4, 2)}
    )


def test_all_but_the_prefixes_freeze() -> None:
    net = network()
    net['backbone'][0].bias.requires_grad_(False)
    freeze_all_but(net, ['backbone', 'neck.weight'])
    trains = {name for name, x in net.named_parameters() if x.requires_grad}
    # What was frozen before stays so.
    assert trains == {'backbone.0.weight', 'backbone.1.weight', 'backbone.1.bias', 'neck.weight'}


@pytest.mark.parametrize(('prefix', 'near'), [('bakbone', 'backbone'), ('neck.wieght', r'neck\.weight')])
def test_prefix_of_nothing_names_what_is_near(prefix: str, near: str) -> None:
    net = network()
    with pytest.raises(ConfigError, match=f'(?s)train_only.*did you mean .*{near}'):
        freeze_all_but(net, ['head', prefix])
    assert all(x.requires_grad for x in net.parameters())


def test_batch_norm_of_frozen_parts_keeps_its_statistics() -> None:
    for prefixes, moves in ((['head'], False), (['backbone.0'], False), (['backbone.1'], True), (['backbone'], True)):
        net = network().train()
        hold_frozen_batch_norm(net, prefixes)
        net['backbone'](torch.ones(2, 3, 4, 4))
        assert (net['backbone'][1].num_batches_tracked == 1) == moves, prefixes
        assert net['neck'].training


def check(net: nn.ModuleDict, *losses: Tensor, task_weight: float = 1.0) -> None:
    check_all_reached(losses, net.named_parameters(), task_weight)


def test_what_no_loss_reaches_is_named() -> None:
    net = network()
    features = net['backbone'](torch.ones(2, 3, 4, 4)).mean((2, 3))
    check(net, net['head'](net['neck'](features)).sum())
    check(net, net['head'](features.detach()).sum(), net['neck'](features).sum())
    with pytest.raises(ConfigError, match=r'(?s)found: head\.bias, head\.weight\n.*task_weight') as caught:
        check(net, net['neck'](features).sum(), task_weight=0)
    assert 'neck.weight' not in str(caught.value)
    freeze_all_but(net, ['backbone', 'neck'])
    check(net, net['neck'](features).sum(), task_weight=0)
    with pytest.raises(ConfigError, match='and 1 more'):
        check(net, torch.zeros(()))


def test_parameter_that_two_layers_share_is_reached_once_for_both() -> None:
    net = nn.ModuleDict({'a': nn.Linear(2, 2), 'b': nn.Linear(2, 2)})
    net['b'].weight, net['b'].bias = net['a'].weight, net['a'].bias
    check(net, net['a'](torch.ones(1, 2)).sum())


def test_what_is_recomputed_in_the_backward_pass_is_not_judged() -> None:
    net = network()
    x = torch.ones(2, 4, requires_grad=True)
    check(net, checkpoint(lambda x: net['head'](x), x, use_reentrant=True).sum())


@MODELS.register_module()
class UnannouncedTerm(Term):
    """Does not say what it uses of the student: only its first batch can tell."""

    def __init__(self) -> None:
        super().__init__('wsd')

    def forward(self, student: object, teachers: object, batch: object) -> dict[str, Tensor]:
        return {'loss': student.feats[-1].mean()}


@pytest.mark.parametrize(('train_only', 'idle'), [(None, 'student.head'), (['backbone', 'head.fc'], 'student.head')])
def test_distiller_refuses_at_the_first_batch(
    make_distiller: Callable[..., Distiller], batch: FrameBatch, train_only: list[str] | None, idle: str
) -> None:
    model = make_distiller({'mine': {'type': 'UnannouncedTerm'}}, task_weight=0, train_only=train_only)
    with pytest.raises(ConfigError, match=rf'(?s)no gradient from any loss.*{idle}'):
        model.loss(batch.inputs, batch.samples)
    fitting = make_distiller({'mine': {'type': 'UnannouncedTerm'}}, task_weight=0, train_only=['backbone'])
    assert fitting.loss(batch.inputs, batch.samples)['mine.loss'].requires_grad


def test_distiller_refuses_when_it_is_built_where_terms_say_what_they_use(
    make_distiller: Callable[..., Distiller],
) -> None:
    with pytest.raises(ConfigError, match=r"(?s)own loss is off.*head.*train_only=\['backbone'\]"):
        make_distiller({'feature': {'type': 'FeatureKD', 'feat_level': 'conv_roi'}}, task_weight=0)
