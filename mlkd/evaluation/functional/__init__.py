"""Metrics as pure functions on arrays."""

from .average_precision import average_precision
from .box_inputs import Boxes, Detections, Objects
from .box_matching import BestOverlaps, best_overlaps, match, pair_iou
from .correct_localisation import CorLoc, corloc
from .decisions import above_threshold, top_k
from .detection_metrics import DetectionMetrics, detection_metrics
from .multi_label_metrics import MultiLabelMetrics, multi_label_metrics
from .precision_recall import PrecisionRecall, precision_recall

__all__ = [
    'BestOverlaps',
    'Boxes',
    'CorLoc',
    'DetectionMetrics',
    'Detections',
    'MultiLabelMetrics',
    'Objects',
    'PrecisionRecall',
    'above_threshold',
    'average_precision',
    'best_overlaps',
    'corloc',
    'detection_metrics',
    'match',
    'multi_label_metrics',
    'pair_iou',
    'precision_recall',
    'top_k',
]
