"""From feature maps, of images or of RoIs, to one vector each; they serve as neck and as RoI head."""

from .fc67 import FC67, VGGNeck
from .global_pool import GlobalMaxPool, GlobalPool, PooledFC, RoIContrast
from .last_map import LastMap
from .tap_projection import TapProjection

__all__ = ['FC67', 'GlobalMaxPool', 'GlobalPool', 'LastMap', 'PooledFC', 'RoIContrast', 'TapProjection', 'VGGNeck']
