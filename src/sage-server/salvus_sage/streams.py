"""sys.stdout and sys.stderr of a session: sent as they are written, in a loop many prints at a time."""

from __future__ import annotations

import codecs
import io
import os
import threading
import time
from typing import Any

from .channel import Channel

# A line goes out at once as long as not more than this many went out in the last window.
LINES_AT_ONCE = 20
WINDOW_SECONDS = 0.1

BUFFER_CHARACTERS = 4_096


class OutputStream(io.TextIOBase):
    """Beyond the lines that go out at once, text waits for 4,096 characters or the end of the window."""

    def __init__(self, channel: Channel, kind: str, descriptor: int) -> None:
        self._channel = channel
        self._kind = kind
        self._descriptor = descriptor
        self._lock = threading.RLock()
        self._parts: list[str] = []
        self._size = 0
        self._window_start = 0.0
        self._lines_sent = 0
        self._timer: threading.Timer | None = None
        self.buffer = _Bytes(self)

    @property
    def encoding(self) -> str:  # type: ignore[override]  # typeshed has a plain attribute
        return "utf-8"

    @property
    def errors(self) -> str:  # type: ignore[override]  # typeshed has a plain attribute
        return "replace"

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        return self._descriptor

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if not self._channel.is_mine:
            os.write(self._descriptor, text.encode("utf-8", "replace"))
            return len(text)
        with self._lock:
            self._parts.append(text)
            self._size += len(text)
            if self._size >= BUFFER_CHARACTERS or ("\n" in text and self._may_send_line()):
                self._send()
            elif self._timer is None:
                self._timer = threading.Timer(WINDOW_SECONDS, self.flush)
                self._timer.daemon = True
                self._timer.start()
        return len(text)

    def flush(self) -> None:
        with self._lock:
            if self._channel.is_mine:
                self._send()

    def _may_send_line(self) -> bool:
        now = time.monotonic()
        if now - self._window_start > WINDOW_SECONDS:
            self._window_start = now
            self._lines_sent = 0
        self._lines_sent += 1
        return self._lines_sent <= LINES_AT_ONCE

    def _send(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._parts:
            text = "".join(self._parts)
            self._parts.clear()
            self._size = 0
            self._channel.send({"event": "text", "kind": self._kind, "text": text})


class _Bytes(io.RawIOBase):
    """`sys.stdout.buffer`, for programs that write bytes."""

    def __init__(self, stream: OutputStream) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._stream.write(self._decoder.decode(bytes(data)))
        return len(data)

    def flush(self) -> None:
        self._stream.flush()
