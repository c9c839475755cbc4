"""Where counts, orders of labels and partitions come from."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from mlkd.apis.setup_config import add_override_arguments
from mlkd.apis.training_counts import counts_of_config
from mlkd.errors import ConfigError
from mlkd.partition import LabelCounts, Partition, published_order, read_counts, read_partition
from mlkd.partition.label_names import checked_names

#: How a published partition is named on the command line.
PUBLISHED = 'coco:cgp:5'


def add_count_arguments(parser: argparse.ArgumentParser, *, required: bool) -> None:
    """The arguments that say what counts."""
    source = parser.add_mutually_exclusive_group(required=required)
    source.add_argument('--counts', metavar='FILE', help='counts: .npz, .json, or .pkl of the CPSD repository')
    source.add_argument('--config', metavar='CONFIG', help='config of a training: its training images are counted')
    add_override_arguments(parser)
    add_classes_argument(parser)


def add_classes_argument(parser: argparse.ArgumentParser) -> None:
    """The argument that names labels where a file does not."""
    parser.add_argument(
        '--classes',
        metavar='ORDER',
        help='names of the labels in the order of a file that does not name them: coco, nuswide (alphabetical, as '
        'published), or a file with one name per line or a JSON list',
    )


def counts_of(args: argparse.Namespace) -> LabelCounts | None:
    """The counts that the arguments ask for; None where they ask for none.

    Raises:
        ConfigError: If the config is wrong or has no data to train on.
        DataError: If data are missing or wrong.
        PartitionError: If the file is wrong.
    """
    if args.counts:
        return read_counts(args.counts, label_order(args.classes))
    return counts_of_config(args) if args.config else None


def label_order(text: str | None) -> tuple[str, ...] | None:
    """Names of labels: those of a published data set, or of a file.

    Raises:
        ConfigError: If it is neither.
        PartitionError: If a name is there twice.
    """
    if text is None:
        return None
    if text in ('coco', 'nuswide'):
        return published_order(text)
    path = Path(text)
    try:
        content = path.read_text(encoding='utf-8')
        names = json.loads(content) if path.suffix == '.json' else [row.strip() for row in content.splitlines()]
    except (OSError, ValueError) as error:
        raise ConfigError(
            'The names of the labels cannot be read.',
            where=f'--classes {text}',
            found=f'{type(error).__name__}: {error}',
            expected='coco, nuswide, a text file with one name per line, or a JSON list of names',
        ) from error
    # Of a text, lines without anything; a name that a list lacks would shift all after it.
    named = [name for name in names if name] if path.suffix != '.json' else names
    return checked_names(named, path)


def partition_of(text: str, classes: str | None = None) -> Partition:
    """A partition: of a file, or published.

    Args:
        text: File, or ``coco:cgp:5``.
        classes: As ``--classes``.

    Raises:
        PartitionError: If there is none, or it is no partition.
        ConfigError: If the name of a published one is not understood.
    """
    if ':' in text and not Path(text).exists():
        dataset, _, rest = text.partition(':')
        graph, _, parts = rest.partition(':')
        if not parts.isdigit():
            raise ConfigError('A published partition is named otherwise.', found=text, expected=f'such as {PUBLISHED}')
        return Partition.published(dataset, graph, int(parts))
    return read_partition(text, label_order(classes))
