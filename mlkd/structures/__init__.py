"""The sample and the proposal set."""

from .multi_label_data_sample import MultiLabelDataSample
from .proposal_set import ProposalSet

__all__ = ['MultiLabelDataSample', 'ProposalSet']
