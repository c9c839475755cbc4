"""Trains what a config describes: a recipe of several stages, or one network."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from mmengine.config import Config
from mmengine.dist import is_main_process

from mlkd.apis.report import write_report
from mlkd.apis.setup_config import add_config_arguments, setup_config
from mlkd.arguments import check_options
from mlkd.engine.autocast_optim_wrapper import DTYPES
from mlkd.engine.config_errors import translated
from mlkd.engine.recipe_runner import RecipeRunner
from mlkd.errors import ConfigError
from mlkd.registry import RUNNERS

#: Exit code of a program that Ctrl-C ended.
INTERRUPTED = 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    add_config_arguments(parser)
    parser.add_argument('--work-dir', metavar='DIR', help='where to leave results (default: work_dirs/CONFIG)')
    parser.add_argument('--stage', metavar='NAME', help='run this stage only; those it needs must be done')
    parser.add_argument('--resume', action='store_true', help='go on with what is in the work folder')
    parser.add_argument('--overwrite', action='store_true', help='move what is in the work folder aside, begin anew')
    parser.add_argument('--seed', type=int, help='seed of all random numbers')
    parser.add_argument(
        '--amp', nargs='?', const='auto', choices=('auto', *DTYPES), help='mixed precision (bfloat16 where there is)'
    )
    parser.add_argument(
        '--dry-run', type=int, default=0, metavar='N', help='N iterations of everything, to see that it goes through'
    )
    parser.add_argument('--launcher', choices=('none', 'pytorch', 'slurm', 'mpi'), default='none')
    # torchrun and older launchers hand it over; the environment says the same.
    parser.add_argument('--local-rank', '--local_rank', type=int, default=0, help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Train.

    Returns:
        Exit code.

    Raises:
        MLKDError: If anything that a person can mend is wrong.
    """
    check_options(args, 'dry_run', least=0)
    config = setup_config(args.config, args.cfg_options, args.data_root)
    config.work_dir = args.work_dir or config.get('work_dir') or str(Path('work_dirs') / Path(args.config).stem)
    config.launcher = args.launcher
    if args.resume:
        config.resume = True
    if args.seed is not None:
        config.setdefault('randomness', {})['seed'] = args.seed
    if args.amp is not None:
        config.amp = args.amp
    if config.get('runner_type', RecipeRunner.__name__) != RecipeRunner.__name__:
        return _run_other(config, args)
    runner = RecipeRunner(config, stage=args.stage, overwrite=args.overwrite, dry_run=args.dry_run)
    try:
        runner.train()
    except KeyboardInterrupt:
        again = shlex.join([*(arg for arg in sys.argv if arg not in ('--resume', '--overwrite')), '--resume'])
        print(f'\nStopped. What is done is kept in {runner.work_dir}. To go on:\n  python {again}', file=sys.stderr)
        return INTERRUPTED
    if not args.dry_run and is_main_process():
        _report(runner.work_dir)
    return 0


def _report(work_dir: Path) -> None:
    """Leave the report beside the results; what goes wrong with it is not the training's fault."""
    try:
        write_report([work_dir])
    except Exception as error:
        print(f'The training is done, but its report could not be written. {type(error).__name__}: {error}')
        print(f'To try again:\n  python tools/report.py {shlex.quote(str(work_dir))}')


def _run_other(config: Config, args: argparse.Namespace) -> int:
    """A runner of a plug-in, or MMEngine's own."""
    for name in ('stage', 'overwrite', 'dry_run'):
        if getattr(args, name):
            raise ConfigError(f'--{name.replace("_", "-")} works with RecipeRunner only.', found=config.runner_type)
    with translated(config.to_dict(), 'config'):
        RUNNERS.build(config).train()
    return 0
