"""The sample: what travels with one image through data, networks and metrics."""

from __future__ import annotations

import copy

import numpy as np
import torch
from mmdet.structures import DetDataSample
from torch import Tensor

from mlkd.errors import DataError


class MultiLabelDataSample(DetDataSample):
    """One image's labels, scores and boxes.

    Beside what :class:`mmdet.structures.DetDataSample` holds (``proposals``, ``gt_instances``, ``pred_instances``):

    * ``gt_label``: int64 tensor (K,); 1 present, 0 absent, -1 ignore.
    * ``pred_score``: float32 tensor (K,); one score per label, higher is more certain.
    * ``pred_logit``: float32 tensor (K,); of a classifier, what the score is the sigmoid of.
    * ``pred_maps``: float32 tensor (K, h, w); class maps over the view, raw, where a network is asked for them.

    In tests the metainfo ``instances`` holds the objects of the annotation, in pixels of the image as it was stored.

    ``proposals`` is an ``InstanceData`` with ``bboxes`` (R, 4), float32 xyxy pixels of the current frame, and
    ``scores`` (R,), float32.
    """

    @property
    def gt_label(self) -> Tensor:
        """Labels (K,), int64; 1 present, 0 absent, -1 ignore."""
        return self._gt_label

    @gt_label.setter
    def gt_label(self, value: Tensor) -> None:
        self.set_field(value, '_gt_label', dtype=Tensor)

    @gt_label.deleter
    def gt_label(self) -> None:
        del self._gt_label

    @property
    def pred_score(self) -> Tensor:
        """Scores (K,), float32."""
        return self._pred_score

    @pred_score.setter
    def pred_score(self, value: Tensor) -> None:
        self.set_field(value, '_pred_score', dtype=Tensor)

    @pred_score.deleter
    def pred_score(self) -> None:
        del self._pred_score

    @property
    def pred_logit(self) -> Tensor:
        """Logits (K,), float32."""
        return self._pred_logit

    @pred_logit.setter
    def pred_logit(self, value: Tensor) -> None:
        self.set_field(value, '_pred_logit', dtype=Tensor)

    @pred_logit.deleter
    def pred_logit(self) -> None:
        del self._pred_logit

    @property
    def pred_maps(self) -> Tensor:
        """Class maps over the view (K, h, w), float32, raw."""
        return self._pred_maps

    @pred_maps.setter
    def pred_maps(self, value: Tensor) -> None:
        self.set_field(value, '_pred_maps', dtype=Tensor)

    @pred_maps.deleter
    def pred_maps(self) -> None:
        del self._pred_maps

    def with_labels(self, label: Tensor) -> MultiLabelDataSample:
        """The sample for a network that knows some of the labels only.

        Args:
            label: int64 (n,), of the labels that it knows.

        Returns:
            A sample that shares all else with this one; what is set in it does not show here.
        """
        sample = copy.copy(self)
        fields = sample.__dict__
        for name in ('_metainfo_fields', '_data_fields'):
            fields[name] = set(fields[name])
        sample.gt_label = label
        return sample

    def set_gt_label(self, value: np.ndarray | Tensor | list[int]) -> MultiLabelDataSample:
        """Set the labels from an array of -1, 0 and 1.

        Raises:
            DataError: If it is not one-dimensional or holds another value.
        """
        label = torch.as_tensor(np.asarray(value)).long()
        if label.ndim != 1 or not bool(((label >= -1) & (label <= 1)).all()):
            raise DataError(
                'Labels are not a vector of -1, 0 and 1.',
                where=self.get('img_path'),
                found=f'shape {tuple(label.shape)}, values {label.unique().tolist()[:8]}',
                expected='shape (K,), values -1 (ignore), 0 (absent), 1 (present)',
            )
        self.gt_label = label
        return self
