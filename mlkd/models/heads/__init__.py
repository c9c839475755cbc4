"""Heads: from vectors to logits, scores and losses."""

from .multi_label_head import MultiLabelHead
from .wsddn_head import WSDDNHead

__all__ = ['MultiLabelHead', 'WSDDNHead']
