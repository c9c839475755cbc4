"""Trains the networks of a stage, one for each part of the labels, in groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.dist import get_rank, get_world_size

from mlkd.engine.distributed import from_rank_0, on_its_own
from mlkd.engine.records import RESULT, read_json
from mlkd.engine.stage import Trained, leave_network, train_and_leave
from mlkd.engine.stage_config import runner_config
from mlkd.errors import TrainingError

from .group_config import group_config
from .grouping import Group, plan
from .label_part import LabelPart
from .part_results import part_result, state_of


@dataclass(frozen=True)
class PartTraining:
    """How the networks of a stage are trained.

    Attributes:
        stage: Name of the stage, which random numbers depend on.
        folder: Of the stage.
        config: Of the stage, for one network of all labels, references resolved.
        classes: Names of all labels.
        seed: Of the run.
        together: How many networks a process trains at a time at most; None: all that it has.
        amp: Precision of mixed-precision training.
        filename: The config file.
    """

    stage: str
    folder: Path
    config: Mapping[str, Any]
    classes: Sequence[str]
    seed: int
    together: int | None = None
    amp: str | None = None
    filename: str | None = None

    def run(
        self, parts: Sequence[LabelPart], begin: Callable[[LabelPart], Mapping[str, Any]]
    ) -> dict[str, dict[str, Any]]:
        """Train networks, each process of a distributed run some of them, and on its own.

        Args:
            parts: Those that are not done.
            begin: Notes what a network is made of before it is trained; returns what is to stand in its result.

        Returns:
            The result of each network by name, in all processes.

        Raises:
            TrainingError: If a process cannot see what another one left.
        """
        shares = from_rank_0(lambda: plan(parts, self.folder, self.together, get_world_size()))
        mine = shares[get_rank()]
        with on_its_own():
            for group in mine:
                self._train(group, begin)
        return from_rank_0(lambda: {part.name: self._result(part) for part in parts})

    def _train(self, group: Group, begin: Callable[[LabelPart], Mapping[str, Any]]) -> None:
        facts = {part.name: begin(part) for part in group.parts}
        folder = self.folder / group.folder
        config = runner_config(
            group_config(self.config, group.parts, self.classes, self.amp),
            folder,
            self.stage,
            seed=self.seed,
            resume_from=group.begin(self.folder),
            filename=self.filename,
        )

        def leave(trained: Trained) -> None:
            for part in group.parts:
                result = {**facts[part.name], **part_result(trained, part, len(group.parts))}
                leave_network(self.folder / part.name, state_of(trained.state, part.name), result)

        train_and_leave(config, folder, leave)

    def _result(self, part: LabelPart) -> dict[str, Any]:
        result = read_json(self.folder / part.name / RESULT)
        if result is None:
            raise TrainingError(
                'A network that another process trained is not to be found.',
                where=self.folder / part.name,
                expected=RESULT,
                fix='give all processes one work folder, on a file system that they share',
            )
        return result
