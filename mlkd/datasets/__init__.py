"""Data sets and their transforms."""

from .base import MultiLabelDataset
from .coco import CocoMultiLabel
from .collate import frame_collate
from .datalist import DatalistDataset
from .nuswide import NUSWide
from .shapes import Shapes
from .voc import VOCMultiLabel

__all__ = [
    'CocoMultiLabel',
    'DatalistDataset',
    'MultiLabelDataset',
    'NUSWide',
    'Shapes',
    'VOCMultiLabel',
    'frame_collate',
]
