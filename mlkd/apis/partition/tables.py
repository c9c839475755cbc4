"""What is printed of a partition."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table

from mlkd.console import console
from mlkd.errors import some
from mlkd.partition import LabelCounts, Partition, graph_measures, kept_share


def print_partition(partition: Partition, counts: LabelCounts | None) -> None:
    """Print a partition's parts, and with counts how good they are."""
    console.print(parts_table(partition, counts))
    for row in facts(partition, counts):
        console.print(row)


def parts_table(partition: Partition, counts: LabelCounts | None) -> Table:
    """A row for each part: labels, and with counts its positives and what it keeps of their pairs."""
    table = Table('part', 'labels', title=title_of(partition), title_justify='left')
    table.columns[1].justify = 'right'
    if counts is not None:
        table.add_column('positives', justify='right')
        table.add_column('pairs kept', justify='right')
    table.add_column('names', overflow='fold')
    for number, part in enumerate(partition.parts):
        cells = [str(number), str(len(part))]
        if counts is not None:
            inside = partition.indices(counts.classes)[number]
            pairs = counts.pairs[inside]
            total = pairs.sum()
            cells += [str(counts.images[inside].sum()), _percent(pairs[:, inside].sum() / total if total else None)]
        table.add_row(*cells, ', '.join(part))
    return table


def facts(partition: Partition, counts: LabelCounts | None) -> Iterable[str]:
    """Lines about the whole partition."""
    if counts is None:
        yield 'With --counts FILE or --config CONFIG also: what the parts keep, and a picture.'
        return
    if partition.counts not in (None, counts.checksum):
        yield f'Note: the partition was made from other counts ({partition.counts}; these are {counts.checksum}).'
    if empty := counts.unseen:
        yield f'Note: no image has {some(empty)}; which part they are in means nothing, and nobody can teach them.'
    yield f'Share of co-occurrence kept inside parts: {kept_share(counts, partition):.3f}'
    measures = graph_measures(counts, partition)
    if measures:
        yield 'Normalised cut {NCut:.4f}, Calinski-Harabasz score {CH:.3f}'.format(**measures)


def title_of(partition: Partition) -> str:
    """What a partition is, in a line."""
    settings = [f'rho {partition.rho:.4g}'] if partition.rho is not None else []
    settings += [f'seed {partition.seed}'] if partition.seed is not None else []
    words = ' '.join(filter(None, [partition.dataset, partition.graph.upper(), f'K = {partition.num_parts}']))
    return words + (f' ({", ".join(settings)})' if settings else '')


def _percent(share: float | None) -> str:
    return '-' if share is None else f'{100 * share:.1f} %'
