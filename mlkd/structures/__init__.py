"""The sample and the proposal set."""

from .multi_label_data_sample import MultiLabelDataSample
from .original_frame import boxes_in_original, maps_in_original
from .proposal_set import ProposalSet

__all__ = ['MultiLabelDataSample', 'ProposalSet', 'boxes_in_original', 'maps_in_original']
