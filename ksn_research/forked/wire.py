"""What a template and those who ask it say to each other: messages of a known length on a local socket."""

from __future__ import annotations

import pickle
import socket
import struct
from typing import Any

# Both ends of the socket are ours, made before the other process began: nobody else can write to it.
HEAD = struct.Struct("<q")


def send(to: socket.socket, message: Any, fd: int | None = None) -> None:
    """Send one message, and with it a file descriptor."""
    body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    head = HEAD.pack(len(body))
    if fd is None:
        to.sendall(head)
    else:
        socket.send_fds(to, [head], [fd])
    to.sendall(body)


def receive(of: socket.socket) -> Any:
    """The next message. Raises EOFError when the other side has gone."""
    return pickle.loads(_exactly(of, HEAD.unpack(_exactly(of, HEAD.size))[0]))  # noqa: S301


def receive_with_fd(of: socket.socket) -> tuple[Any, int]:
    """The next message and its file descriptor. Raises EOFError when the other side has gone."""
    head, fds, _, _ = socket.recv_fds(of, HEAD.size, 1)
    if not head:
        raise EOFError
    head += _exactly(of, HEAD.size - len(head))
    return pickle.loads(_exactly(of, HEAD.unpack(head)[0])), fds[0]  # noqa: S301


def _exactly(of: socket.socket, size: int) -> bytes:
    parts = []
    while size:
        part = of.recv(min(size, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
