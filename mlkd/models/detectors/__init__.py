"""Detectors that learn from image labels."""

from .wsddn import WSDDN

__all__ = ['WSDDN']
