"""Building teachers from their configs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.registry import DefaultScope
from torch import nn

from mlkd.errors import ConfigError, MLKDError, PartitionError, did_you_mean
from mlkd.models.utils.build import build_model
from mlkd.models.utils.fit import load_strictly
from mlkd.models.utils.label_subset import restrict_to_labels
from mlkd.partition.label_names import canonical, checked_names
from mlkd.registry import SCOPE

from .logit_cache import LogitCache
from .teacher import Teacher

_KEYS = ('model', 'checkpoint', 'classes', 'parts', 'mode', 'dropout', 'batched', 'cache')


def build_teacher(where: str, config: Mapping[str, Any]) -> Teacher:
    """Build and load a teacher.

    Args:
        where: Its config key.
        config: As :meth:`.teachers.TeacherBank.from_config` takes it.

    Raises:
        ConfigError: If a key is missing, unknown or wrong.
        CheckpointError: If a tensor is missing, unexpected or misshapen.
        PartitionError: If a network was trained for other labels than the config says.
    """
    check_teacher_keys(where, config)
    parts = config.get('parts')
    if parts is None:
        networks, labels = _plain(where, config)
        divided = False
    else:
        networks, labels = _divided(where, config, parts)
        divided = True
    try:
        return Teacher(
            networks,
            dropout=bool(config.get('dropout', False)),
            mode=config.get('mode', 'eval'),
            labels=labels,
            divided=divided,
            batched=config.get('batched', 'auto'),
            cache=_cache(config, networks),
        )
    except MLKDError as error:
        raise ConfigError(
            error.what,
            where=f'{where}.{error.where}' if error.where else where,
            found=error.found,
            expected=error.expected,
            fix=error.fix,
        ) from error


def check_teacher_keys(where: str, config: Mapping[str, Any]) -> None:
    """Raise a ConfigError if a key of a teacher's config is missing or unknown."""
    for key in config:
        if key not in _KEYS:
            expected, fix = ', '.join(_KEYS), did_you_mean(key, _KEYS) or None
            raise ConfigError('A teacher has no such key.', where=f'{where}.{key}', expected=expected, fix=fix)
    if not isinstance(config.get('model'), Mapping):
        raise ConfigError(
            'A teacher has no model.',
            where=f'{where}.model',
            found=repr(config.get('model')),
            expected='the config of a network',
            fix="a reference such as 'model:teacher' is resolved in a recipe, a config with stages",
        )
    if config.get('parts') is not None:
        for key in ('checkpoint', 'classes'):
            if config.get(key) is not None:
                raise ConfigError(
                    'A teacher has parts, which have checkpoints and labels of their own.', where=f'{where}.{key}'
                )


def _plain(where: str, config: Mapping[str, Any]) -> tuple[list[nn.Module], tuple[str, ...] | None]:
    """One network, or one per fold, and the labels that it knows where somebody says so."""
    checkpoint = config.get('checkpoint')
    paths = [checkpoint] if isinstance(checkpoint, str) else checkpoint
    if not isinstance(paths, (list, tuple)) or not paths or not all(isinstance(path, str) for path in paths):
        raise ConfigError(
            'A teacher has no checkpoint, and an untrained teacher has nothing to teach.',
            where=f'{where}.checkpoint',
            found=repr(checkpoint),
            expected="a path, a list of paths (one per fold) or, in a recipe, 'stage:NAME'",
        )
    networks = [_network(where, config['model'], path) for path in paths]
    classes = config.get('classes')
    labels = None if classes is None else checked_names(classes, f'{where}.classes')
    for path, network in zip(paths, networks, strict=True):
        trained = _trained_labels(path)
        labels = labels or trained
        if labels is not None:
            _check_labels(where, labels, trained, network, path)
    return networks, labels


