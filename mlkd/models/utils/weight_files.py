"""Where files of pretrained weights are: looked for in some folders, or downloaded."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

import torch
from mmengine.runner.checkpoint import get_torchvision_models

from mlkd.errors import CheckpointError, did_you_mean

#: Environment variable that names one more folder to look in.
WEIGHTS_VARIABLE = 'MLKD_WEIGHTS'
#: How to get the files that the configs name.
SOURCES = {
    'vgg16-00b39a1b.pth': 'VGG16 as trained by its authors in Caffe (BGR, 0..255), converted by Justin Johnson: '
    'https://web.eecs.umich.edu/~justincj/models/vgg16-00b39a1b.pth',
    'vgg16-397923af.pth': "torchvision's VGG16 (RGB): https://download.pytorch.org/models/vgg16-397923af.pth",
    'imagenet-vgg-f.mat': 'VGG-F as MatConvNet has it (RGB, 0..255): '
    'https://www.vlfeat.org/matconvnet/models/imagenet-vgg-f.mat',
    'squeezenet1_0.pt': "torchvision's SqueezeNet 1.0 has the same layout: "
    'https://download.pytorch.org/models/squeezenet1_0-b66bff10.pth',
}

#: Names that stand for a torchvision file, ``torchvision://resnet101``, and of other addresses.
_TORCHVISION, _WEB = 'torchvision://', ('http://', 'https://')

_folders: list[Path] = []
_missing_allowed = False


def add_weight_folder(path: str | Path) -> None:
    """Look for weight files in ``path`` too, from now on in this process."""
    folder = Path(path)
    if folder not in _folders:
        _folders.append(folder)


def allow_missing_weights(allow: bool = True) -> None:
    """Let a weight file that is not found be a warning and a random start (for dry runs), in this process."""
    global _missing_allowed
    _missing_allowed = allow


def missing_weights_allowed() -> bool:
    """Whether :func:`allow_missing_weights` was called."""
    return _missing_allowed


def find_weights(name: str | Path) -> Path:
    """The file that a config means by ``name``.

    Looked for as it is, then in ``$MLKD_WEIGHTS``, in ``data/weights`` under the current folder, and in the folders of
    :func:`add_weight_folder`. An address (``https://...``, or ``torchvision://NAME``) is downloaded where a file of
    that name is in none of these, and kept where PyTorch keeps such files; not in a dry run.

    Raises:
        CheckpointError: If it is in none of them; says where it was looked for and where to get it.
    """
    address = _address(str(name))
    name = name if address is None else address.rpartition('/')[2]
    places = [Path(name)]
    if os.environ.get(WEIGHTS_VARIABLE):
        places.append(Path(os.environ[WEIGHTS_VARIABLE], name))
    places += [folder / name for folder in (Path('data', 'weights'), *_folders)]
    for place in places:
        if place.is_file():
            return place
    if address is not None:
        return _download(address, places)
    source = SOURCES.get(Path(name).name)
    raise CheckpointError(
        f'The weight file {name} was not found.',
        where=', '.join(str(place) for place in places),
        fix=f'{f"get it ({source}) and " if source else ""}put it into one of these places, or into a folder that '
        f'the environment variable {WEIGHTS_VARIABLE} names; init_cfg=None starts from random weights',
    )


def _address(name: str) -> str | None:
    """Where a file is on the web; None for the name of a file."""
    if name.startswith(_TORCHVISION):
        known = get_torchvision_models()
        model = name.removeprefix(_TORCHVISION)
        if model not in known:
            fix = did_you_mean(model, known) or None
            raise CheckpointError('torchvision has no such weights.', where='checkpoint', found=name, fix=fix)
        return known[model]
    return name if name.startswith(_WEB) else None


def _download(address: str, places: Sequence[Path]) -> Path:
    """The file of an address, in PyTorch's folder of downloads."""
    file = Path(torch.hub.get_dir(), 'checkpoints', address.rpartition('/')[2])
    if file.is_file():
        return file
    where = ', '.join(str(place) for place in (*places, file))
    fix = f'get {address} and put it into one of these places; init_cfg=None starts from random weights'
    if _missing_allowed:
        raise CheckpointError('The weight file was not found, and a dry run downloads nothing.', where=where, fix=fix)
    file.parent.mkdir(parents=True, exist_ok=True)
    # PyTorch's files have the beginning of their SHA-256 in their names.
    digest = re.search(r'-([0-9a-f]{8,})\.', file.name)
    try:
        torch.hub.download_url_to_file(address, str(file), digest and digest[1])
    except (OSError, RuntimeError) as error:
        raise CheckpointError('The weight file cannot be downloaded.', where=where, found=error, fix=fix) from error
    return file
