"""From the config of a stage to that of a group of its networks."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from mlkd.engine.autocast_optim_wrapper import use_amp
from mlkd.models.utils.label_subset import restrict_to_labels

from .label_part import LabelPart


def group_config(
    stage: Mapping[str, Any], parts: Sequence[LabelPart], classes: Sequence[str], amp: str | None = None
) -> dict[str, Any]:
    """The config of one training of several networks.

    Args:
        stage: The stage's config for one network of all labels, references resolved.
        parts: The labels of each network.
        classes: Names of all labels.
        amp: Precision of mixed-precision training.

    Raises:
        ConfigError: If the network cannot be had for some of the labels.
    """
    config = copy.deepcopy(dict(stage))
    model = config['model']
    preprocessor = config.pop('data_preprocessor', None)
    if preprocessor is not None:
        model.setdefault('data_preprocessor', preprocessor)
    config['model'] = {
        'type': 'NetworkGroup',
        'networks': {
            part.name: {
                'model': restrict_to_labels(model, part.labels, len(classes)),
                'labels': list(part.index),
            }
            for part in parts
        },
    }
    if amp is not None and config.get('optim_wrapper') is not None:
        use_amp(config, amp)
    if config.get('optim_wrapper') is not None:
        config['optim_wrapper'] = {'constructor': 'GroupOptimWrapperConstructor', 'each': config['optim_wrapper']}
    for split in ('val', 'test'):
        metrics = config.get(f'{split}_evaluator')
        if metrics is not None:
            config[f'{split}_evaluator'] = [
                {'type': 'PartMetric', 'network': part.name, 'labels': list(part.labels), 'metrics': metrics}
                for part in parts
            ]
    return config
