"""From 8-bit frames to what a network sees."""

from .frame_preprocessor import FramePreprocessor
from .view_preprocessor import ViewPreprocessor

__all__ = ['FramePreprocessor', 'ViewPreprocessor']
