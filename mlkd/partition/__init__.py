"""How labels occur together, and dividing them into parts."""

from .comparison import Comparison, compare
from .count_files import read_counts, write_counts
from .counts import LabelCounts
from .graphs import default_rho, edge_weights
from .measures import calinski_harabasz, graph_measures, kept_share, normalised_cut
from .partition import METHODS, Partition
from .partition_files import read_partition, write_partition, write_reference
from .published import published_order

__all__ = [
    'METHODS',
    'Comparison',
    'LabelCounts',
    'Partition',
    'calinski_harabasz',
    'compare',
    'default_rho',
    'edge_weights',
    'graph_measures',
    'kept_share',
    'normalised_cut',
    'published_order',
    'read_counts',
    'read_partition',
    'write_counts',
    'write_partition',
    'write_reference',
]
