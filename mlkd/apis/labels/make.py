"""Makes the file of labels that the heads of ML-GCN and MSRN read: names, counts, word vectors."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np

from mlkd.apis.out_file import check_out
from mlkd.apis.setup_config import add_override_arguments
from mlkd.apis.training_counts import counts_of_config
from mlkd.console import console
from mlkd.datasets.class_names import label_names
from mlkd.errors import ConfigError, some
from mlkd.fileio import atomic_write
from mlkd.models.utils.label_vectors import read_label_vectors
from mlkd.partition import read_counts


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument('--config', help='count the labels of the training set of this config')
    source.add_argument('--counts', metavar='FILE', help='take the counts of this file (.npz, .json, .pkl)')
    parser.add_argument('--vectors', metavar='FILE', help="word vectors: GloVe's text file, .npz, or a published .pkl")
    parser.add_argument(
        '--alias', action='append', default=[], metavar='LABEL=WORDS', help='words to look up in place of a label'
    )
    parser.add_argument(
        '--order', metavar='NAME', help='order of labels in files that do not name them: voc, coco_alphabetical, ...'
    )
    parser.add_argument('--out', required=True, metavar='FILE.npz', help='where to write')
    parser.add_argument('--overwrite', action='store_true', help='write over a file that is there')
    add_override_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Make the file and say what is in it.

    Raises:
        MLKDError: If a file is missing or wrong, or a label has no word.
    """
    if not args.out.endswith('.npz'):
        raise ConfigError('Labels are written as .npz.', where='--out', found=args.out)
    out = check_out(args.out, args.overwrite)
    aliases = _aliases(args.alias)
    order = None if args.order is None else label_names(args.order)
    # VOC is trained on with difficult objects, and counted without them: so are the published files.
    counts = counts_of_config(args, difficult='ignore') if args.config else read_counts(args.counts, order)
    arrays: dict[str, Any] = {
        'classes': np.array(counts.classes),
        'adj': counts.pairs,
        'nums': counts.images,
        'dataset': np.array(counts.dataset),
    }
    if aliases and not args.vectors:
        raise ConfigError(
            'Aliases are for word vectors.', where='--alias', found=args.alias[0], fix='add --vectors FILE'
        )
    note = 'no word vectors'
    if args.vectors:
        arrays['glove'] = read_label_vectors(args.vectors, counts.classes, aliases, order)
        note = f'word vectors of width {arrays["glove"].shape[1]}'
    with atomic_write(out, 'wb') as file:
        np.savez(file, **arrays)
    occurrences = f'{counts.images.sum():,} labels of images'
    console.print(f'{args.out}: {counts.num_classes} labels, {occurrences}, {note}.')
    if empty := counts.unseen:
        console.print(f'Note: no image has {some(empty)}; ML-GCN and MSRN cannot make a graph of such counts.')
    return 0


def _aliases(texts: Sequence[str]) -> dict[str, str]:
    pairs = [text.partition('=') for text in texts]
    for text, (label, _, words) in zip(texts, pairs, strict=True):
        if not label or not words.strip():
            raise ConfigError('An alias is not understood.', where='--alias', found=text, expected='LABEL=WORDS')
    return {label: words for label, _, words in pairs}
