"""Evaluates one network of a config: the student, or what ``--stage`` names."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import time
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.model import is_model_wrapper

from mlkd.apis.box_evaluation import (
    cam_config,
    corloc_config,
    give_class_maps,
    has_box_metric,
    keep_best_boxes,
    with_floors,
)
from mlkd.apis.out_file import check_place
from mlkd.apis.setup_config import add_config_arguments, setup_config
from mlkd.engine.auto_proposals import AutoProposals
from mlkd.engine.checkpoints import load_network
from mlkd.engine.config_check import check_recipe
from mlkd.engine.config_errors import translated
from mlkd.engine.config_kinds import check_parts_together
from mlkd.engine.distributed import init_processes
from mlkd.engine.environment import git_commit, machine, versions
from mlkd.engine.hashing import dataset_checksum, recipe_hash
from mlkd.engine.memory import peak_memory_mib, reset_peak_memory
from mlkd.engine.recipe import SINGLE, Recipe
from mlkd.engine.records import jsonable, per_class
from mlkd.engine.stage import build_runner
from mlkd.engine.stage_config import runner_config
from mlkd.engine.test_time_views import fuse_views
from mlkd.errors import CheckpointError, ConfigError
from mlkd.fileio import checksum, write_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    add_config_arguments(parser)
    parser.add_argument('checkpoint', help='network.pth, student.pth or a checkpoint of training')
    parser.add_argument('--stage', metavar='NAME', help='whose network the checkpoint is (default: the student)')
    parser.add_argument('--tta', action='store_true', help="fuse the views of the config's tta_model and tta_pipeline")
    parser.add_argument('--corloc', action='store_true', help="measure a detector's CorLoc on the training images too")
    parser.add_argument('--cam', action='store_true', help='measure where the network sees the classes, too')
    parser.add_argument(
        '--floors',
        action='store_true',
        help='measure boxes that need no learning too: the whole image, the best proposal',
    )
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
    if args.out:
        check_place(args.out)
    config = setup_config(args.config, args.cfg_options, args.data_root)
    work_dir = Path(args.work_dir or Path('work_dirs') / Path(args.config).stem / 'test')
    options = {name: getattr(args, name) for name in ('stage', 'launcher', 'tta', 'corloc', 'cam', 'floors')}
    result = evaluate(config, args.checkpoint, work_dir, **options)
    if is_main_process():
        # First: who reads what is printed may be gone before its end.
        if args.out:
            write_json(args.out, result)
        print(json.dumps({k: v for k, v in result['metrics'].items() if not isinstance(v, (list, dict))}, indent=2))
        if args.out:
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
    corloc: bool = False,
    cam: bool = False,
    floors: bool = False,
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
        corloc: Measure CorLoc on the images of training too.
        cam: Measure class maps as localisers too; of a detector its best boxes, by the same numbers.
        floors: Measure boxes that need no learning with the same metrics of boxes too.

    Returns:
        Metrics, counts, speed, and what they are of.

    Raises:
        CheckpointError: If the checkpoint cannot be read or does not fit.
        ConfigError: If the config is wrong or has no test set, or what is asked for has nothing to be measured with.
        DataError: If CorLoc or class maps are asked for of a data set without boxes.
    """
    recipe = Recipe(config)
    check_recipe(recipe)
    stage = recipe.checked_stage(stage)
    check_parts_together(recipe.merged(stage), '' if recipe.single else stage, ['test'])
    tests = _tests(recipe, stage, corloc, cam, floors)
    init_processes(launcher, (config.get('env_cfg') or {}).get('dist_cfg'))
    reset_peak_memory()
    parts = {}
    for name, test in tests.items():
        if tta:
            fuse_views(test, recipe, stage)
        AutoProposals(recipe.whole.get('proposals')).fill(test)
        seed = (config.get('randomness') or {}).get('seed') or 0
        built = runner_config(test, work_dir.resolve(), name, seed=seed, launcher=launcher, filename=recipe.filename)
        kind = name.partition('_')[0]
        parts[kind] = _measure(built, checkpoint, stage, kind)
    result = parts.pop('test')
    for kind, part in parts.items():
        result[kind] = {key: part[key] for key in ('counts', 'data', 'seconds')}
        for key in ('metrics', 'per_class'):
            result[key] = {**(result[key] or {}), **(part[key] or {})}
    return {
        'config': str(recipe.filename),
        'config_hash': recipe_hash(recipe.whole),
        'stage': stage,
        'tta': tta,
        'checkpoint': str(checkpoint),
        'checkpoint_sha256': checksum(checkpoint),
        **result,
        'peak_memory_mib': peak_memory_mib(),
        'versions': versions(),
        'git_commit': git_commit(),
        'machine': machine(),
        'command': shlex.join(sys.argv),
    }


def _tests(recipe: Recipe, stage: str, corloc: bool, cam: bool, floors: bool) -> dict[str, dict[str, Any]]:
    """Configs of the tests by name: of what the config tests on as the last."""
    plain = recipe.network_config(stage)
    if plain.get('test_dataloader') is None:
        raise ConfigError('The config has no test set.', where=recipe.filename, fix='set test_dataloader')
    # On the training images first: what cannot be measured there is known before the test.
    tests = {f'corloc_{stage}': corloc_config(plain, recipe.merged(stage), floors)} if corloc else {}
    if cam:
        tests[f'cam_{stage}'] = cam_config(plain, floors)
        # Class maps have a floor of their own: a classifier need not have others.
        floors = floors and has_box_metric(plain)
    return {**tests, f'test_{stage}': with_floors(plain) if floors else plain}


def _measure(config: Config, checkpoint: str | Path, stage: str, kind: str) -> dict[str, Any]:
    """One test of a network: ``'test'``; ``'corloc'``, ``'cam'``: detectors keep the best box of each class."""
    runner = build_runner(config)
    network = runner.model.module if is_model_wrapper(runner.model) else runner.model
    try:
        load_network(network, checkpoint)
    except CheckpointError as error:
        # Most often it is the network of another stage.
        raise (error if stage == SINGLE else error.at(f'--stage {stage}')) from error
    if kind != 'test':
        keep_best_boxes(network)
    if kind == 'cam':
        give_class_maps(network)
    start = time.perf_counter()
    with translated(config.to_dict(), stage):
        metrics = runner.test()
    seconds = time.perf_counter() - start
    dataset = runner.test_dataloader.dataset
    return {
        'metrics': jsonable(metrics),
        'per_class': per_class(runner.test_evaluator),
        'counts': {'images': len(dataset), 'classes': len(getattr(dataset, 'metainfo', {}).get('classes', ()))},
        'data': dataset_checksum(dataset),
        'seconds': round(seconds, 3),
        'images_per_second': round(len(dataset) / seconds, 2),
        'parameters': sum(parameter.numel() for parameter in runner.model.parameters()),
    }
