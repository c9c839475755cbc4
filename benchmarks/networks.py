"""Time per image of the networks of some configs, measured in turns, beside their parameters.

Run: ``python benchmarks/networks.py CONFIG... [--batch 1] [--rounds 30] [--out FILE.json]``

Each network of a recipe that is a classifier labels the same random frames, from frame to scores, with nothing kept
from one image to the next but what no image reaches (the branch of labels). A block of ``docs/results.toml`` may name
FILE as its ``speed``.
"""

from __future__ import annotations

import argparse
import json
import statistics
from pathlib import Path

import torch
from interleaved import interleaved
from mmengine.config import Config
from mmengine.registry import DefaultScope
from rich.console import Console
from rich.table import Table

from mlkd.engine.recipe import Recipe
from mlkd.fileio import atomic_write
from mlkd.models.classifiers import MultiLabelClassifier
from mlkd.models.utils.build import build_model
from mlkd.structures import MultiLabelDataSample


def networks(configs: list[str]) -> dict[str, MultiLabelClassifier]:
    """By their rows in tables, the classifiers that stages of some recipes train, in eval mode."""
    found: dict[str, MultiLabelClassifier] = {}
    for path in configs:
        recipe = Recipe(Config.fromfile(path))
        for name in recipe.stages:
            stage = recipe.described(name)
            row, model = recipe.table_row(name), dict(stage['model'])
            if row in found or model['type'] != 'MultiLabelClassifier' or not row:
                continue
            # Each image is computed.
            found[row] = build_model({**model, 'feature_cache': None}).eval()
            found[row].init_weights()
    return found


@torch.no_grad()
def main() -> None:
    """Measure in turns, print medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('configs', nargs='+', metavar='CONFIG')
    parser.add_argument('--batch', type=int, default=1)
    parser.add_argument('--rounds', type=int, default=30)
    parser.add_argument('--side', type=int, default=320, help='of the frames')
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--out', type=Path, help='write the figures here as JSON')
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    frames = torch.randint(0, 256, (args.batch, 3, args.side, args.side), dtype=torch.uint8)
    with DefaultScope.overwrite_default_scope('mlkd'):
        models = networks(args.configs)

    def label(model: MultiLabelClassifier) -> None:
        samples = [MultiLabelDataSample(metainfo={'img_shape': frames.shape[2:]}) for _ in frames]
        model(**model.data_preprocessor({'inputs': frames, 'data_samples': samples}), mode='predict')

    seconds = interleaved({name: (lambda m=model: label(m)) for name, model in models.items()}, args.rounds, 2)
    first = next(iter(seconds.values()))
    rows = [
        {
            'network': name,
            'parameters': sum(parameter.numel() for parameter in models[name].parameters()),
            'ms_per_image': 1e3 * statistics.median(times) / args.batch,
            'ratio': statistics.median(a / b for a, b in zip(times, first, strict=True)),
        }
        for name, times in seconds.items()
    ]
    table = Table(title=f'batches of {args.batch}, {args.threads} thread(s), medians of {args.rounds}')
    for column in ('network', 'parameters', 'ms per image', 'of the first'):
        table.add_column(column, justify='left' if column == 'network' else 'right')
    for row in rows:
        figures = f'{row["parameters"]:,}', f'{row["ms_per_image"]:.2f}', f'{row["ratio"]:.2f}'
        table.add_row(str(row['network']), *figures)
    Console(width=100).print(table)
    if args.out:
        command = f'python benchmarks/networks.py {" ".join(args.configs)} --batch {args.batch} --rounds {args.rounds}'
        with atomic_write(args.out) as file:
            json.dump({'command': f'{command} --threads {args.threads}', 'networks': rows}, file, indent=1)


if __name__ == '__main__':
    main()
