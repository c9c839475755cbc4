"""Time of the metric on a COCO-sized set, against scikit-learn and torchmetrics, in turns in one run.

python benchmarks/metric.py [--images 40504] [--classes 80] [--rounds 5]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
import torch
from interleaved import interleaved
from rich.console import Console
from rich.table import Table
from sklearn.metrics import average_precision_score

from mlkd.evaluation.functional import average_precision, multi_label_metrics


def main() -> None:
    """Time each way and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--images', type=int, default=40504)
    parser.add_argument('--classes', type=int, default=80)
    parser.add_argument('--rounds', type=int, default=5)
    args = parser.parse_args()
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    labels = (rng.random((args.images, args.classes)) < 0.036).astype(np.int8)
    scores = (1 / (1 + np.exp(-rng.normal(3 * labels - 3, 1.5)))).astype(np.float32)
    ways: dict[str, Callable[[], object]] = {
        'mlkd, AP as scikit-learn': lambda: average_precision(scores, labels, interpolated=False).mean(),
        'mlkd, AP interpolated': lambda: average_precision(scores, labels).mean(),
        'mlkd, all 22 numbers': lambda: multi_label_metrics(scores, labels).summary['mAP'],
        'scikit-learn, AP': lambda: average_precision_score(labels, scores),
        **_torchmetrics(scores, labels),
    }
    values = {name: float(way()) for name, way in ways.items()}  # type: ignore[arg-type]
    seconds = interleaved(ways, args.rounds)
    best = {name: min(times) for name, times in seconds.items()}
    table = Table(title=f'{args.images:,} images x {args.classes} classes, best of {args.rounds}, one thread')
    for column in ('', 'mAP', 'seconds', 'times the first'):
        table.add_column(column, justify='left' if not column else 'right')
    first = next(iter(best.values()))
    for name, time_ in best.items():
        table.add_row(name, f'{100 * values[name]:.6f}', f'{time_:.3f}', f'{time_ / first:.2f}')
    Console().print(table)


def _torchmetrics(scores: np.ndarray, labels: np.ndarray) -> dict[str, Callable[[], object]]:
    """The row of torchmetrics; none where it is not installed."""
    try:
        from torchmetrics.functional.classification import multilabel_average_precision
    except ImportError:
        print('torchmetrics is not installed: its row is left out')
        return {}
    preds, target = torch.from_numpy(scores), torch.from_numpy(labels).long()
    return {'torchmetrics, AP': lambda: multilabel_average_precision(preds, target, num_labels=scores.shape[1])}


if __name__ == '__main__':
    main()
