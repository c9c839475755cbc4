"""Proposal generators: an image in, boxes with scores out."""

from .base import ProposalGenerator
from .selective_search import SelectiveSearch

__all__ = ['ProposalGenerator', 'SelectiveSearch']
