"""The tables of recall."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlkd.evaluation.recall_summary import TOLD_IOUS, iou_row
from mlkd.visualization import TextTable


def number_table(name: str, result: Mapping[str, Any]) -> TextTable:
    """Recall of all objects by the number of boxes.

    Args:
        name: Of the store.
        result: Of :func:`mlkd.evaluation.recall_summary.summarise_recall`, with ``boxes_within``.
    """
    rows = []
    for n in result['numbers']:
        recall = result['all'][f'R@{n}']
        told = [recall[iou_row(iou)] for iou in TOLD_IOUS]
        within = f'{result["boxes_within"][str(n)]:.1f}'
        rows.append((f'{n}', within, *(f'{value:.1f}' for value in (*told, result['all'][f'AR@{n}']))))
    columns = ('at most', 'boxes per image', *(f'R at IoU {iou}' for iou in TOLD_IOUS), 'AR')
    return TextTable(f'{name}: recall (%) by number of boxes', columns, tuple(rows))


def part_table(name: str, result: Mapping[str, Any]) -> TextTable:
    """Recall of the objects of each size and of each class.

    Args:
        name: Of the store.
        result: As for :func:`number_table`.
    """
    numbers = result['numbers']
    keys = [f'R{100 * iou:.0f}' for iou in TOLD_IOUS] + [f'AR@{n}' for n in numbers]
    parts = {'all': result['all'], **result['sizes'], **result['classes']}
    rows = [
        (part, str(told['objects']), *(f'{told[key]:.1f}' if key in told else '-' for key in keys))
        for part, told in parts.items()
    ]
    columns = (
        'objects',
        'number',
        *(f'R{100 * iou:.0f}@{numbers[-1]}' for iou in TOLD_IOUS),
        *(f'AR@{n}' for n in numbers),
    )
    return TextTable(f'{name}: recall (%) by size and class', columns, tuple(rows))


def recall_markdown(note: str, results: Mapping[str, Mapping[str, Any]]) -> str:
    """A page with the tables of all stores; what stands side by side comes first.

    Args:
        note: What recall was measured on.
        results: By name of the store.
    """
    parts = [f'# Recall of proposals\n\n{note}\n', f'## Side by side\n\n{_comparison(results).markdown()}']
    for name, result in results.items():
        tables = (number_table(name, result), part_table(name, result))
        parts.append(f'## {name}\n\n{_generator(result)}\n\n' + '\n'.join(table.markdown() for table in tables))
    return '\n'.join(parts) + '\n![recall](recall.png)\n'


def _comparison(results: Mapping[str, Mapping[str, Any]]) -> TextTable:
    numbers = next(iter(results.values()))['numbers']
    keys = [f'R{100 * iou:.0f}' for iou in TOLD_IOUS] + [f'AR@{n}' for n in numbers]
    rows = [
        (name, f'{result["boxes_per_image"]:.1f}', *(f'{result["all"][key]:.1f}' for key in keys))
        for name, result in results.items()
    ]
    columns = (
        'store',
        'boxes per image',
        *(f'R{100 * iou:.0f}@{numbers[-1]}' for iou in TOLD_IOUS),
        *(f'AR@{n}' for n in numbers),
    )
    return TextTable('Side by side', columns, tuple(rows))


def _generator(result: Mapping[str, Any]) -> str:
    generator = result['generator']
    if not isinstance(generator, Mapping):
        return f'Made by {generator}.'
    settings = ', '.join(f'`{key}={value!r}`' for key, value in generator.items() if key != 'type')
    return f'Made by {generator.get("type")} ({settings}).' if settings else f'Made by {generator.get("type")}.'
