"""Metrics: pure functions on arrays, and thin registered classes over them."""

from .metrics import MultiLabelMetric

__all__ = ['MultiLabelMetric']
