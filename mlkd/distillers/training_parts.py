"""Which parts of a student train, and whether a loss reaches all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from mlkd.errors import ConfigError, did_you_mean, some


def freeze_all_but(network: nn.Module, prefixes: Sequence[str]) -> None:
    """Freeze the parameters whose names begin with none of the prefixes.

    Args:
        network: Its other parameters stay as they are, frozen ones among them too.
        prefixes: Beginnings of parameter names, such as ``'backbone'``.

    Raises:
        ConfigError: If a prefix is the beginning of no name; says what is near.
    """
    names = [name for name, _ in network.named_parameters()]
    for prefix in prefixes:
        if not any(name.startswith(prefix) for name in names):
            modules = [
                name for name, module in network.named_modules() if name and any(True for _ in module.parameters())
            ]
            raise ConfigError(
                'train_only names parameters that do not exist.',
                where='train_only',
                found=repr(prefix),
                expected=f'the beginning of a parameter name of the student, such as {", ".join(_roots(names))}',
                fix=did_you_mean(prefix, [*modules, *names]) or None,
            )
    for name, parameter in network.named_parameters():
        if not name.startswith(tuple(prefixes)):
            parameter.requires_grad_(False)


def hold_frozen_batch_norm(network: nn.Module, prefixes: Sequence[str]) -> None:
    """Keep batch norm at its running statistics in all modules that the prefixes do not cover."""
    for name, module in network.named_modules():
        # With a dot, as in a parameter of the module.
        if isinstance(module, _BatchNorm) and not f'{name}.'.startswith(tuple(prefixes)):
            module.eval()


def check_terms_reach(student: nn.Module, uses: Sequence[Sequence[str]], task_weight: float) -> None:
    """Check, before the first batch, that terms reach every part of the student that trains.

    Args:
        student: Frozen where it does not train.
        uses: Of each term, the ``student_outputs`` that it says it uses.
        task_weight: The distiller's; above 0 the student's own loss reaches all parts.

    Raises:
        ConfigError: If a part would train without a gradient; names what to train alone.
    """
    if task_weight or not all(uses):
        return
    used = {part for parts in uses for part in parts}
    idle = [] if 'logits' in used else ['head'] if 'roi_embed' in used else ['neck', 'head']
    names = [name for name, x in student.named_parameters() if x.requires_grad and name.split('.')[0] in idle]
    if names:
        keep = [name for name, _ in student.named_children() if name in ('backbone', 'neck') and name not in idle]
        raise ConfigError(
            'Parts of the student would train without a gradient: its own loss is off, and no term uses them.',
            where='train_only',
            found=some(names),
            expected='only parts that a term uses',
            fix=f'set train_only={keep}, or task_weight above 0',
        )


def check_all_reached(
    losses: Iterable[Tensor], parameters: Iterable[tuple[str, nn.Parameter]], task_weight: float
) -> None:
    """Make sure that every parameter that trains gets a gradient, as distributed training asks for.

    Walks the graph; nothing is computed.

    Args:
        losses: What is minimised.
        parameters: Names and parameters.
        task_weight: The distiller's, for the advice.

    Raises:
        ConfigError: That names the parameters that no loss reaches.
    """
    reached: set[int] = set()
    for node in _graph(losses):
        if type(node).__name__ == 'CheckpointFunctionBackward':
            return  # What it recomputes is not in the graph yet.
        if hasattr(node, 'variable'):
            reached.add(id(node.variable))
    idle = [name for name, parameter in parameters if parameter.requires_grad and id(parameter) not in reached]
    if idle:
        raise ConfigError(
            'Parameters that train get no gradient from any loss.',
            where='train_only',
            found=some(idle),
            expected='every parameter that trains to have a part in a loss',
            fix="freeze them: train_only=['backbone'] (also 'neck' where a term needs it) leaves out the rest"
            + ('' if task_weight else '; or give task_weight a value above 0'),
        )


def _graph(losses: Iterable[Tensor]) -> Iterator[torch.autograd.graph.Node]:
    pending = [loss.grad_fn for loss in losses if loss.grad_fn is not None]
    seen = set(pending)
    while pending:
        node = pending.pop()
        yield node
        for following, _ in node.next_functions:
            if following is not None and following not in seen:
                seen.add(following)
                pending.append(following)


def _roots(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(name.split('.')[0] for name in names))
