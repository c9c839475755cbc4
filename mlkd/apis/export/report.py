"""What an export found, as tables and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlkd.apis.runs.result_blocks import Block, put_block
from mlkd.console import console
from mlkd.fileio import atomic_write, write_json
from mlkd.visualization import TextTable

#: What the numbers of an export are called, beside its file.
ENDING = '.json'
_METRICS = {'mAP': 'mAP', 'F1-C': 'F1-C', 'F1-O': 'OF1'}


def write_report(report: Mapping[str, Any], out: Path) -> Path:
    """Write all numbers beside an exported file, as ``OUT.json``.

    Returns:
        The path.
    """
    path = out.with_name(out.name + ENDING)
    write_json(path, report)
    return path


def put_report(report: Mapping[str, Any], page: Path) -> None:
    """Write the numbers into a page of Markdown, between markers that are named after the format.

    Text outside of the markers stays; without markers they are put at the end.

    Raises:
        ConfigError: If one of the two markers is missing.
    """
    text = page.read_text(encoding='utf-8') if page.is_file() else '# Exports\n'
    block = Block(f'export {report["format"]} {report["preprocessing"]}', '')
    with atomic_write(page) as file:
        file.write(put_block(text, block, markdown(report)))


def markdown(report: Mapping[str, Any]) -> str:
    """All tables, and what they were made with."""
    machine = report['machine']
    versions = ', '.join(f'{name} {report["versions"][name]}' for name in ('torch', 'onnx', 'onnxruntime'))
    facts = [
        f'check: {_agreement(report["check"])}',
        f'command: `{report["command"]}`',
        f'machine: {machine["cpus"]} CPU cores, whose load was {machine["load"][0]} when it began; '
        f'{report["timing"][0]["threads"] if report.get("timing") else 1} thread(s) for each network',
        f'versions: {versions}',
    ]
    blocks = [f'{table.title}:\n\n{table.markdown().rstrip()}' for table in tables(report)]
    return '\n\n'.join([*blocks, '\n'.join(f'- {fact}' for fact in facts)])


def print_report(report: Mapping[str, Any]) -> None:
    """Print what an export found."""
    check = report['check']
    console.print(_agreement(check))
    if report['format'] != 'int8' and not check['equal']:
        console.print(
            f'That is more than {check["tolerance"]:g}, worst for {check["worst"]}: the file does not compute what the '
            f'student does. It is kept aside as {report["file"]}.',
            style='red',
        )
    for table in tables(report):
        console.print(table.rich())
    if report.get('timing'):
        console.print(
            f'Images in memory to scores; {report["timing"][0]["threads"]} thread(s) each, load of the machine '
            f'{report["machine"]["load"][0]} on {report["machine"]["cpus"]} cores. Memory: peak of the process.',
            style='dim',
        )


def tables(report: Mapping[str, Any]) -> list[TextTable]:
    """Tables of what was tried, measured and timed, of what there is."""
    made = []
    if report.get('quantisation'):
        rows = [
            (trial['kept'], f'{trial["layers"]} of {trial["of"]}', f'{trial["mean_score"]:.4f}')
            for trial in report['quantisation']['trials']
        ]
        columns = ('in floating point', 'layers', 'mean difference of a score')
        made.append(TextTable('INT8, the last one is written', columns, tuple(rows), len(rows) - 1))
    if report.get('metrics'):
        metrics = report['metrics']
        names = {'before': 'student, PyTorch', 'after': f'exported, {report["format"]}'}
        body = tuple((names[k], *(f'{metrics[k][key]:.2f}' for key in _METRICS.values())) for k in names)
        title = f'{metrics["images"]} images of {metrics["config"]}, percent'
        made.append(TextTable(title, ('', *_METRICS), body))
    if report.get('timing'):
        made.append(_timing(report['timing']))
    return made


def _agreement(check: Mapping[str, Any]) -> str:
    what = 'drawn images' if check['on'] == 'drawn images' else f'photos of {check["on"]}'
    return (
        f'{check["images"]} {what}: largest difference of a logit {check["logits"]:.2g}, of a score '
        f'{check["scores"]:.2g}; {check["decisions"]} of {check["labels"]} labels decided otherwise'
    )


def _timing(timing: list[Mapping[str, Any]]) -> TextTable:
    batches = sorted({int(batch) for row in timing for batch in row['images_per_second']})
    rows = []
    for row in timing:
        speed = {int(batch): value for batch, value in row['images_per_second'].items()}
        cells = [f'{speed[batch]:,.1f}' if batch in speed else '-' for batch in batches]
        cells.append(f'{min(row["cpu_ms_per_image"].values()):,.1f}')
        rows.append((row['name'], *cells, f'{row["bytes"] / 1e6:,.2f}', f'{row["peak_rss_mib"]:,.0f}'))
    columns = ('', *(f'images/s, {batch} at a time' for batch in batches), 'CPU ms/image', 'file (MB)', 'memory (MiB)')
    return TextTable('Speed, size and memory', columns, tuple(rows))
