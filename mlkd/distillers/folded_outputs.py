"""Outputs of out-of-fold teachers: each image by the network that has not seen it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import cached_property, partial
from types import TracebackType

import torch
from torch import Tensor, nn

from mlkd.errors import ConfigError, DataError
from mlkd.structures import MultiLabelDataSample

from .outputs import NetworkOutputs, lazy
from .views import View


def folds_of(samples: Sequence[MultiLabelDataSample], num_folds: int) -> Tensor:
    """Which fold each sample is in.

    Args:
        samples: B samples with the metainfo ``fold``.
        num_folds: How many folds there are.

    Returns:
        int64 (B,).

    Raises:
        DataError: If a sample has none, or one that is not in 0..num_folds-1.
    """
    for sample in samples:
        fold = sample.get('fold')
        if fold is None or not 0 <= int(fold) < num_folds:
            raise DataError(
                'An image has no fold, so no teacher that has not seen it can be chosen.'
                if fold is None
                else 'An image is in a fold that no teacher was trained without.',
                where=sample.get('img_path'),
                found=f'fold = {fold}',
                expected=f'0 to {num_folds - 1}, as the teacher has {num_folds} checkpoints',
                fix=f'give the training set folds=dict(n={num_folds})',
            )
    return torch.tensor([int(sample.get('fold')) for sample in samples])


class FoldedOutputs(NetworkOutputs):
    """As :class:`~.outputs.NetworkOutputs`, put together from those of several networks of one architecture.

    ``network`` is the first of them; it is good for what does not depend on weights.

    Args:
        networks: One per fold; the i-th has not seen fold i.
        view: Makes the view of the whole batch, which is the same for all.
        taps: Module paths.
        device: Where the networks are.
    """

    def __init__(
        self,
        networks: Sequence[nn.Module],
        view: Callable[[], View],
        taps: Sequence[str] = (),
        device: torch.device | str = 'cpu',
    ) -> None:
        super().__init__(networks[0], view, (), frozen=True, device=device)
        self._networks = networks
        self._tap_names = tuple(taps)
        self._device = device
        self._stack = ExitStack()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)
        super().__exit__(kind, error, trace)

    @cached_property
    def _folds(self) -> Tensor:
        return folds_of(self.samples, len(self._networks)).to(self.inputs.device)

    @cached_property
    def _parts(self) -> dict[int, NetworkOutputs]:
        """Outputs of each network that has images in this batch."""
        parts = {}
        for fold in self._folds.unique().tolist():
            view = self.view.of((self._folds == fold).nonzero().flatten())
            part = NetworkOutputs(
                self._networks[fold], partial(_same, view), self._tap_names, frozen=True, device=self._device
            )
            parts[fold] = self._stack.enter_context(part)
        return parts

    def _join(self, rows: Sequence[Tensor], index: Tensor | None = None) -> Tensor:
        """Rows of each part in the order of the whole batch.

        Args:
            rows: (n_i, ...) of each part.
            index: int64 (n,), which image each row is of; None: one row per image.
        """
        folds = self._folds if index is None else self._folds[index]
        order = torch.cat([(folds == fold).nonzero().flatten() for fold in self._parts])
        with self.run_mode():
            return torch.cat(list(rows))[order.argsort()]

    @lazy
    def feats(self) -> tuple[Tensor, ...]:
        """Feature maps."""
        levels = zip(*(part.feats for part in self._parts.values()), strict=True)
        return tuple(self._join(level) for level in levels)

    @lazy
    def class_maps(self) -> Tensor:
        """Raw class maps (B, K, h, w)."""
        return self._join([part.class_maps for part in self._parts.values()])

    @lazy
    def logits(self) -> Tensor:
        """x (B, K)."""
        return self._join([part.logits for part in self._parts.values()])

    @lazy
    def roi_feats(self) -> Tensor:
        """Vectors (ΣR, D)."""
        return self._join([part.roi_feats for part in self._parts.values()], self.roi_index)

    @lazy
    def bag_logits(self) -> tuple[Tensor, Tensor]:
        """M^c and M^d, each (ΣR, K)."""
        streams = zip(*(part.bag_logits for part in self._parts.values()), strict=True)
        cls_logits, det_logits = (self._join(stream, self.roi_index) for stream in streams)
        return cls_logits, det_logits

    def roi_embed(self, pooled: Tensor, index: Tensor) -> Tensor:
        """Grids (n, C, h, w) of the images ``index`` (n,) to vectors (n, D), each by its image's network."""
        folds = self._folds[index]
        parts = self._parts.items()
        return self._join([part.roi_embed(pooled[folds == fold], index[folds == fold]) for fold, part in parts], index)

    def tap(self, name: str) -> Tensor:
        """Output of the layer at a module path; one row per image or one per proposal."""
        rows = {fold: part.tap(name) for fold, part in self._parts.items()}
        if all(len(row) == len(self._parts[fold].samples) for fold, row in rows.items()):
            return self._join(list(rows.values()))
        if all(len(row) == len(self._parts[fold].rois) for fold, row in rows.items()):
            return self._join(list(rows.values()), self.roi_index)
        raise ConfigError(
            f'The tap {name!r} cannot be put together from the teachers of several folds.',
            where=name,
            found=f'{[len(row) for row in rows.values()]} rows',
            expected='one row per image or one per proposal',
            fix='tap another layer',
        )


def _same(view: View) -> View:
    return view
