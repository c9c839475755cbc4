"""A network for each part of the labels: several trained on one stream of images, as if each were alone."""

from .group_optim import GroupOptimWrapperConstructor
from .network_group import NetworkGroup
from .part_metric import PartMetric

__all__ = ['GroupOptimWrapperConstructor', 'NetworkGroup', 'PartMetric']
