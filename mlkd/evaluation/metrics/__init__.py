"""Registered metrics."""

from .box_metric import BoxMetric
from .cam_localisation_metric import CAMLocalisationMetric
from .cam_segmentation_metric import CAMSegmentationMetric
from .coco_detection_metric import CocoDetectionMetric
from .corloc_metric import CorLocMetric
from .detection_metric import DetectionMetric
from .mlgcn_metric import MLGCNMetric
from .multi_label_metric import MultiLabelMetric
from .reporting_metric import ReportingMetric

__all__ = [
    'BoxMetric',
    'CAMLocalisationMetric',
    'CAMSegmentationMetric',
    'CocoDetectionMetric',
    'CorLocMetric',
    'DetectionMetric',
    'MLGCNMetric',
    'MultiLabelMetric',
    'ReportingMetric',
]
