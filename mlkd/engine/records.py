"""What a run writes down about itself."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import torch
from mmengine.evaluator import Evaluator

from mlkd.engine.config_tree import walk
from mlkd.engine.hashing import config_hash, hashed_part
from mlkd.errors import ConfigError, DataError
from mlkd.evaluation import ReportingMetric
from mlkd.fileio import write_json

RESULT, STARTED, SUMMARY, NETWORK = 'result.json', 'started.json', 'summary.json', 'network.pth'


def read_json(path: Path, needed: Sequence[str] = ()) -> dict | None:
    """Content of a JSON file; None where there is none.

    Args:
        path: The file.
        needed: Keys that it must have.

    Raises:
        DataError: If it is no JSON object, or a key is missing.
    """
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise _unreadable(path, f'{type(error).__name__}: {str(error)[:200]}') from error
    if not isinstance(content, dict):
        raise _unreadable(path, repr(content)[:80])
    if missing := [key for key in needed if key not in content]:
        raise _unreadable(path, f'no {", no ".join(missing)}')
    return content


def _unreadable(path: Path, found: str) -> DataError:
    return DataError(
        'A file that a run left cannot be read.',
        where=path,
        found=found,
        expected='a JSON object, as the run wrote it',
        fix='remove it: what it tells of is then made again; or take it from a copy of the run',
    )


def jsonable(value: Any) -> Any:
    """Metrics as JSON has them: arrays and tensors become lists, a number that is not finite becomes None."""
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, (np.generic, np.ndarray, torch.Tensor)):
        return jsonable(value.tolist())
    if isinstance(value, (list, tuple)):
        return [jsonable(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def write_started(folder: Path, config: Mapping[str, Any], made_from: Mapping[str, Any], seed: int) -> None:
    """Note what a training is made of, before it begins."""
    content = {'config_hash': config_hash(config), 'seed': seed, 'made_from': made_from, 'config': hashed_part(config)}
    write_json(folder / STARTED, content)


def check_started(
    folder: Path,
    config: Mapping[str, Any],
    made_from: Mapping[str, Any],
    seed: int,
    subject: str = 'What is to be resumed',
    fix: str = 'go back to the config of then, or train this stage anew with --overwrite --stage',
) -> None:
    """Check that what was begun in ``folder`` is what would be begun now.

    Args:
        folder: Of the training.
        config: What decides what would be computed now.
        made_from: Checksums of the networks of the stages that it needs now.
        seed: Of now.
        subject: What the message is about.
        fix: What the message advises.

    Raises:
        ConfigError: That names the keys of the config that changed, or the earlier stage that did.
    """
    started = read_json(folder / STARTED, ('config_hash', 'config', 'seed', 'made_from'))
    if started is None:
        return
    if started['config_hash'] != config_hash(config):
        then, now = (dict(_leaves(part)) for part in (started['config'], hashed_part(config)))
        differ = sorted(key for key in then.keys() | now.keys() if then.get(key, _ABSENT) != now.get(key, _ABSENT))
        found = '; '.join(f'{key}: then {then.get(key, "-")}, now {now.get(key, "-")}' for key in differ[:5])
        what = f'{subject} was begun with another config.'
        raise ConfigError(what, where=folder, found=found + ('; ...' if len(differ) > 5 else ''), fix=fix)
    if started['seed'] != seed:
        what, found = f'{subject} was begun with another seed.', f'then {started["seed"]}, now {seed}'
        raise ConfigError(what, where=folder, found=found, fix=f'--seed {started["seed"]} as then; or {fix}')
    stale = [stage for stage, sums in made_from.items() if started['made_from'].get(stage) != sums]
    if stale:
        what = 'An earlier stage was trained again since this one was begun.'
        raise ConfigError(what, where=folder, found=', '.join(stale), fix=fix)


def aggregate(parts: Mapping[str, dict]) -> dict[str, Any]:
    """The result of a stage that was trained in folds.

    Args:
        parts: Result of each training by folder: ``fold0``, ``fold1``, ... and maybe ``full``.

    Returns:
        As of one training. ``metrics`` are those of ``full``, else means over the folds; ``fold_metrics`` lists them.
    """
    folds = [result for name, result in parts.items() if name != 'full']
    full = parts.get('full')
    numbers = [key for key, value in folds[0]['metrics'].items() if isinstance(value, (int, float))]
    means = {key: fmean(result['metrics'][key] for result in folds) for key in numbers}
    return {
        **cost_of(parts),
        'metrics': full['metrics'] if full else means,
        'fold_metrics': [result['metrics'] for result in folds],
        'per_class': full['per_class'] if full else None,
        'data': (full or folds[0])['data'],
    }


def cost_of(parts: Mapping[str, dict]) -> dict[str, Any]:
    """What the trainings of a stage have in common, and what they took together.

    Args:
        parts: Result of each training by folder.

    Returns:
        Of the stage's result all but what was measured.
    """
    every = list(parts.values())
    sums = {key: round(sum(r[key] for r in every), 3) for key in ('seconds', 'train_seconds', 'test_seconds')}
    return {
        **{key: every[0][key] for key in ('stage', 'seed', 'config_hash', 'data')},
        **sums,
        'images_per_second': round(fmean(r['images_per_second'] for r in every), 2),
        'peak_memory_mib': {k: max(r['peak_memory_mib'][k] for r in every) for k in every[0]['peak_memory_mib']},
        'iterations': sum(r['iterations'] for r in every),
        'parts': dict(parts),
    }


def per_class(evaluator: Evaluator) -> dict[str, Any] | None:
    """What the metrics that report on single classes said last; None where there is no such metric.

    The report of the first metric of labels, and in it, under their prefixes, those of boxes and of class maps.
    """
    said = [metric for metric in evaluator.metrics if getattr(metric, 'last_report', None)]
    labels = [metric.last_report for metric in said if not isinstance(metric, ReportingMetric)][:1]
    boxes = {metric.prefix: metric.last_report for metric in said if isinstance(metric, ReportingMetric)}
    return jsonable({**(labels[0] if labels else {}), **boxes}) or None


_ABSENT = object()


def _leaves(config: Any) -> Sequence[tuple[str, Any]]:
    return [(path, value) for path, value in walk(config) if not isinstance(value, (dict, list)) or not value]
