"""Teachers that are averages of their student follow it."""

from __future__ import annotations

from mmengine.hooks import Hook
from mmengine.runner import FlexibleRunner, Runner
from torch import nn

from mlkd.distillers.self_teacher import SelfTeacher, load_self_teachers
from mlkd.engine.checkpoints.network import STUDENT, unwrapped
from mlkd.engine.hooks.checkpoint_hook import accumulating
from mlkd.errors import ConfigError
from mlkd.registry import HOOKS

#: Key of a checkpoint.
KEY = 'self_teachers'


@HOOKS.register_module()
class SelfTeacherHook(Hook):
    """Lets each :class:`~mlkd.distillers.self_teacher.SelfTeacher` follow the steps of the optimiser.

    The averages stand in checkpoints under a key of their own, so that training goes on with the same bits, and leave
    the student's weights as they are. Without such a teacher it does nothing.
    """

    def before_run(self, runner: Runner) -> None:
        """Find the teachers.

        Raises:
            ConfigError: If the student is divided among processes.
        """
        model = unwrapped(runner)
        teachers = getattr(model, 'teachers', None) or {}
        self.teachers = {name: one for name, one in teachers.items() if isinstance(one, SelfTeacher)}
        if not self.teachers:
            return
        if isinstance(runner, FlexibleRunner):
            raise ConfigError(
                'Weights that are divided among processes are not averaged.',
                where='strategy',
                found=type(runner.strategy).__name__,
                fix='leave strategy out, or have another teacher',
            )
        self.student: nn.Module = getattr(model, STUDENT)
        self._resumed = False

    def before_train(self, runner: Runner) -> None:
        """Begin with copies of the student, or with what was resumed."""
        if self.teachers and not self._resumed:
            for teacher in self.teachers.values():
                teacher.start(self.student)

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict | tuple | list | None = None,
        outputs: dict | None = None,
    ) -> None:
        """Follow a step of the optimiser."""
        if self.teachers and not accumulating(runner):
            for teacher in self.teachers.values():
                teacher.update(self.student)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Save the averages."""
        if self.teachers:
            checkpoint[KEY] = {name: teacher.state_dict() for name, teacher in self.teachers.items()}

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Resume the averages.

        Raises:
            CheckpointError: If there are none, or of another student.
        """
        if self.teachers and runner._resume:
            load_self_teachers(self.teachers, checkpoint.get(KEY, {}), runner.work_dir)
            self._resumed = True