def _divided(where: str, config: Mapping[str, Any], parts: Any) -> tuple[list[nn.Module], tuple[str, ...]]:
    """A network for each part, and the labels of one after the other."""
    if isinstance(parts, str) or not isinstance(parts, Sequence) or not parts:
        raise ConfigError(
            'A teacher has no parts.',
            where=f'{where}.parts',
            found=repr(parts),
            expected="[dict(labels=['cat', ...], checkpoint=...), ...] or, in a recipe, 'parts:NAME' of a partition",
        )
    for number, part in enumerate(parts):
        if not isinstance(part, Mapping) or set(part) != {'labels', 'checkpoint'}:
            raise ConfigError(
                'A part of a teacher is not described.',
                where=f'{where}.parts.{number}',
                found=repr(part)[:120],
                expected="dict(labels=['cat', ...], checkpoint=...)",
            )
    labels = [checked_names(part['labels'], f'{where}.parts.{number}.labels') for number, part in enumerate(parts)]
    networks = []
    for number, (part, own) in enumerate(zip(parts, labels, strict=True)):
        place = f'{where}.parts.{number}'
        model = restrict_to_labels(config['model'], own, sum(map(len, labels)))
        network = _network(place, model, part['checkpoint'])
        _check_labels(place, own, _trained_labels(part['checkpoint']), network, part['checkpoint'])
        networks.append(network)
    return networks, tuple(name for own in labels for name in own)


def _network(where: str, model: Mapping[str, Any], path: str) -> nn.Module:
    if path.startswith('stage:'):
        raise ConfigError(
            'A teacher is to come from a stage, but this is no recipe.',
            where=f'{where}.checkpoint',
            found=path,
            fix="run the config with tools/train.py and a key 'stages', or give the path of a network.pth",
        )
    # MMDetection's networks look up their preprocessor in the default scope.
    with DefaultScope.overwrite_default_scope(SCOPE):
        network = build_model(dict(model))
    load_strictly(network, path, where)
    return network


def _trained_labels(checkpoint: str) -> tuple[str, ...] | None:
    """The labels that a network was trained for, where the result beside it tells."""
    result = Path(checkpoint).with_name('result.json')
    try:
        labels = json.loads(result.read_text(encoding='utf-8')).get('labels')
    except (OSError, ValueError, AttributeError):
        return None
    return tuple(map(str, labels)) if isinstance(labels, list) else None


def _check_labels(
    where: str, labels: Sequence[str], trained: Sequence[str] | None, network: nn.Module, checkpoint: str
) -> None:
    outputs = getattr(getattr(network, 'head', None), 'num_classes', len(labels))
    if outputs != len(labels):
        raise PartitionError(
            'A teacher has another number of outputs than labels.',
            where=where,
            found=f'{outputs} outputs, {len(labels)} labels',
            expected='as many of both',
        )
    if trained is not None and list(map(canonical, trained)) != list(map(canonical, labels)):
        first = next((i for i, pair in enumerate(zip(labels, trained, strict=False)) if pair[0] != pair[1]), 0)
        raise PartitionError(
            'A teacher was trained for other labels, or for the same in another order.',
            where=f'{where}: {checkpoint}',
            found=f'{len(trained)} labels, number {first} is {trained[first]}',
            expected=f'{len(labels)} labels, number {first} is {labels[first]}',
            fix='take the labels from the result.json beside the checkpoint, or the checkpoint of these labels',
        )


def _cache(config: Mapping[str, Any], networks: Sequence[nn.Module]) -> LogitCache | None:
    folder = config.get('cache')
    if folder is None:
        return None
    if config.get('mode', 'eval') != 'eval' or config.get('dropout'):
        raise ConfigError(
            'Logits of a teacher that is not in eval mode cannot be kept: they differ from one time to the next.',
            where='cache',
            found=f'mode={config.get("mode", "eval")!r}, dropout={bool(config.get("dropout"))}',
            fix='leave one of them out',
        )
    if isinstance(config.get('checkpoint'), (list, tuple)):
        raise ConfigError('Logits of a teacher with folds are not kept.', where='cache', fix='leave it out')
    if not all(hasattr(network, 'image_logits') for network in networks):
        found = type(networks[0]).__name__
        raise ConfigError('Only logits of classifiers are kept.', where='cache', found=found, fix='leave it out')
    return LogitCache(folder, networks, config['model'], [network.head.num_classes for network in networks])  # type: ignore[union-attr,misc]
