"""Feature maps of a frozen backbone, or of the frozen part of one, kept on disk."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from mlkd.errors import ConfigError
from mlkd.fileio import atomic_write

#: Networks whose hashes are remembered at a time.
_KEPT_FINGERPRINTS = 64


@runtime_checkable
class PartlyFrozen(Protocol):
    """A backbone whose first layers do not train."""

    def frozen_part(self) -> nn.Sequential:
        """Those layers; maybe none."""

    def forward_rest(self, x: Tensor) -> tuple[Tensor, ...]:
        """Feature maps of the backbone from what they make of a view."""


class FeatureCache:
    """What a frozen backbone makes of an image is computed once, whatever run, stage, fold or seed asks for it.

    Of a :class:`PartlyFrozen` backbone what its first layers make is kept, and the rest runs.

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
            raise _nothing_frozen(backbone)
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
            return _as_tuple(network(inputs))
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
        file = self.folder / name[:2] / f'{name}.npz'
        maps = _read(file)
        if maps is None:
            maps = [level[0].to('cpu', torch.float16).contiguous() for level in _as_tuple(network(image))]
            if self.keeps:
                self._write(file, maps)
        return maps

    def _write(self, file: Path, maps: Sequence[Tensor]) -> None:
        try:
            with atomic_write(file, 'wb') as stream:
                np.savez(stream, *(level.numpy() for level in maps))
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


class SharedFeatures:
    """What equal frozen layers of several backbones make of one view is computed once, for all of them.

    Takes the place of a :class:`FeatureCache` in networks that are given the same view one after the other.

    Args:
        cache: Where maps are kept beyond this view; None: nowhere.
    """

    def __init__(self, cache: FeatureCache | None = None) -> None:
        self.cache = cache
        self._fingerprint = Fingerprint()
        self._key: tuple[object, ...] | None = None
        self._inputs: Tensor | None = None
        self._maps: tuple[Tensor, ...] = ()

    def __call__(self, backbone: nn.Module, inputs: Tensor) -> tuple[Tensor, ...]:
        """The backbone's feature maps.

        Args:
            backbone: Gives a tuple of maps for a batch. One of which everything trains just runs.
            inputs: A view (B, 3, h, w); told from another by its identity.

        Returns:
            Maps (B, C, h', w'), the same as those of the cache or, without one, of the backbone.
        """
        # Where nothing trains, as in teachers, what backbones have in common is what did not train when they learnt.
        frozen = _frozen_part(backbone) or (backbone if _is_frozen(backbone) else None)
        if frozen is None:
            return self.cache(backbone, inputs) if self.cache else backbone(inputs)
        # Maps that a network has written into are not those of the next one.
        key = (self._fingerprint(frozen), inputs._version, *(x._version for x in self._maps))
        if inputs is not self._inputs or key != self._key:
            with torch.no_grad():
                self._maps = self.cache.look_up(frozen, inputs) if self.cache else _as_tuple(frozen(inputs))
            self._inputs, self._key = inputs, (*key[:2], *(x._version for x in self._maps))
        return feature_maps(backbone, frozen, self._maps)

    def clear(self) -> None:
        """Forget the view."""
        self._inputs, self._maps, self._key = None, (), None


def share_features(networks: Iterable[nn.Module], always: bool = False) -> SharedFeatures | None:
    """Have networks that are given one view share the cache of the first.

    Args:
        networks: Those without a ``feature_cache`` stay as they are.
        always: Also where the first keeps nothing.

    Returns:
        What they share now; None for nothing.
    """
    members: list[Any] = [network for network in networks if hasattr(network, 'feature_cache')]
    if not members or not (always or members[0].feature_cache is not None):
        return None
    shared = SharedFeatures(members[0].feature_cache)
    for member in members:
        member.feature_cache = shared
    return shared


def frozen_layers(backbone: nn.Module) -> nn.Module | None:
    """The first layers of a backbone if they do not train, all of it where nothing trains; None without any."""
    if _is_frozen(backbone):
        return backbone
    return _frozen_part(backbone)


def feature_maps(backbone: nn.Module, frozen: nn.Module, maps: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Feature maps of a backbone from what its :func:`frozen_layers` made of a view."""
    return maps if frozen is backbone else backbone.forward_rest(*maps)  # type: ignore[operator]


def _frozen_part(backbone: nn.Module) -> nn.Module | None:
    part = backbone.frozen_part() if isinstance(backbone, PartlyFrozen) else None
    return part if part is not None and len(part) else None


def _as_tuple(output: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (output,) if isinstance(output, Tensor) else tuple(output)


def _is_frozen(network: nn.Module) -> bool:
    moving = any(isinstance(layer, _BatchNorm) and layer.training for layer in network.modules())
    return not moving and not any(x.requires_grad for x in network.parameters())


def _nothing_frozen(backbone: nn.Module) -> ConfigError:
    trains = sum(x.requires_grad for x in backbone.parameters())
    moving = sum(isinstance(layer, _BatchNorm) and layer.training for layer in backbone.modules())
    return ConfigError(
        'Feature maps of a backbone that trains cannot be kept.',
        where='feature_cache',
        found=f'{trains} parameters that train, {moving} batch norms in training mode',
        expected='a backbone of which nothing trains, or one with a frozen_part',
        fix='freeze it or its first stages (frozen_stages), or leave feature_cache out',
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
