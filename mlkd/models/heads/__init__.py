"""Heads: from vectors to logits, scores and losses."""

from .mlgcn_head import MLGCNHead
from .msrn_head import MSRNHead
from .multi_label_head import MultiLabelHead
from .wsddn_head import WSDDNHead

__all__ = ['MLGCNHead', 'MSRNHead', 'MultiLabelHead', 'WSDDNHead']
