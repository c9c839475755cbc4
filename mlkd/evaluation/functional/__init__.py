"""Metrics as pure functions on arrays."""

from .average_precision import average_precision
from .box_inputs import Boxes, Detections, Objects
from .box_matching import BestOverlaps, best_overlaps, match, pair_iou
from .box_recall import box_overlaps, covering_ranks, recall_at, size_members
from .cam_boxes import Components, cam_boxes
from .cam_pointing import highest_pixel, points_at_boxes, points_at_mask
from .cam_segmentation import VOID, intersection_over_union, pixel_counts
from .correct_localisation import CorLoc, corloc
from .decisions import above_threshold, top_k
from .detection_metrics import DetectionMetrics, detection_metrics
from .mistakes import Mistakes, mistakes
from .mlgcn_protocol import mlgcn_metrics, ranking_metrics, swept_metrics
from .multi_label_metrics import MultiLabelMetrics, multi_label_metrics
from .precision_recall import PrecisionRecall, precision_recall
from .reliability import Reliability, reliability
from .thresholds import ThresholdRule, Thresholds, choose_thresholds

__all__ = [
    'VOID',
    'BestOverlaps',
    'Boxes',
    'Components',
    'CorLoc',
    'DetectionMetrics',
    'Detections',
    'Mistakes',
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
    'cam_boxes',
    'choose_thresholds',
    'corloc',
    'covering_ranks',
    'detection_metrics',
    'highest_pixel',
    'intersection_over_union',
    'match',
    'mistakes',
    'mlgcn_metrics',
    'multi_label_metrics',
    'pair_iou',
    'pixel_counts',
    'points_at_boxes',
    'points_at_mask',
    'precision_recall',
    'ranking_metrics',
    'recall_at',
    'reliability',
    'size_members',
    'swept_metrics',
    'top_k',
]
