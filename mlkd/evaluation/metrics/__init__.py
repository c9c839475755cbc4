"""Registered metrics."""

from .multi_label_metric import MultiLabelMetric

__all__ = ['MultiLabelMetric']
