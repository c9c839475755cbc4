"""Logits of frozen networks, kept by what they were shown."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mlkd.structures import MultiLabelDataSample

from .logit_file import KEY, LogitFile
from .views import FrameBatch

#: Views of an image (mirrored or not, some crops) up to which a cache is thought to be of use.
MANY_VIEWS = 16


class LogitCache:
    """What frozen networks say of a frame is computed once, whatever run, epoch or student asks for it.

    Kept by the frame, 8 bits as it leaves the data set: where it is there, not even the network's view is made. Each
    frame is computed alone, so that a result depends neither on the batch nor on what the cache held. Of use where few
    views of each image occur: a fixed size and a mirror. With random augmentation no view comes twice, of which a
    warning tells; nothing more is kept then.

    Args:
        folder: Where the files stand, one per network; made if missing. Several runs may share it, and it may be
            removed at any time.
        networks: Frozen, in eval mode, with their weights.
        config: What makes their views (the network's config), which their tensors do not tell.
        widths: Number of logits of each network.
    """

    def __init__(
        self, folder: str | Path, networks: Sequence[nn.Module], config: Mapping[str, Any], widths: Sequence[int]
    ) -> None:
        self._folder, self._config = folder, config
        self._networks = list(zip(networks, widths, strict=True))
        self._views: Counter[str] = Counter()
        self._keeps = True

    @cached_property
    def _files(self) -> list[LogitFile]:
        # Not before there is something to look up: a network that is built for its shapes alone has no tensors.
        return [
            LogitFile(Path(self._folder, f'{fingerprint(network, self._config)}.logits'), width)
            for network, width in self._networks
        ]

    def __call__(self, batch: FrameBatch, compute: Callable[[int], Sequence[Tensor]], precision: str = '') -> Tensor:
        """Logits of all networks, side by side.

        Args:
            batch: The frames; their samples' ``img_key`` tells views of one image from those of others.
            compute: Gives the logits (1, n_k) of each network for the frame at a position.
            precision: What the networks compute in, if it is not their own.

        Returns:
            float32 (B, sum of n_k), where the frames are.
        """
        rows = []
        for position, key in enumerate(batch.keys):
            if precision:
                key = hashlib.sha256(key + precision.encode()).digest()[:KEY]
            if all(key in file.rows for file in self._files):
                rows.append(np.concatenate([file.rows[key] for file in self._files]))
                continue
            found = [logits[0].float().cpu().numpy() for logits in compute(position)]
            self._keep(key, found, batch.samples[position])
            rows.append(np.concatenate(found))
        return torch.from_numpy(np.stack(rows)).to(batch.device)

    def _keep(self, key: bytes, found: Sequence[np.ndarray], sample: MultiLabelDataSample) -> None:
        name = str(sample.get('img_key', ''))
        self._views[name] += 1
        if name and self._views[name] > MANY_VIEWS and self._keeps:
            self._keeps = False
            warnings.warn(
                f'More than {MANY_VIEWS} views of {name} were seen: where views are random a cache of logits is of no '
                "use, and nothing more is kept (leave out 'cache' of the teacher).",
                stacklevel=2,
            )
        if self._keeps:
            for file, row in zip(self._files, found, strict=True):
                if key not in file.rows:
                    file.add(key, row)


def fingerprint(network: nn.Module, config: Mapping[str, Any]) -> str:
    """Hash of a network's tensors, and of the config that says what they cannot."""
    text = json.dumps(config, sort_keys=True, default=repr)
    digest = hashlib.sha256(text.encode())
    for name, tensor in [*network.named_parameters(), *network.named_buffers()]:
        tensor = tensor.detach().cpu().contiguous()
        digest.update(f'{name} {tuple(tensor.shape)} {tensor.dtype}'.encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data if tensor.numel() else b'')
    return digest.hexdigest()[: 2 * KEY]
