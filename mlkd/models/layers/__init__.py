"""Layers that several networks use."""

from .class_instances import ClassInstances
from .class_maps import normalised_maps
from .graph_attention import DiffPool, GraphAttention
from .key_points import KeyPointFinder, KeyPoints
from .label_encoder import LabelEncoder, LabelSemantics
from .label_table import LabelTable
from .local_maxima import local_maxima
from .peak_boxes import peak_boxes
from .puzzle import cut_views, merge_maps
from .roi_embedding import distinct_rois, embed_rois, pool_weighted
from .roi_layers import FastRCNNRoIPool, RoIAlign
from .roi_mean import RoIMean
from .roi_ring import RoIMeanAndRing
from .semantic_pooling import semantic_pool

__all__ = [
    'ClassInstances',
    'DiffPool',
    'FastRCNNRoIPool',
    'GraphAttention',
    'KeyPointFinder',
    'KeyPoints',
    'LabelEncoder',
    'LabelSemantics',
    'LabelTable',
    'RoIAlign',
    'RoIMean',
    'RoIMeanAndRing',
    'cut_views',
    'distinct_rois',
    'embed_rois',
    'local_maxima',
    'merge_maps',
    'normalised_maps',
    'peak_boxes',
    'pool_weighted',
    'semantic_pool',
]
