"""Batches that begin anywhere in an epoch."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from torch.utils.data import BatchSampler, Sampler

from mlkd.registry import DATA_SAMPLERS


@DATA_SAMPLERS.register_module()
class ResumableBatchSampler(Sampler):
    """Another batch sampler that can leave out the first batches of the next epoch, without loading their data.

    Args:
        sampler: Yields indices; ``set_epoch`` reshuffles it.
        batch_size: Images per batch and process.
        drop_last: Whether an incomplete last batch is left out.
        inner: Config of the batch sampler to wrap; PyTorch's where None.
        limit: Batches per epoch at most (for a dry run).
        full_length: Length without the limit, where ``sampler`` was already cut.
    """

    def __init__(
        self,
        sampler: Sampler,
        batch_size: int,
        drop_last: bool = False,
        inner: dict | None = None,
        limit: int | None = None,
        full_length: int | None = None,
    ) -> None:
        self.sampler, self.batch_size = sampler, batch_size
        self.inner: Any = (
            BatchSampler(sampler, batch_size, drop_last)
            if inner is None
            else DATA_SAMPLERS.build(inner, default_args={'sampler': sampler, 'batch_size': batch_size})
        )
        self.limit, self._full_length, self._skip = limit, full_length, 0

    def skip(self, batches: int) -> None:
        """Leave out the first ``batches`` of the epoch that is iterated next."""
        self._skip = batches

    def __iter__(self) -> Iterator[list[int]]:
        # A generator, so that the skip is used up when the first batch is drawn: a data loader with workers makes two
        # iterators and draws from the second.
        start, self._skip = self._skip, 0
        yield from islice(self.inner, start, self.limit)

    def __len__(self) -> int:
        """Batches per epoch, those that are skipped included."""
        return len(self.inner) if self.limit is None else min(len(self.inner), self.limit)

    @property
    def full_length(self) -> int:
        """Batches per epoch without the limit of a dry run."""
        return self._full_length or len(self.inner)


def resumable(dataloader: dict, **kwargs: Any) -> dict:
    """The config of a data loader whose batches a :class:`ResumableBatchSampler` makes.

    Args:
        dataloader: Config as MMEngine's.
        kwargs: Arguments of the sampler (``limit``, ``full_length``).
    """
    dataloader = dict(dataloader)
    inner = dataloader.pop('batch_sampler', None)
    drop_last = dataloader.pop('drop_last', False)
    if inner is not None and inner.get('type') == ResumableBatchSampler.__name__:
        return dict(dataloader, batch_sampler=dict(inner, **kwargs))
    sampler: dict[str, Any] = dict(type=ResumableBatchSampler.__name__, **kwargs)
    sampler.update({'drop_last': drop_last} if inner is None else {'inner': inner})
    return dict(dataloader, batch_sampler=sampler)
