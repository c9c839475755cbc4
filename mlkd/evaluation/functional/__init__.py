"""Metrics as pure functions on arrays."""

from .average_precision import average_precision
from .decisions import above_threshold, top_k
from .multi_label_metrics import MultiLabelMetrics, multi_label_metrics
from .precision_recall import PrecisionRecall, precision_recall

__all__ = [
    'MultiLabelMetrics',
    'PrecisionRecall',
    'above_threshold',
    'average_precision',
    'multi_label_metrics',
    'precision_recall',
    'top_k',
]
