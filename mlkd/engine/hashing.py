"""Fingerprints of configs and data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from mlkd.engine.config_keys import TTA_KEYS
from mlkd.engine.dataset_wrappers import innermost_datasets

#: Keys that change how a run is carried out or where its files are, not what it computes; and the seed, so that runs
#: that differ in nothing else share a hash.
_NOT_HASHED = frozenset(
    {
        *('work_dir', 'launcher', 'resume', 'env_cfg', 'log_level', 'log_processor', 'visualizer', 'experiment_name'),
        *('num_workers', 'persistent_workers', 'pin_memory', 'prefetch_factor', 'data_root', 'default_hooks'),
        *('runner_type', 'custom_imports', 'backend_args', 'randomness', 'table_row', 'reuse'),
        *TTA_KEYS,
    }
)


def hashed_part(config: Any) -> Any:
    """A config without the keys that do not change what it computes, as JSON's types."""
    if isinstance(config, Mapping):
        return {str(key): hashed_part(value) for key, value in config.items() if key not in _NOT_HASHED}
    if isinstance(config, (list, tuple)):
        return [hashed_part(value) for value in config]
    return config if isinstance(config, (str, int, float, bool, type(None))) else repr(config)


def config_hash(config: Any) -> str:
    """Sixteen hexadecimal digits that change when what ``config`` computes may change."""
    text = json.dumps(hashed_part(config), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def recipe_hash(whole: Mapping[str, Any]) -> str:
    """:func:`config_hash` of a whole config, the same whichever of its stages a run has.

    Args:
        whole: The config; one of a single training has no stages to choose among.
    """
    return config_hash({key: value for key, value in whole.items() if key not in ('stages', 'student_stage')})


def dataset_checksum(dataset: Any) -> dict[str, Any]:
    """Number of images and SHA-256 over names and labels of a data set.

    Args:
        dataset: A built data set of MMEngine, wrapped or not.

    Returns:
        ``dict(images=..., sha256=...)``; the digest does not depend on where the data lie.
    """
    digest, images = hashlib.sha256(), 0
    for inner in innermost_datasets(dataset):
        images += len(inner)
        for index in range(len(inner)) if hasattr(inner, 'get_data_info') else ():
            info = inner.get_data_info(index)
            name = info.get('img_key', info.get('img_id', index))
            digest.update(f'{name}\0'.encode())
            digest.update(np.asarray(info.get('gt_label', ()), dtype=np.int8).tobytes())
    return {'images': images, 'sha256': digest.hexdigest()}
