"""From the config of a trained network to one that a published file may hold."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.registry import Registry

from mlkd.errors import ConfigError
from mlkd.registry import MODELS, TRANSFORMS

from .photo_pipeline import concerns_proposals, loads_images
from .plain_config import find_registered

#: Arguments of any part that say how it begins to be trained. A class names its own in ``training_arguments``.
TRAINING_ARGUMENTS = ('init_cfg', 'pretrained', 'frozen_stages', 'norm_eval', 'train_cfg')


def plain_model(config: Mapping[str, Any]) -> dict[str, Any]:
    """The config of a network without what training alone needs, of JSON's types.

    A class may name arguments of its own that are for training alone, files mostly, in an attribute
    ``training_arguments``; ``'labels.counts'`` stands for a key of an argument that is a dict.

    Args:
        config: With its ``data_preprocessor``.
    """
    return _plain(config, MODELS)


def plain_pipeline(steps: Sequence[Mapping[str, Any]], needs_proposals: bool) -> list[dict[str, Any]]:
    """The transforms of a test set as a published file holds them.

    Args:
        steps: Their configs.
        needs_proposals: Whether the network does; else transforms of proposals are left out.

    Raises:
        ConfigError: If one would be drawn anew for each image.
    """
    plain: list[dict[str, Any]] = []
    for step in steps:
        if concerns_proposals(step) and not needs_proposals:
            continue
        # Photos are read in mlkd's way, whatever their data set was read with.
        plain.append({'type': 'LoadImage'} if not plain and loads_images(step) else _plain(step, TRANSFORMS))
    for index, step in enumerate(plain):
        if getattr(TRANSFORMS.build(dict(step)), 'is_random', False):
            raise ConfigError(
                'A transform of the test set is drawn anew for each image.',
                where=f'test_dataloader.dataset.pipeline.{index}',
                found=step,
                fix='name one size, or leave it out of the test',
            )
    return plain


def plain_value(value: Any) -> Any:
    """A value of a config as JSON has it."""
    if isinstance(value, (list, tuple)):
        return [plain_value(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain_value(item) for key, item in value.items()}
    return value.tolist() if isinstance(value, (np.generic, np.ndarray)) else value


def _plain(value: Any, registry: Registry) -> Any:
    if isinstance(value, Mapping):
        kind = value.get('type')
        found = find_registered(kind, registry) if isinstance(kind, str) else kind
        left = (*TRAINING_ARGUMENTS, *getattr(found, 'training_arguments', ()))
        kept = {str(key): item for key, item in value.items() if key not in left}
        for name in left:
            key, _, inner = name.partition('.')
            if inner and isinstance(kept.get(key), Mapping):
                kept[key] = {k: item for k, item in kept[key].items() if k != inner}
        plain = {key: _plain(item, registry) for key, item in kept.items()}
        if inspect.isclass(kind):
            plain['type'] = kind.__name__
        return plain
    if isinstance(value, (list, tuple)):
        return [_plain(item, registry) for item in value]
    return plain_value(value)
