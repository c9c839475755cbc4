"""Networks that give an image's labels."""

from .multi_label_classifier import MultiLabelClassifier

__all__ = ['MultiLabelClassifier']
