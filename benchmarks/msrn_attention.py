"""Time and peak memory of MSRN's pooling, forward and backward: label by label in chunks against all labels at once.

Run: ``python benchmarks/msrn_attention.py [--images 2] [--labels 84] [--chunks 1 4 8 16] [--rounds 5] [--infer]``

Three maps as images of 448 x 448 pixels give them (28, 14 and 7 on a side), 84 queries as COCO has (80 labels, 4
groups). Peak memory is what is allocated beyond the maps, queries and the gradients of both: on a GPU as PyTorch counts
it, else resident memory, each way in a process of its own. The ways take turns when they are timed.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import torch
from interleaved import interleaved
from rich.console import Console
from rich.table import Table
from torch import Tensor

from mlkd.engine.memory import peak_memory_mib, reset_peak_memory
from mlkd.models.layers import semantic_pool

SIDES = (28, 14, 7)
DEVICE = 'cuda' if torch.cuda.is_available() else 'cpu'
DIRECT = 0


def make_step(images: int, labels: int, channels: int, chunk: int, infer: bool) -> Callable[[], None]:
    """One pass over three maps.

    Args:
        images: B.
        labels: Labels and groups.
        channels: Width.
        chunk: Labels at a time; 0: all at once.
        infer: Forward alone.
    """
    torch.manual_seed(0)
    maps = [torch.randn(images, channels, side, side, device=DEVICE, requires_grad=not infer) for side in SIDES]
    queries = torch.randn(labels, channels, device=DEVICE, requires_grad=not infer)
    # Gradients are there before the first step, so that they are not counted with it.
    for leaf in (*maps, queries):
        leaf.grad = None if infer else torch.zeros_like(leaf)

    def step() -> None:
        with torch.set_grad_enabled(not infer):
            seen: Tensor = torch.cat([semantic_pool(level, queries, chunk or None) for level in maps], dim=2)
        if not infer:
            seen.sum().backward()
        if DEVICE == 'cuda':
            torch.cuda.synchronize()

    return step


def peak(words: list[str], chunk: int) -> float:
    """MiB of one way, measured in a process of its own."""
    command = [sys.executable, __file__, *words, '--measure', str(chunk)]
    return float(subprocess.check_output(command, text=True))


def measure(step: Callable[[], None]) -> float:
    """MiB that one step takes beyond what is there before it."""
    key = 'cuda' if DEVICE == 'cuda' else 'rss'
    reset_peak_memory()
    before = peak_memory_mib()[key]
    step()
    return peak_memory_mib()[key] - before


def main() -> None:
    """Measure, and print a table with ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--images', type=int, default=2)
    parser.add_argument('--labels', type=int, default=84)
    parser.add_argument('--channels', type=int, default=512)
    parser.add_argument('--chunks', type=int, nargs='+', default=[1, 4, 8, 16])
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--infer', action='store_true', help='forward alone')
    parser.add_argument('--measure', type=int, metavar='CHUNK', help=argparse.SUPPRESS)
    args = parser.parse_args()
    sizes: dict[str, Any] = {name: getattr(args, name) for name in ('images', 'labels', 'channels', 'infer')}
    if args.measure is not None:
        step = make_step(chunk=args.measure, **sizes)
        # What libraries set up in their first call is theirs, and little of it.
        make_step(chunk=args.measure, **{**sizes, 'images': 1, 'labels': 1, 'channels': 8})()
        print(measure(step))
        return
    words = [f'--{name}={sizes[name]}' for name in ('images', 'labels', 'channels')] + ['--infer'] * args.infer
    chunks = [DIRECT, *args.chunks]
    memory = {chunk: peak(words, chunk) for chunk in chunks}
    ways = {str(chunk): make_step(chunk=chunk, **sizes) for chunk in chunks}
    taken = interleaved(ways, args.rounds, warm_up=1)
    table = Table(title=f'{args.images} image(s), {args.labels} labels and groups, {DEVICE}')
    for head in ('labels at a time', 'ms', 'of the direct form', 'peak MiB', 'of the direct form'):
        table.add_column(head, justify='right')
    for chunk in chunks:
        seconds = statistics.median(taken[str(chunk)])
        # Those of one round belong together.
        slower = statistics.median(a / b for a, b in zip(taken[str(chunk)], taken[str(DIRECT)], strict=True))
        name = 'all, kept (direct)' if chunk == DIRECT else str(chunk)
        share = memory[chunk] / memory[DIRECT] if memory[DIRECT] else float('nan')
        table.add_row(name, f'{1000 * seconds:.1f}', f'{slower:.2f}', f'{memory[chunk]:.0f}', f'{share:.3f}')
    Console(soft_wrap=True).print(table)


if __name__ == '__main__':
    main()
