"""The example plug-in from outside: found through custom_imports, and trained."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[2] / 'projects' / 'example_plugin'
SCRIPT = """
import sys, torch
from mmengine.config import Config
from mmengine.optim import OptimWrapper
import mlkd.models, mlkd.distillers
from mlkd.registry import MODELS
from mlkd.structures import MultiLabelDataSample
config = Config.fromfile(sys.argv[1])
torch.manual_seed(0)
torch.save(MODELS.build(config.teacher).state_dict(), 'teacher.pth')
model = MODELS.build(config.model).train()
optim = OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.05))
samples = [MultiLabelDataSample(metainfo={'img_shape': (32, 32)}).set_gt_label([1, 0, 1]) for _ in range(4)]
data = {'inputs': list(torch.randint(0, 256, (4, 3, 32, 32), dtype=torch.uint8)), 'data_samples': samples}
logs = [model.train_step(data, optim) for _ in range(10)]
print(*(float(log['cosine.loss']) for log in logs))
"""


def test_its_term_and_backbone_train(tmp_path: Path) -> None:
    path = os.pathsep.join([str(FOLDER), str(FOLDER.parents[1])])
    command = [sys.executable, '-c', SCRIPT, str(FOLDER / 'cosine_kd.py')]
    run = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, env={**os.environ, 'PYTHONPATH': path}, check=False
    )
    assert run.returncode == 0, run.stderr
    losses = [float(x) for x in run.stdout.splitlines()[-1].split()]
    assert losses[-1] < losses[0]
