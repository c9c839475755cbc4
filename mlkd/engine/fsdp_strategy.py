"""MMEngine's FSDP, able to resume with the PyTorch of today."""

from __future__ import annotations

from mmengine._strategy import FSDPStrategy as _FSDPStrategy
from torch.distributed.fsdp import FullyShardedDataParallel

from mlkd.registry import STRATEGIES


@STRATEGIES.register_module()
class FSDPStrategy(_FSDPStrategy):
    """As MMEngine's, which calls ``optim_state_dict_to_load`` with the order of arguments of PyTorch 2.0."""

    def load_optim_state_dict(self, state_dict: dict) -> None:
        """Load the state of the optimiser, sharding it.

        Args:
            state_dict: Of :meth:`optim_state_dict`.
        """
        sharded = FullyShardedDataParallel.optim_state_dict_to_load(
            model=self.model, optim=self.optim_wrapper.optimizer, optim_state_dict=state_dict
        )
        self.optim_wrapper.load_state_dict(sharded)
