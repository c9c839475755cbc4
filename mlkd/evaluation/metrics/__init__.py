"""Registered metrics."""

from .box_metric import BoxMetric
from .coco_detection_metric import CocoDetectionMetric
from .corloc_metric import CorLocMetric
from .detection_metric import DetectionMetric
from .mlgcn_metric import MLGCNMetric
from .multi_label_metric import MultiLabelMetric

__all__ = ['BoxMetric', 'CocoDetectionMetric', 'CorLocMetric', 'DetectionMetric', 'MLGCNMetric', 'MultiLabelMetric']
