"""Checkpoints: written whole, read without executing code, the network alone taken out."""

from .backend import AtomicBackend
from .files import latest_whole_checkpoint, load_file
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
