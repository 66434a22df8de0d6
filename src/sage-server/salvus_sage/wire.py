"""Frames and names of the wire: src/messages/sage-server.ts is the contract.

    frame := length, 4 bytes, big-endian . JSON in UTF-8

The same frames go between the parent and its sessions.
"""

from __future__ import annotations

import json
import struct
from typing import Any

PROTOCOL_VERSION = 1

# A cell's code is a part of a text of at most 20 MB.
FRAME_BYTES_MAX = 24 * 1024 * 1024

# Checked field by field where it is read; a TypedDict per event would say the contract twice.
Message = dict[str, Any]

_LENGTH = struct.Struct(">I")


class BadFrame(Exception):
    """The other side does not speak this protocol; the link is closed."""


def to_json(message: object) -> str:
    """JSON that can stand in a worksheet: its markers U+FE20 and U+FE21 never stand in it unescaped."""
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    if "\ufe20" in text or "\ufe21" in text:
        text = text.replace("\ufe20", "\\ufe20").replace("\ufe21", "\\ufe21")
    return text


def encode(message: object) -> bytes:
    # A lone surrogate (a file name that is not UTF-8) becomes a question mark.
    body = to_json(message).encode("utf-8", "replace")
    return _LENGTH.pack(len(body)) + body


class Decoder:
    """Cuts a stream of bytes into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        self._buffer += data
        messages: list[Message] = []
        at = 0
        while len(self._buffer) - at >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer, at)
            if length > FRAME_BYTES_MAX:
                raise BadFrame(f"a frame of {length} bytes is larger than {FRAME_BYTES_MAX}")
            end = at + _LENGTH.size + length
            if len(self._buffer) < end:
                break
            messages.append(_parse(bytes(self._buffer[at + _LENGTH.size : end])))
            at = end
        del self._buffer[:at]
        return messages


def _parse(body: bytes) -> Message:
    try:
        message = json.loads(body)
    except ValueError as error:
        raise BadFrame(f"not JSON: {body[:40]!r}") from error
    if not isinstance(message, dict):
        raise BadFrame(f"not an object: {body[:40]!r}")
    return message
