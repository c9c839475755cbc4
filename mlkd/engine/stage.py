"""One training: train, test, take the network out, write down what came of it."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import torch
from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.evaluator import Evaluator
from mmengine.runner import FlexibleRunner, Runner
from torch import Tensor

from mlkd.engine.checkpoints import network_state, save_network
from mlkd.engine.config_errors import translated
from mlkd.engine.distributed import on_rank_0
from mlkd.engine.hashing import dataset_checksum
from mlkd.engine.hooks.average_hook import measured_weights
from mlkd.engine.hooks.epoch_record_hook import recorded_epochs
from mlkd.engine.hooks.speed_hook import training_speed
from mlkd.engine.memory import peak_memory_mib, reset_peak_memory
from mlkd.engine.records import NETWORK, RESULT, jsonable, per_class
from mlkd.engine.validation_scores import ValidationScores, validation_scores
from mlkd.fileio import checksum, write_json

#: What MMEngine says at each start about its own deprecated parts, about layers that no network here has, and about
#: gradients that are lost when a run is resumed (they are not, see AtomicCheckpointHook).
_NOISE = (
    '"FileClient" will be',
    '"HardDiskBackend" is',
    'all SyncBatchNorm (SyncBN) layers',
    'Resumed iteration number',
)
_checksums: dict[str, dict] = {}
R = TypeVar('R')


class _Brief:
    """Logs a line where MMEngine logs pages; the whole config stands in the work folder."""

    def _log_env(self: Any, env_cfg: dict | None = None) -> None:
        self.logger.addFilter(lambda record: not any(text in record.getMessage() for text in _NOISE))
        device = torch.cuda.get_device_name() if torch.cuda.is_available() else 'CPU'
        self.logger.info(
            f'torch {torch.__version__} on {device}, {self.world_size} process(es), seed {self.seed}: {self.work_dir}'
        )

    def get_hooks_info(self: Any) -> str:
        """Names of the hooks, on one line."""
        return ', '.join(type(hook).__name__ for hook in self.hooks)


class StageRunner(_Brief, Runner):
    """MMEngine's runner with a short log."""


class FlexibleStageRunner(_Brief, FlexibleRunner):
    """MMEngine's runner for strategies, with a short log."""


def build_runner(config: Config) -> Runner | FlexibleRunner:
    """MMEngine's runner for a config; the flexible one where it names a ``strategy``.

    Raises:
        ConfigError: If a type or an argument in it is unknown.
    """
    kind = StageRunner if config.get('strategy') is None else FlexibleStageRunner
    with translated(config.to_dict(), config.work_dir):
        return kind.from_cfg(config)


@dataclass(frozen=True)
class Trained:
    """What a training is about to leave.

    Attributes:
        state: The network's state dict, on the CPU.
        metrics: What was measured.
        evaluator: That measured it; None where nothing was measured.
        weights: What was measured of averaged weights, of a network by its name in a group; None without them.
        facts: Time, speed, memory and data, as they stand in a result.
        scores: Of the validation set; None where no metric of labels measures it.
    """

    state: dict[str, Tensor]
    metrics: dict[str, Any]
    evaluator: Evaluator | None
    weights: Callable[..., dict[str, Any] | None]
    facts: dict[str, Any]
    scores: ValidationScores | None = None


