"""Heads: from vectors or maps to logits, scores and losses."""

from .cam_head import CAMHead
from .label_head import LabelHead
from .label_query_head import LabelQueryHead
from .label_token_head import LabelTokenHead
from .mlgcn_head import MLGCNHead
from .msrn_head import MSRNHead
from .multi_label_head import MultiLabelHead
from .wsddn_head import WSDDNHead

__all__ = [
    'CAMHead',
    'LabelHead',
    'LabelQueryHead',
    'LabelTokenHead',
    'MLGCNHead',
    'MSRNHead',
    'MultiLabelHead',
    'WSDDNHead',
]
