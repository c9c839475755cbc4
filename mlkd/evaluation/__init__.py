"""Metrics: pure functions on arrays, and thin registered classes over them."""

from .metrics import BoxMetric, CocoDetectionMetric, CorLocMetric, DetectionMetric, MultiLabelMetric

__all__ = ['BoxMetric', 'CocoDetectionMetric', 'CorLocMetric', 'DetectionMetric', 'MultiLabelMetric']
