"""The page over HTTP: what is served, what a photo may be, what is told of those that may not."""

from __future__ import annotations

import io
from base64 import b64decode
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from demo_toys import drawn_photo, jpeg, megapixels, toy_viewer, turned_jpeg
from odd_images import write_broken, write_good
from PIL import Image

pytest.importorskip('flask')

from mlkd.apis.demo.photo_viewer import PhotoViewer
from mlkd.apis.demo.uploads import Limits
from mlkd.apis.demo.web_app import make_app
from mlkd.errors import ProposalError

LIMITS = Limits(upload=10_000_000, pixels=60_000_000)
LOCAL = ('127.0.0.1', 'localhost', '::1')


@pytest.fixture(scope='module')
def viewer(tmp_path_factory: pytest.TempPathFactory) -> PhotoViewer:
    return toy_viewer(tmp_path_factory.mktemp('networks'))


@pytest.fixture
def client(viewer: PhotoViewer) -> Any:
    return make_app(viewer, LIMITS, LOCAL).test_client()


def shown_photo(answer: Any) -> np.ndarray:
    """The photo of an answer, BGR."""
    content = b64decode(answer.json['photo']['url'].partition('base64,')[2])
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)


def test_the_page_needs_nothing_from_elsewhere(client: Any) -> None:
    page = client.get('/')
    assert page.status_code == 200
    assert page.mimetype == 'text/html'
    texts = [page.text, *(client.get(f'/{name}').text for name in ('demo.css', 'demo.js'))]
    outside = [word for text in texts for word in text.split() if '//' in word and 'www.w3.org' not in word]
    assert [word for word in outside if 'http' in word or 'url(' in word] == []
    assert 'style="' not in page.text
    assert '<style' not in page.text
    assert all('src="demo.js"' in part for part in page.text.split('<script')[1:])


@pytest.mark.parametrize(
    ('name', 'kind'), [('demo.css', 'text/css'), ('demo.js', 'text/javascript'), ('icon.svg', 'image/svg+xml')]
)
def test_its_files(client: Any, name: str, kind: str) -> None:
    answer = client.get(f'/{name}')
    assert (answer.status_code, answer.mimetype) == (200, kind)
    assert answer.data


@pytest.mark.parametrize('path', ['/', '/demo.js', '/nothing', '/look'])
def test_every_answer_forbids_what_is_not_needed(client: Any, path: str) -> None:
    headers = client.get(path).headers
    policy = headers['Content-Security-Policy']
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert 'unsafe' not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers['X-Content-Type-Options'] == 'nosniff'
    assert headers['Cache-Control'] == 'no-store'
    assert headers['Referrer-Policy'] == 'no-referrer'


