"""Registries of mlkd (scope ``mlkd``).

Each is a child of MMDetection's registry of the same name where there is one (itself a child of MMEngine's),
else of MMEngine's, so that a config may name any component of the three without a prefix.
"""

from __future__ import annotations

import io
import warnings
from contextlib import redirect_stdout

from mmdet import registry as mmdet_registry
from mmengine import registry as mmengine_registry
from mmengine.config.utils import MODULE2PACKAGE
from mmengine.registry import Registry

SCOPE = 'mlkd'

# So that a config anywhere may name one of mlkd's as its base: 'mlkd::_base_/default_runtime.py'.
MODULE2PACKAGE.setdefault(SCOPE, 'mlkd')


class ChildRegistry(Registry):
    """A registry whose ancestors import what they hold before they are asked.

    MMEngine's own asks them for what happens to be imported, so that a name that both MMCV and MMDetection have would
    mean now one, now the other.
    """

    def get(self, key: str) -> type | None:
        """The component of that name, of the nearest registry that has it; None where there is none."""
        self.import_from_location()
        if key not in self.module_dict and self.parent is not None:
            # Without what MMDetection says of optional packages that are not there.
            with redirect_stdout(io.StringIO()), warnings.catch_warnings():
                warnings.simplefilter('ignore')
                self.parent.import_from_location()
        return super().get(key)


RUNNERS = ChildRegistry('runner', parent=mmengine_registry.RUNNERS, scope=SCOPE, locations=['mlkd.engine'])
LOOPS = ChildRegistry('loop', parent=mmdet_registry.LOOPS, scope=SCOPE, locations=['mlkd.engine'])
HOOKS = ChildRegistry('hook', parent=mmdet_registry.HOOKS, scope=SCOPE, locations=['mlkd.engine'])
OPTIM_WRAPPER_CONSTRUCTORS = ChildRegistry(
    'optimizer wrapper constructor',
    parent=mmdet_registry.OPTIM_WRAPPER_CONSTRUCTORS,
    scope=SCOPE,
    locations=['mlkd.engine'],
)
DATASETS = ChildRegistry('dataset', parent=mmdet_registry.DATASETS, scope=SCOPE, locations=['mlkd.datasets'])
DATA_SAMPLERS = ChildRegistry(
    'data sampler', parent=mmdet_registry.DATA_SAMPLERS, scope=SCOPE, locations=['mlkd.datasets']
)
TRANSFORMS = ChildRegistry(
    'transform', parent=mmdet_registry.TRANSFORMS, scope=SCOPE, locations=['mlkd.datasets.transforms']
)
METRICS = ChildRegistry('metric', parent=mmdet_registry.METRICS, scope=SCOPE, locations=['mlkd.evaluation'])
VISUALIZERS = ChildRegistry(
    'visualizer', parent=mmdet_registry.VISUALIZERS, scope=SCOPE, locations=['mlkd.visualization']
)
#: Networks and their parts, losses, distillers and terms.
MODELS = ChildRegistry('model', parent=mmdet_registry.MODELS, scope=SCOPE, locations=['mlkd.models', 'mlkd.distillers'])
#: Ways to initialise a network's weights, named by ``init_cfg``.
WEIGHT_INITIALIZERS = ChildRegistry(
    'weight initializer', parent=mmdet_registry.WEIGHT_INITIALIZERS, scope=SCOPE, locations=['mlkd.models']
)
#: Proposal generators: an image in, boxes with scores out.
GENERATORS = Registry('proposal generator', scope=SCOPE, locations=['mlkd.proposals.generators'])
#: Formats of proposal files of others.
PROPOSAL_FORMATS = Registry('proposal format', scope=SCOPE, locations=['mlkd.proposals.formats'])

# Little or nothing of mlkd's own is in these; they are here because MMEngine warns about every registry
# that has no child of the default scope, and about one of a scope in its table that names no place to import from.
OPTIM_WRAPPERS = ChildRegistry(
    'optim_wrapper', parent=mmdet_registry.OPTIM_WRAPPERS, scope=SCOPE, locations=['mlkd.engine']
)
OPTIMIZERS = ChildRegistry('optimizer', parent=mmdet_registry.OPTIMIZERS, scope=SCOPE, locations=['mlkd'])
PARAM_SCHEDULERS = ChildRegistry(
    'parameter scheduler', parent=mmdet_registry.PARAM_SCHEDULERS, scope=SCOPE, locations=['mlkd.engine']
)
LOG_PROCESSORS = ChildRegistry('log_processor', parent=mmdet_registry.LOG_PROCESSORS, scope=SCOPE, locations=['mlkd'])
EVALUATOR = ChildRegistry('evaluator', parent=mmdet_registry.EVALUATOR, scope=SCOPE, locations=['mlkd'])
MODEL_WRAPPERS = ChildRegistry('model_wrapper', parent=mmdet_registry.MODEL_WRAPPERS, scope=SCOPE, locations=['mlkd'])
TASK_UTILS = ChildRegistry('task util', parent=mmdet_registry.TASK_UTILS, scope=SCOPE, locations=['mlkd'])
VISBACKENDS = ChildRegistry('vis_backend', parent=mmdet_registry.VISBACKENDS, scope=SCOPE, locations=['mlkd'])
STRATEGIES = ChildRegistry('strategy', parent=mmengine_registry.STRATEGIES, scope=SCOPE, locations=['mlkd.engine'])
FUNCTIONS = ChildRegistry('function', parent=mmengine_registry.FUNCTIONS, scope=SCOPE, locations=['mlkd'])
