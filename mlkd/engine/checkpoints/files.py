"""Finding the newest checkpoint that is whole, and MMEngine's loaders without their unpickling of anything."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from mmengine.logging import print_log
from mmengine.runner import CheckpointLoader
from mmengine.runner.checkpoint import get_external_models, get_torchvision_models

from mlkd.checkpoint_file import PLAIN_TYPES, load_file
from mlkd.errors import CheckpointError


def latest_whole_checkpoint(folder: str | os.PathLike) -> str | None:
    """The newest checkpoint in ``folder`` that loads; damaged ones are passed over with a warning.

    Args:
        folder: Where ``epoch_N.pth`` or ``iter_N.pth`` stand.

    Returns:
        Its path, or None where there is none.
    """
    found = [path for path in Path(folder).glob('*.pth') if re.fullmatch(r'(epoch|iter)_\d+\.pth', path.name)]
    mixed = len({path.name.partition('_')[0] for path in found}) > 1
    age = (lambda path: path.stat().st_mtime_ns) if mixed else _number
    for path in sorted(found, key=age, reverse=True):
        try:
            meta = load_file(path).get('meta', {})
        except CheckpointError as error:
            print_log(f'{error.what} Going back to the checkpoint before it: {path}', 'current', level=30)
            continue
        if 'iter' in meta:
            return str(path)
    return None


def _number(path: Path) -> int:
    return int(path.stem.rpartition('_')[2])


# MMEngine logs the names of its loaders from the eleventh letter on.
def load_from_disk(path: str, map_location: Any = 'cpu') -> dict:
    """A checkpoint of a file, read without running code."""
    return load_file(path, map_location)


def load_from_web(url: str, map_location: Any = 'cpu') -> dict:
    """A checkpoint of an address, read without running code."""
    with torch.serialization.safe_globals(PLAIN_TYPES):
        return torch.hub.load_state_dict_from_url(url, map_location=map_location, weights_only=True)


def _named(catalogue: Callable[[], dict[str, str]]) -> Callable[[str, Any], dict]:
    def load_from_catalogue(name: str, map_location: Any = 'cpu') -> dict:
        known = catalogue()
        name = name.partition('://')[2]
        if name not in known:
            raise CheckpointError('There are no weights of this name.', found=name, expected='a name in the catalogue')
        return load_from_web(known[name], map_location)

    return load_from_catalogue


# MMEngine falls back to unpickling anything; these take the place of its loaders.
for _prefixes, _loader in (
    ('', load_from_disk),
    (('http://', 'https://'), load_from_web),
    (('torchvision://', 'modelzoo://'), _named(get_torchvision_models)),
    (('open-mmlab://', 'openmmlab://'), _named(get_external_models)),
):
    CheckpointLoader.register_scheme(_prefixes, _loader, force=True)
