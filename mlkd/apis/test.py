"""Evaluates one network of a config: the student, or what ``--stage`` names."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.model import is_model_wrapper

from mlkd.apis.setup_config import add_config_arguments, setup_config
from mlkd.engine.auto_proposals import AutoProposals
from mlkd.engine.checkpoints import load_network
from mlkd.engine.config_check import check_recipe
from mlkd.engine.config_errors import translated
from mlkd.engine.distributed import init_processes
from mlkd.engine.hashing import config_hash, dataset_checksum
from mlkd.engine.memory import peak_memory_mib, reset_peak_memory
from mlkd.engine.recipe import Recipe
from mlkd.engine.records import git_commit, jsonable, machine, per_class, versions
from mlkd.engine.stage import build_runner
from mlkd.engine.stage_config import runner_config
from mlkd.engine.test_time_views import fuse_views
from mlkd.errors import ConfigError, did_you_mean
from mlkd.fileio import checksum, write_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    add_config_arguments(parser)
    parser.add_argument('checkpoint', help='network.pth, student.pth or a checkpoint of training')
    parser.add_argument('--stage', metavar='NAME', help='whose network the checkpoint is (default: the student)')
    parser.add_argument('--tta', action='store_true', help="fuse the views of the config's tta_model and tta_pipeline")
    parser.add_argument('--out', metavar='FILE', help='write all numbers to this JSON file')
    parser.add_argument('--work-dir', metavar='DIR', help='where to log (default: work_dirs/CONFIG/test)')
    parser.add_argument('--launcher', choices=('none', 'pytorch', 'slurm', 'mpi'), default='none')
    parser.add_argument('--local-rank', '--local_rank', type=int, default=0, help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Evaluate, print the metrics and write them to a file.

    Returns:
        Exit code.

    Raises:
        MLKDError: If anything that a person can mend is wrong.
    """
    config = setup_config(args.config, args.cfg_options, args.data_root)
    work_dir = Path(args.work_dir or Path('work_dirs') / Path(args.config).stem / 'test')
    result = evaluate(config, args.checkpoint, work_dir, stage=args.stage, launcher=args.launcher, tta=args.tta)
    if is_main_process():
        print(json.dumps({k: v for k, v in result['metrics'].items() if not isinstance(v, (list, dict))}, indent=2))
        if args.out:
            write_json(args.out, result)
            print(f'All numbers: {args.out}')
    return 0


def evaluate(
    config: Config,
    checkpoint: str | Path,
    work_dir: Path,
    *,
    stage: str | None = None,
    launcher: str = 'none',
    tta: bool = False,
) -> dict[str, Any]:
    """Test a network that a recipe left, alone and without what trained it.

    Args:
        config: The whole config.
        checkpoint: The network; all its tensors must fit.
        work_dir: Where the log goes.
        stage: Whose network it is; that of the recipe's student by default.
        launcher: How processes were started.
        tta: Fuse the views that the config's ``tta_model`` and ``tta_pipeline`` name, see
            :mod:`mlkd.engine.test_time_views`.

    Returns:
        Metrics, counts, speed, and what they are of.

    Raises:
        CheckpointError: If the checkpoint cannot be read or does not fit.
        ConfigError: If the config is wrong or has no test set.
    """
    recipe = Recipe(config)
    check_recipe(recipe)
    stage = stage or recipe.student_stage
    if stage not in recipe.stages:
        fix, known = did_you_mean(stage, recipe.stages) or None, list(recipe.stages)
        raise ConfigError('There is no such stage.', where='--stage', found=stage, expected=known, fix=fix)
    init_processes(launcher, (config.get('env_cfg') or {}).get('dist_cfg'))
    plain = recipe.network_config(stage)
    if plain.get('test_dataloader') is None:
        raise ConfigError('The config has no test set.', where=recipe.filename, fix='set test_dataloader')
    if tta:
        fuse_views(plain, recipe, stage)
    AutoProposals(recipe.whole.get('proposals')).fill(plain)
    seed = (config.get('randomness') or {}).get('seed') or 0
    built = runner_config(
        plain, work_dir.resolve(), f'test_{stage}', seed=seed, launcher=launcher, filename=recipe.filename
    )
    reset_peak_memory()
    runner = build_runner(built)
    load_network(runner.model.module if is_model_wrapper(runner.model) else runner.model, checkpoint)
    start = time.perf_counter()
    with translated(built.to_dict(), stage):
        metrics = runner.test()
    seconds = time.perf_counter() - start
    dataset = runner.test_dataloader.dataset
    counts = {'images': len(dataset), 'classes': len(getattr(dataset, 'metainfo', {}).get('classes', ()))}
    return {
        'config': str(recipe.filename),
        'config_hash': config_hash(recipe.whole),
        'stage': stage,
        'tta': tta,
        'checkpoint': str(checkpoint),
        'checkpoint_sha256': checksum(checkpoint),
        'metrics': jsonable(metrics),
        'per_class': per_class(runner.test_evaluator),
        'counts': counts,
        'data': dataset_checksum(dataset),
        'seconds': round(seconds, 3),
        'images_per_second': round(len(dataset) / seconds, 2),
        'peak_memory_mib': peak_memory_mib(),
        'parameters': sum(parameter.numel() for parameter in runner.model.parameters()),
        'versions': versions(),
        'git_commit': git_commit(),
        'machine': machine(),
        'command': ' '.join(sys.argv),
    }
