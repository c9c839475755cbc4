"""Metrics: pure functions on arrays, and thin registered classes over them."""

from .metrics import (
    BoxMetric,
    CAMLocalisationMetric,
    CAMSegmentationMetric,
    CocoDetectionMetric,
    CorLocMetric,
    DetectionMetric,
    MLGCNMetric,
    MultiLabelMetric,
    ReportingMetric,
)

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
