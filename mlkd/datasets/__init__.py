"""Data sets and their transforms."""

from .apparel import Apparel
from .base import MultiLabelDataset
from .coco import CocoMultiLabel
from .collate import frame_collate
from .datalist import DatalistDataset
from .folder import FolderMultiLabel
from .nuswide import NUSWide
from .nuswide_csv import NUSWideCSV
from .shapes import Shapes
from .voc import VOCMultiLabel

__all__ = [
    'Apparel',
    'CocoMultiLabel',
    'DatalistDataset',
    'FolderMultiLabel',
    'MultiLabelDataset',
    'NUSWide',
    'NUSWideCSV',
    'Shapes',
    'VOCMultiLabel',
    'frame_collate',
]
