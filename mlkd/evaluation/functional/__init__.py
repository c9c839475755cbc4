"""Metrics as pure functions on arrays."""

from .average_precision import average_precision
from .box_recall import box_overlaps, covering_ranks, recall_at, size_members
from .decisions import above_threshold, top_k
from .multi_label_metrics import MultiLabelMetrics, multi_label_metrics
from .precision_recall import PrecisionRecall, precision_recall

__all__ = [
    'MultiLabelMetrics',
    'PrecisionRecall',
    'above_threshold',
    'average_precision',
    'box_overlaps',
    'covering_ranks',
    'multi_label_metrics',
    'precision_recall',
    'recall_at',
    'size_members',
    'top_k',
]
