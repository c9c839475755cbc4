"""Pretrained weights from files: where they are looked for, and loading that is strict."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import torch
from mmengine.registry import WEIGHT_INITIALIZERS
from mmengine.runner.checkpoint import get_torchvision_models
from torch import Tensor, nn

from mlkd.checkpoint_file import load_file
from mlkd.errors import CheckpointError, did_you_mean, some

from .matconvnet import read_matconvnet

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
_COUNTS = 'num_batches_tracked'

_folders: list[Path] = []
_missing_allowed = False


@runtime_checkable
class TakesWeightFiles(Protocol):
    """A module that knows which names its tensors have in weight files."""

    #: Beginnings of names that a file may hold for other parts of the network (its ImageNet classifier, say).
    ignored_weights: tuple[str, ...]

    def weight_layouts(self) -> list[dict[str, str]]:
        """One dict for each known kind of file, from the module's own tensor names to those in the file."""


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


def read_weights(path: str | Path) -> dict[str, Tensor]:
    """Read a state dict without running any code from the file.

    Args:
        path: A PyTorch checkpoint: a state dict, or a dict that holds one under ``'state_dict'``; or a ``.mat`` file of
            MatConvNet.

    Returns:
        Tensors by name, on the CPU.

    Raises:
        CheckpointError: If the file cannot be read or holds something else.
    """
    if Path(path).suffix == '.mat':
        return read_matconvnet(path)
    # Of a file of an ImageNet network often a part is taken: only that is read from disk.
    content = load_file(path, mmap=True)
    state = content.get('state_dict', content)
    found = type(state).__name__
    if isinstance(state, Mapping):
        found = some(str(name) for name, value in state.items() if not isinstance(value, Tensor))
    if found:
        raise CheckpointError(
            'The checkpoint holds no state dict.',
            where=path,
            found=found,
            expected="tensors alone, by name, at the top or under 'state_dict'",
        )
    return dict(state)


def load_weights(module: nn.Module, name: str | Path, ignore: Sequence[str] = (), prefix: str | None = None) -> None:
    """Load a weight file into a module, every tensor of it.

    Tensors are cast to the module's data type. Of the layouts that the module knows, the one is taken that shares
    most names with the file; what the module declares as another part's is left out. In files for a module that knows
    no layouts (MMDetection's backbones, say) tensors have its own names.

    Args:
        module: Any; one that has ``weight_layouts`` and ``ignored_weights`` knows its files.
        name: What :func:`find_weights` shall look for.
        ignore: Beginnings of names that the file may hold for other parts, such as ``'fc.'``.
        prefix: The file is of a whole network, a published one for example, of which the module is the part whose names
            begin so: ``'backbone.'``. All else in it is left out.

    Raises:
        CheckpointError: If the file is not there or not readable, or if a tensor is missing, unexpected or misshapen.
    """
    try:
        path = find_weights(name)
    except CheckpointError as error:
        if not _missing_allowed:
            raise
        warnings.warn(f'{error}\nGoing on from random weights, which a dry run may do.', stacklevel=2)
        return
    own = module.state_dict()
    state = read_weights(path)
    if prefix is not None:
        state = {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}
    if isinstance(module, TakesWeightFiles) and prefix is None:
        layouts, ignored = module.weight_layouts(), (*module.ignored_weights, *ignore)
    else:
        layouts, ignored = [{name: name for name in own}], tuple(ignore)
    layout = max(layouts, key=lambda names: sum(key in state for key in names.values()))
    # Counts of batches, which nothing here depends on, are in newer files alone.
    layout = {mine: key for mine, key in layout.items() if key in state or not key.endswith(_COUNTS)}
    known = set(layout.values())
    problems = {
        'missing': [key for key in known if key not in state],
        'unexpected': [key for key in state if key not in known and not key.startswith(ignored)],
        'misshapen': [
            f'{key} {tuple(state[key].shape)} instead of {tuple(own[mine].shape)}'
            for mine, key in layout.items()
            if key in state and state[key].shape != own[mine].shape
        ],
    }
    _raise_if_any(problems, path, type(module).__name__)
    with torch.no_grad():
        for mine, key in layout.items():
            own[mine].copy_(state[key])


# With MMEngine's own registry, where it is found whether a default scope is set or not.
@WEIGHT_INITIALIZERS.register_module(name='WeightFile')
class WeightFileInit:
    """``init_cfg=dict(type='WeightFile', checkpoint=NAME, ignore=['fc.'], prefix=None)``: see :func:`load_weights`."""

    wholemodule: Any = False  # set by MMEngine

    def __init__(self, checkpoint: str, ignore: Sequence[str] = (), prefix: str | None = None) -> None:
        self.checkpoint, self.ignore, self.prefix = checkpoint, ignore, prefix

    def __call__(self, module: nn.Module) -> None:
        """Load the file's tensors into ``module``."""
        load_weights(module, self.checkpoint, self.ignore, self.prefix)


def _raise_if_any(problems: Mapping[str, Sequence[str]], path: Path, module: str) -> None:
    rows = [f'{kind}: {some(names, 6)}' for kind, names in problems.items() if names]
    if rows:
        raise CheckpointError(
            f'A weight file does not fit {module}.',
            where=path,
            found='; '.join(rows),
            expected='every tensor of the module, in its shape, and no other',
            fix='check that the file belongs to this architecture and width',
        )
