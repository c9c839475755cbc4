"""Proposal generators: an image in, boxes with scores out."""

from .base import ProposalGenerator
from .graph_segmentation import GraphSegmentation
from .selective_search import SelectiveSearch

__all__ = ['GraphSegmentation', 'ProposalGenerator', 'SelectiveSearch']
