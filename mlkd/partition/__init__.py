"""How labels occur together, and dividing them into parts."""

from .count_files import read_counts, write_counts
from .counts import LabelCounts

__all__ = ['LabelCounts', 'read_counts', 'write_counts']
