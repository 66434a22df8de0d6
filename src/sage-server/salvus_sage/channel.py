"""A session's end of the channel to its parent."""

from __future__ import annotations

import os
import socket
from collections import deque

from .wire import Decoder, Message, encode

READ_BYTES = 65_536


class ParentGone(Exception):
    """The parent closed the channel: the session ends."""


class Channel:
    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._decoder = Decoder()
        self._received: deque[Message] = deque()
        self._pid = os.getpid()

    @property
    def is_mine(self) -> bool:
        """False in a process that a person's code forked: it must not write between our frames."""
        return os.getpid() == self._pid

    def send(self, message: Message) -> None:
        if self.is_mine:
            self._connection.sendall(encode(message))

    def receive(self) -> Message:
        while not self._received:
            data = self._connection.recv(READ_BYTES)
            if not data:
                raise ParentGone
            self._received.extend(self._decoder.feed(data))
        return self._received.popleft()
