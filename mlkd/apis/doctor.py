"""``mlkd doctor``: versions, which operators are in use, devices, and what is wrong."""

from __future__ import annotations

import argparse
import importlib.metadata as metadata
import os
import platform

import torch
from packaging.requirements import Requirement
from rich.table import Table
from rich.text import Text

import mlkd
from mlkd.compat import ops_in_use
from mlkd.console import console


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``doctor`` takes no argument."""


def version_rows() -> list[tuple[str, str, str, bool]]:
    """For each requirement of mlkd: (package, installed version, tested range, whether it fits)."""
    rows = []
    for line in metadata.requires('mlkd') or []:
        need = Requirement(line)
        if need.marker is not None and not need.marker.evaluate({'extra': ''}):
            continue
        try:
            found = metadata.version(need.name)
        except metadata.PackageNotFoundError:
            found = 'not installed'
        fits = found != 'not installed' and need.specifier.contains(found, prereleases=True)
        rows.append((need.name, found, str(need.specifier) or 'any', fits))
    return rows


def device_rows() -> list[tuple[str, str]]:
    """(device, description) of the processor and of each GPU."""
    rows = [('cpu', f'{os.cpu_count()} cores, {torch.get_num_threads()} threads in PyTorch')]
    for i in range(torch.cuda.device_count()):
        card = torch.cuda.get_device_properties(i)
        rows.append(
            (f'cuda:{i}', f'{card.name}, {card.total_memory / 2**30:.0f} GiB, compute {card.major}.{card.minor}')
        )
    return rows


def problems() -> list[str]:
    """What is wrong, a sentence each with what to do; empty if all is well."""
    found = [
        f'{name} is {have}, tested with {want}: pip install "{name}{want}"'
        for name, have, want, fits in version_rows()
        if not fits
    ]
    try:
        import cv2

        if not hasattr(cv2, 'ximgproc'):
            found.append(
                'OpenCV has no ximgproc (Selective Search): uninstall every opencv-* package, '
                'then pip install opencv-contrib-python-headless'
            )
    except ImportError as error:
        found.append(f'OpenCV does not load ({error}): pip install opencv-contrib-python-headless')
    try:
        import mmdet.models  # noqa: F401
    except Exception as error:  # any failure of a dependency is what the doctor is here to tell
        found.append(f'mmdet.models does not import: {type(error).__name__}: {error}')
    return found


def run(args: argparse.Namespace) -> int:
    """Print the findings; 1 if something is wrong, else 0."""
    table = Table(
        'package',
        'installed',
        'tested range',
        'fits',
        title=f'mlkd {mlkd.__version__}, Python {platform.python_version()}',
    )
    for name, have, want, fits in version_rows():
        table.add_row(name, have, want, 'yes' if fits else 'NO')
    console.print(table)
    for op, kind in ops_in_use().items():
        console.print(f'{op}: {kind}')
    for device, text in device_rows():
        console.print(f'{device}: {text}')
    wrong = problems()
    for sentence in wrong:
        console.print(Text.assemble(('wrong: ', 'bold'), sentence))
    if not wrong:
        console.print('Nothing is wrong.')
    return 1 if wrong else 0
