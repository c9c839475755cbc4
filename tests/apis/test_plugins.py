"""Modules of a person's own: imported, or what is wrong with them told with its line."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pytest

from mlkd.apis.plugins import add_import_option, import_plugins
from mlkd.errors import ConfigError


def test_imports_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / 'plugin_one.py').write_text('VALUE = 1')
    (tmp_path / 'plugin_two.py').write_text('import sys\nVALUE = sys.modules["plugin_one"].VALUE + 1')
    parser = argparse.ArgumentParser()
    add_import_option(parser, 'things')
    assert parser.parse_args([]).modules == []
    import_plugins(parser.parse_args(['--import', 'plugin_one', 'plugin_two']).modules)
    assert sys.modules['plugin_two'].VALUE == 2


def test_not_there() -> None:
    with pytest.raises(ConfigError, match=r'A plug-in cannot be imported') as caught:
        import_plugins(['no_such_module'])
    assert caught.value.where == '--import no_such_module'
    assert 'PYTHONPATH' in caught.value.fix


@pytest.mark.parametrize(
    ('code', 'line', 'found'),
    [
        ('x = 1\n1 / 0\n', 2, 'ZeroDivisionError'),
        ('\n\nimport no_such_module_either\n', 3, 'no_such_module_either'),
    ],
)
def test_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, line: int, found: str) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / 'broken_plugin.py').write_text(code)
    with pytest.raises(ConfigError, match='cannot be imported') as caught:
        import_plugins(['broken_plugin'])
    assert caught.value.where == f'--import broken_plugin ({tmp_path / "broken_plugin.py"}:{line})'
    assert found in caught.value.found


def test_no_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / 'no_python.py').write_text('def\n')
    with pytest.raises(ConfigError, match='cannot be imported') as caught:
        import_plugins(['no_python'])
    assert caught.value.found.startswith('SyntaxError')
    assert 'no_python.py, line 1' in caught.value.found
