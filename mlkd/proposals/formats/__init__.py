"""Formats of proposal files, each in a module of its own; importing one registers it."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from mlkd.errors import ConfigError, ProposalError, did_you_mean, near_file
from mlkd.proposals.formats.base import ProposalFormat
from mlkd.proposals.formats.coco_json import COCOResults
from mlkd.proposals.formats.convention import Convention
from mlkd.proposals.formats.datalist_format import Datalist
from mlkd.proposals.formats.detectron2 import Detectron2Pickle
from mlkd.proposals.formats.mcg import MCGFolder
from mlkd.proposals.formats.mmdet import MMDetPickle
from mlkd.proposals.formats.parquet import ParquetTable
from mlkd.proposals.formats.store_format import StoreFolder
from mlkd.proposals.formats.voc_mat import EdgeBoxesMat, SelectiveSearchMat
from mlkd.proposals.formats.wetectron import WetectronPickle
from mlkd.registry import PROPOSAL_FORMATS

__all__ = [
    'COCOResults',
    'Convention',
    'Datalist',
    'Detectron2Pickle',
    'EdgeBoxesMat',
    'MCGFolder',
    'MMDetPickle',
    'ParquetTable',
    'ProposalFormat',
    'SelectiveSearchMat',
    'StoreFolder',
    'WetectronPickle',
    'format_class',
    'format_options',
    'guess_format',
]


def format_class(name: str) -> type[ProposalFormat]:
    """The format of that name.

    Raises:
        ConfigError: If there is none.
    """
    cls = PROPOSAL_FORMATS.get(name)
    if cls is None:
        known = sorted(PROPOSAL_FORMATS.module_dict)
        raise ConfigError(
            'There is no such format.', found=name, expected=', '.join(known), fix=did_you_mean(name, known) or None
        )
    return cls


def format_options(cls: type[ProposalFormat]) -> dict[str, Any]:
    """Names of the options of a format, and what they are if not given."""
    found: dict[str, Any] = {}
    for base in reversed(
        [base for base in cls.__mro__ if issubclass(base, ProposalFormat) and '__init__' in vars(base)]
    ):
        for parameter in inspect.signature(base).parameters.values():
            if parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
                found[parameter.name] = parameter.default
    return found


def guess_format(path: str | Path) -> str:
    """Name of the format of a file or folder.

    Raises:
        ProposalError: If it is not there, or none or several formats recognise it.
    """
    path = Path(path)
    if not path.exists():
        raise ProposalError('There is no such proposal file.', where=path, fix=near_file(path))
    names = sorted(name for name, cls in PROPOSAL_FORMATS.module_dict.items() if cls.recognises(path))
    if len(names) != 1:
        raise ProposalError(
            'The format of a proposal file cannot be told.',
            where=path,
            found=f'may be {" or ".join(names)}' if names else None,
            fix=f'name it: --from {" or ".join(names or sorted(PROPOSAL_FORMATS.module_dict))}',
        )
    return names[0]
