"""A web page on this machine: drop a photo, see its labels, where they are, and the teacher's boxes."""

from .command import add_arguments, run

__all__ = ['add_arguments', 'run']
