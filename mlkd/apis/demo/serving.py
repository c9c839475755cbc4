"""The web server."""

from __future__ import annotations

import logging
from typing import Any

import waitress
from flask import Flask
from waitress.server import BaseWSGIServer, MultiSocketServer

from mlkd.errors import ConfigError

#: Photos wait for each other anyhow; the page and its files do not wait for them.
_THREADS = 4
_CONNECTIONS = 32
#: A little more than the limit is received, so that the sender can be told: who is cut off while sending hears nothing.
_GRACE = 4
_SECONDS = 60


def listen(app: Flask, host: str, port: int, max_upload: int) -> tuple[BaseWSGIServer | MultiSocketServer, str]:
    """Open the port.

    Args:
        app: The application.
        host: Address or name to listen on.
        port: 0: any that is free.
        max_upload: Bytes that the application takes.

    Returns:
        The server, whose ``run`` serves until it is interrupted, and the address of the page.

    Raises:
        ConfigError: If the address is not this machine's, or the port is taken or not allowed.
    """
    logging.getLogger('waitress.queue').setLevel(logging.ERROR)
    most = _GRACE * max_upload
    settings: dict[str, Any] = {'host': host, 'port': port, 'threads': _THREADS, 'connection_limit': _CONNECTIONS}
    try:
        # What is received stays in memory: no part of a photo is written to the disk.
        server = waitress.create_server(
            app,
            **settings,
            max_request_body_size=most,
            inbuf_overflow=most + 1,
            channel_timeout=_SECONDS,
            ident=None,
            clear_untrusted_proxy_headers=True,
        )
    except (OSError, ValueError, OverflowError) as error:
        raise ConfigError(
            'The page cannot be served there.',
            where=f'--host {host} --port {port}',
            found=getattr(error, 'strerror', None) or error,
            fix='take another port, --port 0 for any that is free; and an address of this machine',
        ) from error
    places = (
        server.effective_listen
        if isinstance(server, MultiSocketServer)
        else [(server.effective_host, server.effective_port)]
    )
    name, number = places[0]
    return server, f'http://{f"[{name}]" if ":" in name else name}:{number}/'
