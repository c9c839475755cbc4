"""Proposal generators: an image in, boxes with scores out."""

from .base import ProposalGenerator
from .detector import DetectorProposals
from .edge_boxes import EdgeBoxes
from .graph_segmentation import GraphSegmentation
from .selective_search import SelectiveSearch
from .sliding_windows import SlidingWindows
from .tidying import tidy

__all__ = [
    'DetectorProposals',
    'EdgeBoxes',
    'GraphSegmentation',
    'ProposalGenerator',
    'SelectiveSearch',
    'SlidingWindows',
    'tidy',
]
