"""Feature maps of a frozen backbone, or of the frozen part of one, kept on disk."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from mlkd.fileio import atomic_write

from .frozen_layers import as_tuple, feature_maps, frozen_layers, nothing_frozen

#: Networks whose hashes are remembered at a time.
_KEPT_FINGERPRINTS = 64


class FeatureCache:
    """What a frozen backbone makes of an image is computed once, whatever run, stage, fold or seed asks for it.

    Of a :class:`.PartlyFrozen` backbone what its first layers make is kept, and the rest runs.

    A file's name is the hash of the backbone's tensors and of the image as the backbone sees it (after resize, mirror
    and normalisation), so that neither another network nor another view can take it for its own. Worth it where few
    views of each image occur: a fixed size and a mirror. Maps are kept in float16, and given back so rounded the first
    time too; each image is computed alone. So a result depends neither on what the cache held nor on the batch.

    Args:
        folder: Where the files stand; made if missing. It may be removed at any time, and several runs may share it.

    Attributes:
        keeps: Whether maps that are not there are written. They are rounded in either case.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.keeps = True
        self._fingerprint = Fingerprint()

    def __call__(self, backbone: nn.Module, inputs: Tensor) -> tuple[Tensor, ...]:
        """The backbone's feature maps.

        Args:
            backbone: Gives a tuple of maps for a batch.
            inputs: A view (B, 3, h, w).

        Returns:
            Maps (B, C, h', w') of the view's data type; with a gradient where a part of the backbone trains.

        Raises:
            ConfigError: If all of the backbone trains.
        """
        frozen = frozen_layers(backbone)
        if frozen is None:
            raise nothing_frozen(backbone)
        return feature_maps(backbone, frozen, self.look_up(frozen, inputs))

    @torch.no_grad()
    def look_up(self, network: nn.Module, inputs: Tensor) -> tuple[Tensor, ...]:
        """What frozen layers make of a view, kept or computed now.

        Args:
            network: Gives a map or a tuple of maps for a batch.
            inputs: A view (B, 3, h, w).
        """
        if any(layer._forward_hooks for layer in network.modules()):
            # Somebody listens to layers inside, which therefore have to run.
            return as_tuple(network(inputs))
        name = self._fingerprint(network)
        images = [self._maps(network, image[None], name) for image in inputs]
        layout = (
            torch.channels_last if inputs.is_contiguous(memory_format=torch.channels_last) else torch.contiguous_format
        )
        return tuple(
            torch.stack(level).to(inputs.device, inputs.dtype).contiguous(memory_format=layout)
            for level in zip(*images, strict=True)
        )

    def _maps(self, network: nn.Module, image: Tensor, fingerprint: str) -> Sequence[Tensor]:
        digest = hashlib.sha256(fingerprint.encode())
        _update(digest, image)
        name = digest.hexdigest()
        file = self.folder / name[:2] / f'{name}.safetensors'
        maps = _read(file)
        if maps is None:
            maps = [level[0].to('cpu', torch.float16).contiguous() for level in as_tuple(network(image))]
            if self.keeps:
                self._write(file, maps)
        return maps

    def _write(self, file: Path, maps: Sequence[Tensor]) -> None:
        try:
            with atomic_write(file, 'wb') as stream:
                stream.write(save({str(number): level for number, level in enumerate(maps)}))
        except OSError as error:
            warnings.warn(f'{self.folder}: feature maps cannot be kept ({error}).', stacklevel=2)


class Fingerprint:
    """Hash of all tensors of a network; made anew where one of them was written to."""

    def __init__(self) -> None:
        # With the tensors, so that no other network can get their place in memory.
        self._known: dict[tuple[int, ...], tuple[list[Tensor], str]] = {}

    def __call__(self, network: nn.Module) -> str:
        """The hash; of equal layers with equal tensors it is the same."""
        tensors = [*network.parameters(), *network.buffers()]
        version = tuple(number for x in tensors for number in (x._version, x.data_ptr()))
        if version not in self._known:
            if len(self._known) >= _KEPT_FINGERPRINTS:
                self._known.clear()
            digest = hashlib.sha256(repr(network).encode())
            for tensor in tensors:
                _update(digest, tensor)
            self._known[version] = tensors, digest.hexdigest()
        return self._known[version][1]


def _update(digest: hashlib._Hash, tensor: Tensor) -> None:
    tensor = tensor.detach().to('cpu').contiguous()
    digest.update(repr((tuple(tensor.shape), tensor.dtype)).encode())
    digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data if tensor.numel() else b'')


def _read(file: Path) -> list[Tensor] | None:
    """Maps of a file; None where there is none, or none that can be read."""
    try:
        maps = load(file.read_bytes())
        return [maps[str(number)] for number in range(len(maps))]
    except FileNotFoundError:
        return None
    except Exception as error:
        warnings.warn(f'{file} cannot be read ({error}); it is made anew.', stacklevel=2)
        return None
