"""Proposals: the store on disk, what makes them, and formats of others."""

from .generators import (
    DetectorProposals,
    EdgeBoxes,
    GraphSegmentation,
    ProposalGenerator,
    SelectiveSearch,
    SlidingWindows,
    tidy,
)
from .make import build_generator, ensure_proposals, make_proposals
from .merge import merge_shards
from .readers import DatasetReader, FileReader, folder_images, listed_images
from .sharding import Shard
from .store import ProposalStore
from .writer import ProposalWriter

__all__ = [
    'DatasetReader',
    'DetectorProposals',
    'EdgeBoxes',
    'FileReader',
    'GraphSegmentation',
    'ProposalGenerator',
    'ProposalStore',
    'ProposalWriter',
    'SelectiveSearch',
    'Shard',
    'SlidingWindows',
    'build_generator',
    'ensure_proposals',
    'folder_images',
    'listed_images',
    'make_proposals',
    'merge_shards',
    'tidy',
]