def run_stage(config: Config, folder: Path, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Train and test, and leave ``network.pth`` and ``result.json`` in ``folder``.

    Args:
        config: Of :func:`mlkd.engine.stage_config.runner_config`.
        folder: Where to work.
        facts: What else is to stand in the result.

    Returns:
        The result (in all processes).
    """

    def leave(trained: Trained) -> dict[str, Any]:
        report = per_class(trained.evaluator) if trained.evaluator is not None else None
        numbers = {'metrics': jsonable(trained.metrics), 'per_class': report, **trained.facts}
        if (weights := trained.weights()) is not None:
            numbers['weights'] = weights
        if trained.scores is not None:
            trained.scores.write(folder)
        return leave_network(folder, trained.state, {**facts, **numbers})

    return train_and_leave(config, folder, leave)


def train_and_leave(config: Config, folder: Path, leave: Callable[[Trained], R]) -> R:
    """Train and test, and hand what came of it to ``leave``.

    Args:
        config: Of :func:`mlkd.engine.stage_config.runner_config`.
        folder: Where to work.
        leave: Called in the main process, to write networks and results.

    Returns:
        What ``leave`` returned, in all processes.
    """
    reset_peak_memory()
    runner = build_runner(config)
    try:
        with translated(config.to_dict(), str(folder)):
            runner.train()
            state = network_state(runner)
            start = time.perf_counter()
            metrics, evaluator = _evaluate(runner)
            seconds = time.perf_counter() - start
            scores = validation_scores(runner, config, evaluator)
        speed = training_speed(runner)
        facts = {
            'seconds': round(speed['train_seconds'] + seconds, 3),
            'train_seconds': round(speed['train_seconds'], 3),
            'test_seconds': round(seconds, 3),
            'images_per_second': round(speed['images_per_second'], 2),
            'peak_memory_mib': peak_memory_mib(),
            'iterations': runner.iter,
            'epochs': runner.epoch,
            'data': _data_checksums(runner, config) if is_main_process() else {},
            'batches': _batches(runner),
        }
        if (epochs := recorded_epochs(runner)) is not None:
            facts['epochs_measured'] = epochs
        weights = partial(measured_weights, runner)
        trained = Trained(state, metrics, evaluator, weights, facts, scores)
        return on_rank_0(leave(trained) if is_main_process() else None)
    finally:
        _stop_workers(runner)
        del runner
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def leave_network(folder: Path, state: Mapping[str, Tensor], result: dict[str, Any]) -> dict[str, Any]:
    """Write a network and, when it is there whole, its result, which says that it is done.

    Returns:
        The result, with the network's checksum and number of parameters.
    """
    save_network(state, folder / NETWORK)
    parameters = sum(value.numel() for value in state.values())
    result = {**result, 'parameters': parameters, 'network_sha256': checksum(folder / NETWORK)}
    write_json(folder / RESULT, result)
    return result


def _stop_workers(runner: Runner | FlexibleRunner) -> None:
    """End persistent data-loading processes now.

    Left to the garbage collector, which finds runner and loaders in a circle, each takes 5 s: PyTorch waits for a
    process that cannot be told to end, because the queue to it was collected first.
    """
    for loop in (runner._train_loop, runner._val_loop, runner._test_loop):
        loader: Any = getattr(loop, 'dataloader', None)
        if getattr(loader, '_iterator', None) is not None:
            loader._iterator = None


def _evaluate(runner: Runner | FlexibleRunner) -> tuple[dict[str, Any], Evaluator | None]:
    """Metrics on the test set, on the validation set where there is no test set; what measured them."""
    if runner._test_loop is not None:
        return runner.test(), runner.test_evaluator
    if runner._val_loop is not None:
        return runner.val(), runner.val_evaluator
    return {}, None


def _loaders(runner: Runner | FlexibleRunner) -> dict[str, Any]:
    """The data loaders that were used, by what for."""
    loaders = {'train': runner.train_dataloader}
    if runner._test_loop is not None:
        loaders['test'] = runner.test_dataloader
    elif runner._val_loop is not None:
        loaders['test'] = runner.val_dataloader
    return loaders


def _data_checksums(runner: Runner | FlexibleRunner, config: Config) -> dict[str, dict]:
    found = {}
    for name, loader in _loaders(runner).items():
        key = repr((config.get(f'{name}_dataloader') or {}).get('dataset', name))
        if key not in _checksums:
            _checksums[key] = dataset_checksum(loader.dataset)
        found[name] = _checksums[key]
    return found


def _batches(runner: Runner | FlexibleRunner) -> dict[str, list[int]]:
    """Batches per pass, and how many there would be without the limit of a dry run."""
    return {
        name: [len(loader), getattr(loader.batch_sampler, 'full_length', len(loader))]
        for name, loader in _loaders(runner).items()
    }
