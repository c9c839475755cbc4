"""The keys that mean something at the top of a config."""

from __future__ import annotations

import inspect

from mmengine.runner import FlexibleRunner, Runner

#: Keys of a recipe that are not for MMEngine's runner.
RECIPE_KEYS = ('models', 'stages', 'student_stage', 'proposals', 'partitions', 'reuse', 'amp', 'table_row')
#: Keys that MMEngine's runners take or look up in their config.
RUNNER_KEYS = frozenset(
    {
        *inspect.signature(Runner.__init__).parameters,
        *inspect.signature(FlexibleRunner.__init__).parameters,
        *('runner_type', 'custom_imports', 'model_wrapper_cfg', 'sync_bn', 'find_unused_parameters', 'gpu_ids'),
        *('activation_checkpointing', 'efficient_conv_bn_eval'),
    }
    - {'self', 'cfg'}
)
#: What to test with where several views of each image are fused; not part of what a training computes.
TTA_KEYS = ('tta_model', 'tta_pipeline')
#: Keys of a stage's dict that are not for the runner either; all but ``folds`` and ``parts`` may stand at the top too.
STAGE_KEYS = ('folds', 'parts', 'together', 'table_row', *TTA_KEYS)
#: All of them.
KNOWN_KEYS = RUNNER_KEYS | set(RECIPE_KEYS) | set(STAGE_KEYS)
