"""Detectors that learn from image labels."""

from .wsddn import WSDDN
from .wsddn_tta import WSDDNTTAModel

__all__ = ['WSDDN', 'WSDDNTTAModel']
