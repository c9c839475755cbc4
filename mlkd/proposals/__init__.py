"""Proposals: the store on disk, what makes them, and formats of others."""

from .generators import GraphSegmentation, ProposalGenerator, SelectiveSearch
from .make import build_generator, ensure_proposals, make_proposals
from .readers import DatasetReader, FileReader, folder_images
from .store import ProposalStore
from .writer import ProposalWriter

__all__ = [
    'DatasetReader',
    'FileReader',
    'GraphSegmentation',
    'ProposalGenerator',
    'ProposalStore',
    'ProposalWriter',
    'SelectiveSearch',
    'build_generator',
    'ensure_proposals',
    'folder_images',
    'make_proposals',
]
