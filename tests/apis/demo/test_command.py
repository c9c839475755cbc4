from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path

import pytest
from demo_toys import write_toy
from published_toy import DETECTOR

from mlkd.apis.cli import main
from mlkd.apis.demo.command import add_arguments, is_loopback, run
from mlkd.errors import ConfigError


@pytest.fixture
def listened(monkeypatch: pytest.MonkeyPatch) -> dict:
    """What the server would have been given; it ends at once."""
    serving = pytest.importorskip('mlkd.apis.demo.serving')
    given: dict = {}

    class Server:
        def run(self) -> None:
            given['ran'] = True

    def listen(app: object, host: str, port: int, upload: int) -> tuple[Server, str]:
        given.update(app=app, host=host, port=port, upload=upload)
        return Server(), f'http://{host}:{port}/'

    monkeypatch.setattr(serving, 'listen', listen)
    return given


def test_the_page_is_for_this_machine_alone_by_default(
    tmp_path: Path, listened: dict, capsys: pytest.CaptureFixture[str]
) -> None:
    model, teacher = write_toy(tmp_path), write_toy(tmp_path, DETECTOR)
    assert main(['demo', '--model', str(model), '--teacher', str(teacher), '--device', 'cpu']) == 0
    assert (listened['host'], listened['port'], listened['upload']) == ('127.0.0.1', 8765, 20_000_000)
    assert listened['ran']
    shown = capsys.readouterr().out
    assert 'http://127.0.0.1:8765/' in shown
    assert str(tmp_path) not in shown
    client = listened['app'].test_client()
    assert client.get('/').status_code == 200
    assert 'its teacher' in client.get('/').text
    assert client.get('/', headers={'Host': 'example.org'}).status_code == 400


def test_a_page_for_everybody_warns(tmp_path: Path, listened: dict, capsys: pytest.CaptureFixture[str]) -> None:
    words = ['demo', '--model', str(write_toy(tmp_path)), '--host', '0.0.0.0', '--max-upload', '5MB', '--device', 'cpu']
    assert main(words) == 0
    assert 'Everybody' in capsys.readouterr().out
    assert listened['upload'] == 5_000_000
    assert listened['app'].test_client().get('/', headers={'Host': 'example.org'}).status_code == 200


@pytest.mark.parametrize(
    ('words', 'said'),
    [
        (['--port', '70000'], '--port'),
        (['--max-upload', 'much'], '--max-upload'),
        (['--max-pixels', '0'], '--max-pixels'),
        (['--model', 'nowhere.safetensors'], 'nowhere.safetensors'),
        (['--teacher', 'nowhere.safetensors'], 'nowhere.safetensors'),
        (['--device', 'abacus'], 'abacus'),
    ],
)
def test_wrong_arguments(tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str) -> None:
    pytest.importorskip('flask')
    model = write_toy(tmp_path)
    capsys.readouterr()
    assert main(['demo', '--model', str(model), *words]) == 1
    shown = capsys.readouterr().err
    assert said in shown
    assert 'Traceback' not in shown


def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, 'find_spec', lambda name: None if name == 'waitress' else found(name))
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    with pytest.raises(ConfigError, match=r'mlkd\[demo\]') as caught:
        run(parser.parse_args(['--model', str(write_toy(tmp_path))]))
    assert 'no waitress' in str(caught.value)


@pytest.mark.parametrize(
    ('host', 'alone'),
    [
        *((host, True) for host in ('127.0.0.1', '127.9.9.9', '::1', 'localhost')),
        *((host, False) for host in ('0.0.0.0', '::', '192.168.1.2', 'example.org')),
    ],
)
def test_which_addresses_are_this_machine_alone(host: str, alone: bool) -> None:
    assert is_loopback(host) is alone
