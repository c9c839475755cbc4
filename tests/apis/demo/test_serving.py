"""The real server, over real sockets."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from demo_toys import drawn_photo, jpeg, toy_viewer

pytest.importorskip('flask')
pytest.importorskip('waitress')

from mlkd.apis.demo.serving import listen
from mlkd.apis.demo.uploads import Limits
from mlkd.apis.demo.web_app import make_app
from mlkd.errors import ConfigError

LIMIT = 100_000


@pytest.fixture(scope='module')
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the page is served, as HOST:PORT."""
    app = make_app(toy_viewer(tmp_path_factory.mktemp('networks')), Limits(LIMIT, 10**7), ('127.0.0.1',))
    server, url = listen(app, '127.0.0.1', 0, LIMIT)
    threading.Thread(target=server.run, daemon=True).start()
    yield url.removeprefix('http://').rstrip('/')
    server.close()


def asked(address: str, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(address, timeout=60)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_page_and_photo(address: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert asked(address, 'GET', '/')[0] == 200
    status, content = asked(address, 'POST', '/look', jpeg(drawn_photo()))
    assert status == 200
    assert len(json.loads(content)['labels']) == 3
    # Nothing of whom or what is written anywhere.
    assert ''.join(capfd.readouterr()) == ''


@pytest.mark.parametrize(
    'path', ['/../../../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/..%2f..%2fetc/passwd', '//etc/passwd']
)
def test_no_way_out_of_the_page(address: str, path: str) -> None:
    status, content = asked(address, 'GET', path)
    assert status == 404
    assert b'root:' not in content


def test_a_large_file_is_refused_in_words(address: str) -> None:
    status, content = asked(address, 'POST', '/look', bytes(3 * LIMIT))
    assert status == 413
    assert 'larger than 100 kB' in json.loads(content)['error']
    assert asked(address, 'GET', '/')[0] == 200


def test_a_sender_that_stops_half_way_harms_nobody(address: str) -> None:
    host, port = address.split(':')
    with socket.create_connection((host, int(port)), timeout=10) as half:
        half.sendall(b'POST /look HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9000\r\n\r\n' + b'x' * 100)
        assert asked(address, 'GET', '/')[0] == 200
    assert asked(address, 'POST', '/look', jpeg(drawn_photo()))[0] == 200


def test_photos_at_once_get_their_own_answers(address: str) -> None:
    sizes = {}

    def send(width: int) -> None:
        sizes[width] = json.loads(asked(address, 'POST', '/look', jpeg(drawn_photo(40, width)))[1])['photo']['width']

    threads = [threading.Thread(target=send, args=(50 + place,)) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sizes == {width: width for width in range(50, 56)}


def test_a_port_that_is_taken(address: str, tmp_path: Path) -> None:
    app = make_app(toy_viewer(tmp_path, teacher=False), Limits(LIMIT, 10**7))
    with pytest.raises(ConfigError, match='cannot be served') as caught:
        listen(app, '127.0.0.1', int(address.split(':')[1]), LIMIT)
    assert '--port 0' in str(caught.value)
    with pytest.raises(ConfigError, match='cannot be served'):
        listen(app, 'no.such.machine.invalid', 0, LIMIT)
