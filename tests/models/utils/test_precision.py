from __future__ import annotations

import pytest
import torch

from mlkd.models.utils import at_least_float32


@pytest.mark.parametrize(
    ('given', 'wanted'),
    [(torch.bfloat16, torch.float32), (torch.float16, torch.float32), (torch.float64, torch.float64)],
)
def test_only_what_is_narrower_is_widened(given: torch.dtype, wanted: torch.dtype) -> None:
    assert at_least_float32(torch.ones(1, dtype=given)).dtype == wanted
