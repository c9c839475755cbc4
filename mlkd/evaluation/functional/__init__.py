"""Metrics as pure functions on arrays."""

from .average_precision import average_precision
from .box_inputs import Boxes, Detections, Objects
from .box_matching import BestOverlaps, best_overlaps, match, pair_iou
from .box_recall import box_overlaps, covering_ranks, recall_at, size_members
from .correct_localisation import CorLoc, corloc
from .decisions import above_threshold, top_k
from .detection_metrics import DetectionMetrics, detection_metrics
from .mlgcn_protocol import mlgcn_metrics, ranking_metrics, swept_metrics
from .multi_label_metrics import MultiLabelMetrics, multi_label_metrics
from .precision_recall import PrecisionRecall, precision_recall
from .reliability import Reliability, reliability
from .thresholds import ThresholdRule, Thresholds, choose_thresholds

__all__ = [
    'BestOverlaps',
    'Boxes',
    'CorLoc',
    'DetectionMetrics',
    'Detections',
    'MultiLabelMetrics',
    'Objects',
    'PrecisionRecall',
    'Reliability',
    'ThresholdRule',
    'Thresholds',
    'above_threshold',
    'average_precision',
    'best_overlaps',
    'box_overlaps',
    'choose_thresholds',
    'corloc',
    'covering_ranks',
    'detection_metrics',
    'match',
    'mlgcn_metrics',
    'multi_label_metrics',
    'pair_iou',
    'precision_recall',
    'ranking_metrics',
    'recall_at',
    'reliability',
    'size_members',
    'swept_metrics',
    'top_k',
]
