"""The one base of all data sets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import torch
from mmengine.dataset import BaseDataset

from mlkd.arguments import check_choice, check_number
from mlkd.datasets.entries import entry_errors
from mlkd.datasets.folds import Folds
from mlkd.errors import ConfigError, DataError, ProposalError, some
from mlkd.proposals.store import ProposalStore
from mlkd.registry import TRANSFORMS
from mlkd.structures import ProposalSet

EmptyProposals = Literal['error', 'whole_image', 'keep']


class MultiLabelDataset(BaseDataset):
    """Images with a vector of labels, and where there are, boxes and proposals.

    A subclass gives ``METAINFO`` (``classes``, ``dataset_name``) and ``load_data_list()``, whose entries are dicts of

    * ``img_path``: absolute path; ``img_key``: path relative to the data set's root, '/'-separated, which proposals
      are found by; ``img_id``: int or str;
    * ``gt_label``: int8 (K,), 1 present, 0 absent, -1 ignore;
    * ``height``, ``width``, where the annotation has them;
    * ``instances``: what :func:`mlkd.datasets.entries.instance` makes, where the annotation has boxes;
    * ``upright=True``, where the image is to be turned as its EXIF data say;
    * ``render``, where images are drawn and not read: a picklable callable that gives the image, uint8 (H, W, 3) BGR.

    Random transforms draw from ``np.random``, seeded from (seed, epoch, index) for each sample: a sample does not
    depend on the number of workers, on order, or on where a run was stopped.

    Args:
        proposal_file: Path of a proposal store, absolute or relative to ``data_root``.
        empty_proposals: What becomes of images whose store entry holds no box: ``'error'`` when the data are loaded,
            ``'whole_image'`` (one box, score 1), or ``'keep'``.
        folds: ``dict(n=5, held_out=0)`` leaves that fold out, ``dict(n=5)`` leaves all in; entries then carry ``fold``.
        seed: Of random transforms.
        data_root: Folder of the data.
        pipeline: Transforms, or their configs.
        kwargs: Of :class:`mmengine.dataset.BaseDataset`: ``ann_file``, ``data_prefix``, ``metainfo``, ``test_mode``,
            ``indices``, ``lazy_init``, ``serialize_data``.

    Raises:
        ConfigError: If an argument is not understood.
        DataError: If data are missing or labels or boxes wrong.
        ProposalError: If the proposals are not those of this data set.
    """

    #: Whether the images are files below ``data_root``.
    READS_FILES = True
    _fully_initialized: bool = False
    _left_out: list[DataError] | None = None

    def __init__(
        self,
        proposal_file: str | None = None,
        empty_proposals: EmptyProposals = 'error',
        folds: Mapping[str, Any] | None = None,
        seed: int = 0,
        data_root: str | Path | None = '',
        pipeline: Sequence[Mapping[str, Any] | Callable] = (),
        **kwargs: Any,
    ) -> None:
        check_choice('empty_proposals', empty_proposals, get_args(EmptyProposals))
        self.proposal_file, self.empty_proposals = proposal_file, empty_proposals
        check_number('seed', seed, whole=True)
        self.folds, self.seed = Folds.of(folds), seed
        self.proposals: ProposalStore | None = None
        self._epoch = _shared_counter()
        # MMEngine would look for transforms in the scope of the moment, which only a runner sets to mlkd.
        pipeline = [TRANSFORMS.build(step) if isinstance(step, Mapping) else step for step in pipeline]
        super().__init__(pipeline=pipeline, data_root=str(data_root or ''), **kwargs)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the K labels.

        Raises:
            DataError: If they are not known.
        """
        classes = self._metainfo.get('classes')
        if not classes or isinstance(classes, str):
            raise DataError(
                'The data set does not say what its labels are called.',
                where=f'metainfo of {type(self).__name__}',
                found=f'classes={classes!r}',
                fix='give metainfo=dict(classes=[...])',
            )
        twice = [str(name) for name, count in Counter(classes).items() if count > 1]
        if twice:
            where = f'metainfo of {type(self).__name__}'
            raise DataError('Labels have the same name.', where=where, found=some(twice), expected='each name once')
        return tuple(classes)

    def entries_and_errors(self) -> tuple[list[dict], list[DataError]]:
        """Entries of the images that can be described, and what is wrong with each of the others.

        Raises:
            DataError: If no image can be, because a list or the folder is missing.
        """
        self._left_out = []
        try:
            return self.load_data_list(), self._left_out
        finally:
            self._left_out = None

    def leave_out(self, error: DataError) -> None:
        """For ``load_data_list``: raise what is wrong with one image, unless all that is wrong is being looked for."""
        if self._left_out is None:
            raise error
        self._left_out.append(error)

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch the samples are for; data-loading processes that are already there hear it too."""
        self._epoch.fill_(epoch)

    def full_init(self) -> None:
        """Load and check the entries; MMEngine calls this."""
        if self._fully_initialized:
            return
        self.data_list = self._checked_entries()
        if self._indices is not None:
            self.data_list = self._chosen_entries(self._indices)
        if self.proposal_file is not None:
            self.proposals = self._open_proposals()
        self._check_counts([entry['img_key'] for entry in self.data_list])
        if self.serialize_data:
            self.data_bytes, self.data_address = self._serialize_data()
        self._fully_initialized = True

    def proposals_of(self, entry: Mapping[str, Any]) -> ProposalSet | None:
        """Proposals of an image, in pixels of an image of ``size``; None where the data set has none.

        Args:
            entry: As ``get_data_info`` gives it.
        """
        return None if self.proposals is None else self.proposals[entry['img_key']]

    def proposal_counts(self, keys: list[str]) -> np.ndarray | None:
        """Number of proposals of each image, int64 (N,); None where the data set has none."""
        return None if self.proposals is None else self.proposals.counts(keys)

    def prepare_data(self, idx: int) -> Any:
        """One sample, through the pipeline.

        Raises:
            DataError: If the image cannot be used, or the pipeline returns nothing.
        """
        results = self.get_data_info(idx)
        results['test_mode'] = self.test_mode
        _add_ground_truth(results)
        proposals = self.proposals_of(results)
        if proposals is not None:
            if len(proposals) == 0 and self.empty_proposals == 'whole_image':
                proposals = ProposalSet.whole_image(proposals.size)
            results['proposals'], results['proposal_scores'] = proposals.bboxes, proposals.scores
            results['proposal_size'] = proposals.size
        numbers = (self.seed, int(self._epoch), results['sample_idx'])
        np.random.seed([number & 0xFFFFFFFF for number in numbers])  # noqa: NPY002 - MMCV's transforms draw from it
        packed = self.pipeline(results)
        if packed is None:
            raise DataError(
                'A transform gave no sample.',
                where=results.get('img_path'),
                fix='use transforms that return every sample; one that is left out would shift all others',
            )
        return packed

    def __getitem__(self, idx: int) -> Any:
        """One sample. MMEngine would put another in the place of one that fails; here errors come through."""
        if not self._fully_initialized:
            self.full_init()
        return self.prepare_data(idx)

    def _checked_entries(self) -> list[dict]:
        classes = self._metainfo['classes'] = self.classes
        entries = self.load_data_list()
        for error in entry_errors(entries, classes):
            raise error
        if self.folds is not None:
            for entry, fold in zip(entries, self.folds.of_keys([entry['img_key'] for entry in entries]), strict=True):
                entry['fold'] = fold
            entries = [entry for entry in entries if entry['fold'] != self.folds.held_out]
        if not entries:
            raise DataError(
                'The data set holds no image.', where=self.ann_file or self.data_root, fix='check split and annotation'
            )
        return entries

    def _chosen_entries(self, indices: Any) -> list[dict]:
        key, images = f'{type(self).__name__}.indices', len(self.data_list)
        if isinstance(indices, Sequence) and not isinstance(indices, str) and len(indices):
            for index in indices:
                check_number(key, index, -images, images - 1, whole=True)
        elif not isinstance(indices, int) or isinstance(indices, bool) or indices == 0:
            raise ConfigError(
                'indices leave no image.' if indices in (0, [], ()) else 'indices are not understood.',
                where=key,
                found=repr(indices),
                expected=f'how many of the {images} images (below 0: the last ones), or a list of their numbers',
            )
        return self._get_unserialized_subset(indices)

    def _open_proposals(self) -> ProposalStore:
        name = str(self._metainfo.get('dataset_name') or type(self).__name__)
        if self.proposal_file == 'auto':
            raise ProposalError(
                'The proposals are still to be made.',
                where="proposal_file='auto'",
                fix='train with RecipeRunner, which makes them first, or make a store with '
                'tools/proposals.py generate CONFIG --out NAME.mlkd and give its path',
            )
        store = ProposalStore.open(Path(self.data_root or '', str(self.proposal_file)))
        store.check_dataset(name)
        return store

    def _check_counts(self, keys: list[str]) -> None:
        counts = self.proposal_counts(keys)
        if counts is None or self.empty_proposals != 'error' or counts.all():
            return
        empty = [keys[index] for index in np.flatnonzero(counts == 0)]
        raise ProposalError(
            f'{len(empty)} of {len(keys)} images have no proposals.',
            where=self.proposal_file or self.ann_file,
            found=', '.join(empty[:5]) + (', ...' if len(empty) > 5 else ''),
            expected='at least one box per image',
            fix="make proposals with other settings, or set empty_proposals='whole_image' or 'keep' in the data set",
        )

    def _copy_without_annotation(self, memo: dict | None = None) -> BaseDataset:
        other = super()._copy_without_annotation(memo)
        # A copied tensor lies in memory that other processes do not see.
        other._epoch = _shared_counter(int(self._epoch))  # type: ignore[attr-defined]
        return other


def _shared_counter(value: int = 0) -> torch.Tensor:
    """One number in memory that data-loading processes see."""
    return torch.full((1,), value, dtype=torch.int64).share_memory_()


def _add_ground_truth(results: dict[str, Any]) -> None:
    """Put the boxes of the annotation, where it has any, to where transforms look for them.

    In test mode the objects stay as they are too, in pixels of the image as it was stored: metrics compare with these.
    """
    if 'instances' not in results:
        return
    instances = results['instances'] if results['test_mode'] else results.pop('instances')
    results['gt_bboxes'] = np.array([item['bbox'] for item in instances], np.float32).reshape(-1, 4)
    results['gt_bboxes_labels'] = np.array([item['bbox_label'] for item in instances], np.int64)
    results['gt_ignore_flags'] = np.array([item['ignore_flag'] for item in instances], bool)
