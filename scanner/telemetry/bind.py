"""The ops port is taken before anything else starts, so that an operator hears of a clash at once and in one line."""

from __future__ import annotations

import os
import socket

BACKLOG = 64
"""Connections that may wait to be accepted: a few scrapers and probes."""


class PortInUse(Exception):
    """The ops server cannot listen where it was told to; the text says where, why, and what to change."""


def bind(host: str, port: int) -> socket.socket:
    """A listening socket for the ops server; port 0 takes any free one. PortInUse when it cannot be had."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except (OSError, UnicodeError) as error:
        raise PortInUse(
            f"cannot listen on {spelled(host, port)}: {_reason(error)}; choose another with ops.host and ops.port "
            f"(--ops-port, or --set ops.port=0 for any free port)"
        ) from error


def address_of(listener: socket.socket) -> str:
    """`http://host:port` of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://{spelled(host, port)}"


def spelled(host: str, port: int) -> str:
    """`host:port`, with the brackets that IPv6 needs."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _reason(error: OSError | UnicodeError) -> str:
    if isinstance(error, OSError) and error.errno is not None and error.errno > 0:
        return os.strerror(error.errno).lower()
    return str(getattr(error, "strerror", None) or error).lower()
