"""The web application: one page, its three files, and the answer to a photo. Nothing else is served or kept."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, jsonify, render_template_string, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from mlkd.errors import MLKDError

from .photo_viewer import PhotoViewer
from .sizes import size_text
from .uploads import KINDS, Limits, decode_upload

#: Names and types of the files that the page needs; they are read once, and no path of a request reaches the disk.
_FILES = {'demo.css': 'text/css', 'demo.js': 'text/javascript', 'icon.svg': 'image/svg+xml'}
_HEADERS = {
    # Nothing from elsewhere, nothing inline; pictures come in the answers.
    'Content-Security-Policy': "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
    'Cache-Control': 'no-store',
}


@dataclass(frozen=True)
class _Page:
    """The page, and who may see it; holds nothing of those who do.

    Attributes:
        viewer: Labels the photos, one at a time.
        limits: What a photo may be.
        trusted_hosts: Names by which the page may be called; None: any.
        html: Template of the page.
        files: What it needs, by name.
        turn: Whose photo is being looked at.
    """

    viewer: PhotoViewer
    limits: Limits
    trusted_hosts: Sequence[str] | None
    html: str
    files: Mapping[str, bytes]
    turn: threading.Lock = field(default_factory=threading.Lock)

    def check_host(self) -> None:
        """Refuse a request that calls this machine by another name."""
        if self.trusted_hosts and _host_name(request.host) not in self.trusted_hosts:
            abort(400, 'The page does not go by that name.')

    def index(self) -> str:
        """GET /: the page."""
        most = self.limits.upload
        return render_template_string(self.html, facts=_facts(self.viewer), max_bytes=most, kinds=KINDS)

    def file(self, name: str) -> Response:
        """GET /NAME: a file that the page needs."""
        return Response(self.files[name], mimetype=_FILES[name])

    def look(self) -> Response:
        """POST /look: what there is in a photo, of its bytes."""
        if request.headers.get('Origin', request.host_url.rstrip('/')) != request.host_url.rstrip('/'):
            abort(403, 'Another site sent this photo.')
        image = decode_upload(request.get_data(cache=False), self.limits)
        with self.turn:
            return jsonify(self.viewer.look(image))

    def refused(self, error: HTTPException) -> tuple[Response, int]:
        """Answer to a request that is none, or to a photo that is not taken."""
        text = error.description or error.name
        if isinstance(error, RequestEntityTooLarge) and text == RequestEntityTooLarge.description:
            text = f'The file is larger than {size_text(self.limits.upload, "B")}, which is the most that is taken.'
        return jsonify(error=text), error.code or 500


def make_app(viewer: PhotoViewer, limits: Limits, trusted_hosts: Sequence[str] | None = None) -> Flask:
    """The application.

    Args:
        viewer: Labels the photos, one at a time.
        limits: What a photo may be.
        trusted_hosts: Names by which the page may be called; None: any. With names, no other site can reach the page
            by giving a name of its own this machine's address.

    Returns:
        With the routes ``/``, ``/demo.css``, ``/demo.js``, ``/icon.svg`` (GET) and ``/look`` (POST, a photo's bytes).
        All errors are answered with JSON, ``{'error': TEXT}``.
    """
    assets = resources.files('mlkd.apis.demo') / 'assets'
    files = {name: (assets / name).read_bytes() for name in _FILES}
    page = _Page(viewer, limits, trusted_hosts, (assets / 'demo.html').read_text(encoding='utf-8'), files)
    app = Flask('mlkd.apis.demo', static_folder=None, template_folder=None)
    app.config['MAX_CONTENT_LENGTH'] = limits.upload
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.before_request(page.check_host)
    app.add_url_rule('/', view_func=page.index)
    for name in _FILES:
        app.add_url_rule(f'/{name}', name.replace('.', ' '), page.file, defaults={'name': name})
    app.add_url_rule('/look', view_func=page.look, methods=['POST'])
    app.register_error_handler(HTTPException, page.refused)
    app.register_error_handler(MLKDError, _unusable)
    app.register_error_handler(MemoryError, _too_much)
    app.after_request(_secure)
    return app


def _unusable(error: MLKDError) -> tuple[Response, int]:
    """Answer to a photo that the networks can do nothing with."""
    return jsonify(error=' '.join(str(part) for part in (error.what, error.found) if part is not None)), 422


def _too_much(_: MemoryError) -> tuple[Response, int]:
    """Answer to a photo that memory does not hold."""
    return jsonify(error='There is not enough memory for this photo.'), 413


def _secure(response: Response) -> Response:
    """Every answer forbids what the page does not need."""
    response.headers.update(_HEADERS)
    return response


def _host_name(host: str) -> str | None:
    """Of a ``Host`` header the name, without the port; None where it is malformed."""
    try:
        return urlsplit(f'//{host}').hostname
    except ValueError:
        return None


def _facts(viewer: PhotoViewer) -> dict[str, Any]:
    """What the page says of the networks."""
    student = viewer.student
    return {
        'labels': len(student.classes),
        'parameters': sum(tensor.numel() for tensor in student.network.parameters()) / 1e6,
        'rule': student.description.threshold_rule,
        'teacher': viewer.teacher is not None,
    }