@pytest.mark.parametrize(
    'path',
    [
        '/../../../../etc/passwd',
        '/..%2f..%2f..%2fetc%2fpasswd',
        '/%2e%2e/%2e%2e/etc/passwd',
        '/demo.html',
        '/demo.js/../../command.py',
        '/demo.css%00.html',
        '/assets/demo.js',
        '/static/demo.js',
        '/C:%5cWindows%5cwin.ini',
    ],
)
def test_nothing_else_is_served(client: Any, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (404, 308)
    assert b'root:' not in answer.data
    assert b'import' not in answer.data


def test_a_photo_is_labelled(client: Any, viewer: PhotoViewer) -> None:
    photo = drawn_photo()
    content = jpeg(photo)
    answer = client.post('/look', data=content)
    assert answer.status_code == 200
    scores = {label['name']: label['score'] for label in answer.json['labels']}
    decoded = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    wanted = viewer.student.predict([decoded])[0].pred_score.tolist()
    assert scores == pytest.approx(dict(zip(viewer.student.classes, wanted, strict=True)))
    assert np.abs(shown_photo(answer).astype(int) - photo).mean() < 5


def test_photos_of_every_kind(client: Any, tmp_path: Path) -> None:
    for path, pixels in write_good(tmp_path).items():
        answer = client.post('/look', data=path.read_bytes())
        assert answer.status_code == 200, path
        if path.name != 'turned.jpeg':
            assert np.abs(shown_photo(answer)[..., ::-1].astype(int) - pixels).mean() < 12, path


def test_a_photo_that_was_taken_upright_is_shown_upright(client: Any, tmp_path: Path) -> None:
    photo = drawn_photo()
    turned = client.post('/look', data=turned_jpeg(tmp_path / 'turned.jpg', photo))
    assert (turned.json['photo']['width'], turned.json['photo']['height']) == (90, 60)
    assert np.abs(shown_photo(turned).astype(int) - photo).mean() < 5
    straight = client.post('/look', data=jpeg(photo, 95))
    for one, other in zip(turned.json['labels'], straight.json['labels'], strict=True):
        assert one['name'] == other['name']
        assert one['score'] == pytest.approx(other['score'], abs=0.01)


def test_files_that_are_no_photo(client: Any, tmp_path: Path) -> None:
    for path, said in write_broken(tmp_path).items():
        if not path.is_file():
            continue
        answer = client.post('/look', data=path.read_bytes())
        assert answer.status_code == (413 if said == 'more pixels' else 415), path
        assert len(answer.json['error']) > 30
        assert str(tmp_path) not in answer.json['error']


@pytest.mark.parametrize(
    'content', [b'', b'Dear Sir or Madam,', b'\xff\xd8', b'#?RADIANCE\n\n-Y 9 +X 9\n', bytes(5000)]
)
def test_what_is_no_image_at_all(client: Any, content: bytes) -> None:
    assert client.post('/look', data=content).status_code == 415


def test_half_an_upload_is_told_to_be_half(client: Any) -> None:
    content = jpeg(drawn_photo())
    answer = client.post('/look', data=content[: len(content) // 2])
    assert answer.status_code == 415
    assert 'end of this file is missing' in answer.json['error']


def test_a_file_that_is_too_large(viewer: PhotoViewer) -> None:
    client = make_app(viewer, Limits(upload=1000, pixels=10**6)).test_client()
    answer = client.post('/look', data=bytes(1001))
    assert answer.status_code == 413
    assert 'larger than 1 kB' in answer.json['error']
    # Whatever its header says of its size.
    stream = io.BytesIO(bytes(5000))
    answer = client.post('/look', input_stream=stream, headers={'Transfer-Encoding': 'chunked'})
    assert answer.status_code in (413, 415)


def test_a_photo_of_fifty_megapixels(client: Any) -> None:
    content = megapixels(50)
    answer = client.post('/look', data=content)
    assert answer.status_code == 200
    photo = answer.json['photo']
    assert photo['width'] * photo['height'] == pytest.approx(50e6, rel=0.01)
    assert max(shown_photo(answer).shape) <= 1200
    assert len(answer.data) < 2_000_000


def test_a_photo_of_more_pixels_than_are_taken(viewer: PhotoViewer) -> None:
    client = make_app(viewer, Limits(upload=10**6, pixels=5000)).test_client()
    answer = client.post('/look', data=jpeg(drawn_photo()))
    assert answer.status_code == 413
    assert '90 x 60 pixels' in answer.json['error']
    assert client.post('/look', data=jpeg(drawn_photo(50, 90))).status_code == 200


@pytest.mark.parametrize('method', ['GET', 'PUT', 'DELETE'])
def test_other_methods_are_refused(client: Any, method: str) -> None:
    assert client.open('/look', method=method).status_code == 405


def test_other_sites_are_refused(client: Any) -> None:
    content = jpeg(drawn_photo())
    assert client.post('/look', data=content, headers={'Origin': 'http://evil.example'}).status_code == 403
    assert client.post('/look', data=content, headers={'Origin': 'null'}).status_code == 403
    assert client.post('/look', data=content, headers={'Origin': 'http://localhost'}).status_code == 200
    # A name that somebody has given this machine's address.
    assert client.get('/', headers={'Host': 'evil.example:8765'}).status_code == 400
    assert client.get('/', headers={'Host': '127.0.0.1.evil.example'}).status_code == 400
    assert client.get('/', headers={'Host': '[::1'}).status_code == 400
    assert client.get('/', headers={'Host': '127.0.0.1:8765'}).status_code == 200
    assert client.get('/', headers={'Host': '[::1]:8765'}).status_code == 200


def test_no_photo_is_kept(client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('TMPDIR', str(tmp_path))
    first = client.post('/look', data=jpeg(drawn_photo())).json
    client.post('/look', data=jpeg(drawn_photo(100, 40)))
    assert client.post('/look', data=jpeg(drawn_photo())).json == first
    assert 'Set-Cookie' not in client.get('/').headers
    assert [path for path in tmp_path.rglob('*') if path.stat().st_size] == []


def test_a_network_that_fails_is_told(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ProposalError('There are no proposals.', found='nothing')

    monkeypatch.setattr(PhotoViewer, 'look', fails)
    answer = client.post('/look', data=jpeg(drawn_photo()))
    assert (answer.status_code, answer.json) == (422, {'error': 'There are no proposals. nothing'})

    def defect(*_: object) -> None:
        raise KeyError('/secret/path')

    monkeypatch.setattr(PhotoViewer, 'look', defect)
    answer = client.post('/look', data=jpeg(drawn_photo()))
    assert answer.status_code == 500
    assert '/secret' not in answer.text


def test_names_of_labels_are_text_wherever_they_stand(tmp_path: Path) -> None:
    from demo_toys import load_toy

    student = load_toy(tmp_path, classes=('<img src=x onerror=alert(1)>', '</script>', '"'), threshold_rule='<b>f1</b>')
    client = make_app(PhotoViewer(student), LIMITS).test_client()
    assert '<b>f1' not in client.get('/').text
    answer = client.post('/look', data=jpeg(drawn_photo()))
    assert answer.mimetype == 'application/json'


def test_files_that_declare_no_size_are_not_decoded(client: Any, tmp_path: Path) -> None:
    Image.new('RGB', (8, 8)).save(tmp_path / 'x.png')
    assert client.post('/look', data=(tmp_path / 'x.png').read_bytes()).status_code == 200
    header = b'#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 8000 +X 8000\n'
    assert client.post('/look', data=header + bytes(4 * 64)).status_code == 415
