"""Writes a network of a finished run into one file that describes itself, with thresholds for its labels."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.table import Table

from mlkd.apis.runs.summaries import read_run
from mlkd.apis.setup_config import setup_config
from mlkd.apis.validation_measure import measure_validation
from mlkd.console import console
from mlkd.engine.publishing import publish_stage
from mlkd.engine.recipe import Recipe
from mlkd.engine.records import NETWORK
from mlkd.engine.validation_scores import ValidationScores
from mlkd.errors import ConfigError, DataError, MLKDError
from mlkd.evaluation.functional import ThresholdRule
from mlkd.published import STUDENT_FILE, StudentDescription


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    parser.add_argument('work_dir', metavar='WORK_DIR', help='folder of a finished run')
    parser.add_argument('--stage', metavar='NAME', help='whose network (default: the student)')
    parser.add_argument(
        '--precision',
        type=float,
        metavar='P',
        help='choose for each label the threshold with the most recall at this precision (default: the best F1)',
    )
    parser.add_argument(
        '--measure',
        action='store_true',
        help='run the network on the validation set first, where the run kept no scores of it (older ones)',
    )
    parser.add_argument('--data-root', metavar='DIR', help='folder of the data, for --measure')
    parser.add_argument(
        '--out',
        metavar='FILE',
        help=f'where to write (default: WORK_DIR/{STUDENT_FILE}, or WORK_DIR/STAGE.safetensors)',
    )


def run(args: argparse.Namespace) -> int:
    """Write the file and print what is in it.

    Returns:
        Exit code.

    Raises:
        MLKDError: If the run is not finished, a file of it is missing or damaged, or an argument is wrong.
    """
    try:
        rule = ThresholdRule(args.precision)
    except MLKDError as error:
        raise ConfigError(error.what, where='--precision', found=error.found, expected=error.expected) from error
    if args.measure:
        folder, recipe, stage = _network(Path(args.work_dir), args.stage, args.data_root)
        if ValidationScores.read(folder) is None:
            measure_validation(recipe, stage, folder, Path(args.work_dir) / 'measured' / f'scores_{stage}')
    path, description = publish(args.work_dir, args.stage, rule, args.out)
    if description.thresholds is None:
        console.print(
            'Without thresholds: the run kept no scores of its validation set. Labels count above 0.5. '
            '--measure finds the scores out.',
            style='yellow',
        )
    else:
        console.print(_table(description))
    console.print(f'{path}: {path.stat().st_size / 1e6:.1f} MB, {len(description.classes)} labels')
    return 0


def publish(
    work_dir: str | Path, stage: str | None = None, rule: ThresholdRule | None = None, out: str | Path | None = None
) -> tuple[Path, StudentDescription]:
    """Write a network of a finished run into one file. Nothing is trained or measured anew.

    Args:
        work_dir: Folder of the run.
        stage: Whose network; the student's by default. Of one with folds, the network that has seen all images.
        rule: How thresholds are chosen by the scores of the validation set; by default for the best F1.
        out: Where to write; by default beside the run's other files.

    Returns:
        The file, and what it says.

    Raises:
        MLKDError: If the run is not finished, or a file of it is missing or damaged.
    """
    network, recipe, stage = _network(Path(work_dir), stage)
    name = STUDENT_FILE if stage == recipe.student_stage else f'{stage}.safetensors'
    path = Path(out) if out is not None else Path(work_dir, name)
    return path, publish_stage(recipe, stage, network, read_run(work_dir)[0].summary, path, rule)


def _network(work_dir: Path, stage: str | None, data_root: str | None = None) -> tuple[Path, Recipe, str]:
    """Folder of the training that left the network of a stage that has seen all images; recipe and stage."""
    summary = read_run(work_dir)[0].summary
    config_file = work_dir / str(summary.get('config') or 'config.py')
    recipe = Recipe(setup_config(config_file, data_root=data_root))
    stage = recipe.checked_stage(stage)
    reused = summary.get('reused') or {}
    folder = Path(reused.get(stage, work_dir)) / ('' if recipe.single else stage)
    for place in (folder, folder / 'full'):
        if (place / NETWORK).is_file():
            return place, recipe, stage
    raise DataError(
        'The stage left no network that can be published.',
        where=folder,
        expected=f'{NETWORK}, of one training on all images with all labels',
        fix='publish another stage (--stage NAME); of folds, those with full=True leave one',
    )


def _table(description: StudentDescription) -> Table:
    """Thresholds of the labels."""
    precision = description.provenance.get('average_precision') or {}
    table = Table(
        title=f'Thresholds, chosen on the validation set for {description.threshold_rule}', title_justify='left'
    )
    for head in ('label', 'threshold', 'AP'):
        table.add_column(head, justify='left' if head == 'label' else 'right')
    for name, threshold in zip(description.classes, description.thresholds or (), strict=True):
        value = precision.get(name)
        table.add_row(name, f'{threshold:.3f}', '-' if value is None else f'{value:.1f}')
    return table
