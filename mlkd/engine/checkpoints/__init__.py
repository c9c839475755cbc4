"""Checkpoints: written whole, read without executing code, the network alone taken out."""

from mlkd.checkpoint_file import load_file

from .backend import AtomicBackend
from .files import latest_whole_checkpoint
from .network import load_network, network_prefix, network_state, save_network

__all__ = [
    'AtomicBackend',
    'latest_whole_checkpoint',
    'load_file',
    'load_network',
    'network_prefix',
    'network_state',
    'save_network',
]
