"""Data sets given by the text list of the reference implementation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlkd.arguments import check_choice, check_number
from mlkd.datasets import class_names
from mlkd.datasets.base import MultiLabelDataset
from mlkd.datasets.roots import BUILT_IN
from mlkd.errors import DataError
from mlkd.proposals.formats.datalist import FRAME, read_datalist, read_line
from mlkd.registry import DATASETS
from mlkd.structures import ProposalSet

_LABEL_NAMES = {'coco': class_names.COCO, 'voc': class_names.VOC, 'nuswide': class_names.NUS_WIDE}


@DATASETS.register_module()
class DatalistDataset(MultiLabelDataset):
    """Images, labels and proposals of one text file (:mod:`mlkd.proposals.formats.datalist`).

    The path of an image is ``data_prefix['img_path']`` (below ``data_root``, if that is given) with the path in the
    list put after it as it is; the latter is also the image's key. All lines are checked when the data set is loaded;
    boxes are read again with each sample and not kept in memory. They are in pixels of the image warped to 672 x 672,
    whole numbers, the last pixel inclusive: use ``Warp(672)`` and ``MirrorFlip(pixel_boxes=True)``.

    Args:
        ann_file: The text file.
        num_proposals: Boxes per line.
        label_names: ``'coco'``, ``'voc'`` or ``'nuswide'``: the labels are called as in that data set.
        metainfo: ``dict(classes=[...])`` for other names, as many as a line has labels.
        kwargs: See :class:`~mlkd.datasets.base.MultiLabelDataset`. A ``proposal_file`` takes the place of the boxes of
            the list.

    Raises:
        ConfigError: If an argument makes no sense.
        DataError: With file and line, if one is not as it should be.
    """

    METAINFO = {'dataset_name': 'datalist'}

    def __init__(
        self,
        ann_file: str,
        num_proposals: int = 500,
        label_names: str | None = None,
        metainfo: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        check_number('num_proposals', num_proposals, 0, whole=True)
        self.num_proposals = num_proposals
        if label_names is not None:
            check_choice('label_names', label_names, _LABEL_NAMES)
            metainfo = {'classes': _LABEL_NAMES[label_names], **(metainfo or {})}
        super().__init__(ann_file=ann_file, metainfo=metainfo, **kwargs)

    def load_data_list(self) -> list[dict]:
        """Read and check the file."""
        if not Path(self.ann_file).is_file():
            fix = f'write one with mlkd.proposals.formats.datalist.write_datalist; {BUILT_IN}'
            raise DataError('The datalist is not there.', where=Path(self.ann_file).absolute(), fix=fix)
        prefix = self.data_prefix.get('img_path', '')
        entries = []
        for line in read_datalist(self.ann_file, len(self.classes), self.num_proposals, self.leave_out):
            path = str(Path(prefix + line.image_path).absolute())
            key = line.image_path.lstrip('/').removeprefix('./')
            entry = {'img_path': path, 'img_key': key, 'img_id': key, 'gt_label': line.label}
            entries.append({**entry, 'line_offset': line.offset})
        return entries

    def proposals_of(self, entry: Any) -> ProposalSet | None:
        """Proposals of an image, from its line."""
        if self.proposal_file is not None:
            return super().proposals_of(entry)
        line = read_line(self.ann_file, entry['line_offset'], len(self.classes), self.num_proposals)
        return ProposalSet(line.bboxes, line.scores, FRAME)
