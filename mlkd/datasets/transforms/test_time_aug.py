"""The views of an image that a test fuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mmcv.transforms import TestTimeAug as MMCVTestTimeAug

from mlkd.errors import ConfigError
from mlkd.registry import TRANSFORMS

Step = Mapping[str, Any] | Callable[[dict[str, Any]], Any]


@TRANSFORMS.register_module()
class TestTimeAug(MMCVTestTimeAug):
    """MMCV's: one decoded image in, the same image in several fixed views out.

    ``transforms`` is a list of lists; a view takes one step of each list, and all combinations are made. Proposals are
    moved with the image by the steps. They are to be chosen (``TopProposals``) before this transform: what leaves boxes
    out inside of it leaves out other ones in each view.

    The transforms are looked up in mlkd's registry first, the config is left as it was, and what is drawn at random in
    training must be fixed here.

    Args:
        transforms: Configs or transforms; the last list packs.

    Raises:
        ConfigError: If a list is empty, or a step would be drawn anew for each image.
    """

    #: For pytest: no test in spite of its name.
    __test__ = False

    def __init__(self, transforms: Sequence[Sequence[Step]]) -> None:
        lists = [[_built(step) for step in steps] for steps in transforms]
        if not lists or not all(lists):
            raise ConfigError(
                'There is no view.',
                where='TestTimeAug.transforms',
                found=f'lists of {[len(steps) for steps in lists]} transforms',
                expected='a list of lists, each with at least one transform',
            )
        for steps in lists:
            for step in steps:
                if getattr(step, 'is_random', False):
                    raise ConfigError(
                        'A view is drawn at random, and would be another one for each image.',
                        where=f'TestTimeAug.transforms ({type(step).__name__})',
                        found=', '.join(f'{name}={value!r}' for name, value in vars(step).items()),
                        fix='name each view: ResizeLongSide with one size per step, MirrorFlip with prob 0.0 and 1.0',
                    )
        super().__init__(lists)


def _built(step: Step) -> Callable[[dict[str, Any]], Any]:
    return TRANSFORMS.build(dict(step)) if isinstance(step, Mapping) else step
