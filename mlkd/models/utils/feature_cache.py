"""Feature maps of a frozen backbone, kept on disk."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from mlkd.errors import ConfigError
from mlkd.fileio import atomic_write


class FeatureCache:
    """What a frozen backbone makes of an image is computed once, whatever run, stage, fold or seed asks for it.

    A file's name is the hash of the backbone's tensors and of the image as the backbone sees it (after resize, mirror
    and normalisation), so that neither another network nor another view can take it for its own. Worth it where few
    views of each image occur: a fixed size and a mirror. Maps are kept in float16, and given back so rounded the first
    time too; each image is computed alone. So a result depends neither on what the cache held nor on the batch.

    Args:
        folder: Where the files stand; made if missing. It may be removed at any time, and several runs may share it.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self._known: tuple[tuple[int, ...], str] | None = None

    def __call__(self, backbone: nn.Module, inputs: Tensor) -> tuple[Tensor, ...]:
        """The backbone's feature maps.

        Args:
            backbone: Gives a tuple of maps for a batch; nothing in it trains.
            inputs: A view (B, 3, h, w).

        Returns:
            Maps (B, C, h', w') of the view's data type, without gradient.

        Raises:
            ConfigError: If a part of the backbone trains.
        """
        _check_frozen(backbone)
        with torch.no_grad():
            if any(layer._forward_hooks for layer in backbone.modules()):
                # Somebody listens to layers inside, which therefore have to run.
                return tuple(backbone(inputs))
            network = self._fingerprint(backbone)
            images = [self._maps(backbone, image[None], network) for image in inputs]
            return tuple(torch.stack(level).to(inputs.device, inputs.dtype) for level in zip(*images, strict=True))

    def _maps(self, backbone: nn.Module, image: Tensor, network: str) -> Sequence[Tensor]:
        digest = hashlib.sha256(network.encode())
        _update(digest, image)
        name = digest.hexdigest()
        file = self.folder / name[:2] / f'{name}.npz'
        maps = _read(file)
        if maps is None:
            maps = [level[0].to('cpu', torch.float16).contiguous() for level in backbone(image)]
            self._write(file, maps)
        return maps

    def _write(self, file: Path, maps: Sequence[Tensor]) -> None:
        try:
            with atomic_write(file, 'wb') as stream:
                np.savez(stream, *(level.numpy() for level in maps))
        except OSError as error:
            warnings.warn(f'{self.folder}: feature maps cannot be kept ({error}).', stacklevel=2)

    def _fingerprint(self, backbone: nn.Module) -> str:
        """Hash of all tensors; made anew where one of them was written to."""
        tensors = [*backbone.parameters(), *backbone.buffers()]
        version = tuple(number for x in tensors for number in (x._version, x.data_ptr()))
        if self._known is None or self._known[0] != version:
            digest = hashlib.sha256(repr(backbone).encode())
            for tensor in tensors:
                _update(digest, tensor)
            self._known = version, digest.hexdigest()
        return self._known[1]


def _check_frozen(backbone: nn.Module) -> None:
    trains = [name for name, x in backbone.named_parameters() if x.requires_grad]
    moving = [name for name, x in backbone.named_modules() if isinstance(x, _BatchNorm) and x.training]
    if trains or moving:
        raise ConfigError(
            'Feature maps of a backbone that trains cannot be kept.',
            where='feature_cache',
            found=f'{len(trains)} parameters that train, {len(moving)} batch norms in training mode',
            expected='a backbone of which no parameter trains and all batch norm is in eval mode',
            fix='freeze it (frozen_stages), or leave feature_cache out',
        )


def _update(digest: hashlib._Hash, tensor: Tensor) -> None:
    tensor = tensor.detach().to('cpu').contiguous()
    digest.update(repr((tuple(tensor.shape), tensor.dtype)).encode())
    digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data if tensor.numel() else b'')


def _read(file: Path) -> list[Tensor] | None:
    """Maps of a file; None where there is none, or none that can be read."""
    try:
        with np.load(file, allow_pickle=False) as arrays:
            return [torch.from_numpy(arrays[name]) for name in arrays.files]
    except FileNotFoundError:
        return None
    except Exception as error:
        warnings.warn(f'{file} cannot be read ({error}); it is made anew.', stacklevel=2)
        return None
