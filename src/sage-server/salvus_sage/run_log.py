"""What one run has put out, until the local hub has it.

Adjacent texts are joined until they are sent. Messages are numbered: `seq` through the run (what an
acknowledgement gives back), `stream_seq` through the document's stream, of which a run begins a new one each
time its output is cleared. Over its limits the rest goes to a file, and the run goes on.
"""

from __future__ import annotations

import os
from collections import deque
from dataclasses import dataclass
from typing import BinaryIO

from .wire import Message, to_json

# Text of one message: a longer one is cut, so that a page can show a part of a stream.
TEXT_CHARACTERS_MAX = 65_536

# Of the file that takes the rest: a run that prints for a night must not fill the disk.
OVERFLOW_BYTES_MAX = 100 * 1024 * 1024

# Kept for the error that ends a run whose output is over the limits.
ERROR_RESERVE_CHARACTERS = 10_000

# A run that clears its output again and again (a progress bar) may put out this many times its limits.
CLEARED_FACTOR = 20


@dataclass
class Entry:
    """A numbered message; None begins the stream that it names."""

    seq: int
    stream: str
    stream_seq: int
    message: Message | None


@dataclass
class Limits:
    messages: int
    bytes: int


@dataclass(frozen=True)
class OverflowFile:
    """Where the rest goes: the directory, and what the page calls it."""

    directory: str
    shown_directory: str


class RunLog:
    def __init__(self, run: str, limits: Limits, overflow: OverflowFile) -> None:
        self.run = run
        self.status: str | None = None
        self.asks = False
        self._limits = limits
        self._overflow = overflow
        self._overflow_file: BinaryIO | None = None
        self._overflow_bytes = 0
        self._overflowed = False
        self._entries: deque[Entry] = deque()
        self._unsent = 0
        self._seq = -1
        self._stream = run
        self._stream_seq = 0
        self._clears = 0
        self._messages = 0
        self._bytes = 0
        self._spent_bytes = 0
        self._text_kind = ""
        self._text: list[str] = []
        self._text_size = 0

    def add_text(self, kind: str, text: str, *, error: bool = False) -> None:
        if error and self._overflowed:
            self._spill(text)
            self._append({kind: text[-ERROR_RESERVE_CHARACTERS:]})
            return
        while text and not self._overflowed:
            if self._text and (self._text_kind != kind or self._text_size >= TEXT_CHARACTERS_MAX):
                self._close_text()
            if self._over(1):
                self._begin_overflow()
                break
            # Counted in characters where most are ASCII: the limit keeps a page quick, it is not an account.
            room = min(TEXT_CHARACTERS_MAX - self._text_size, self._limits.bytes - self._bytes)
            part, text = text[:room], text[room:]
            self._text_kind = kind
            self._text.append(part)
            self._text_size += len(part)
            self._bytes += len(part)
        if text:
            self._spill(text)

    def add(self, message: Message) -> None:
        self._close_text()
        if "clear" in message:
            self._clear()
            return
        text = to_json(message)
        if self._overflowed or self._over(len(text)):
            self._begin_overflow()
            self._spill(text + "\n")
            return
        self._bytes += len(text)
        self._append(message)

    def finish(self, status: str) -> None:
        self.flush()
        if self._overflowed:
            self._append({"overflow": {"path": self._shown_path(), "bytes": self._overflow_bytes}})
            if self._overflow_file is not None:
                self._overflow_file.close()
                self._overflow_file = None
        self.status = status
        self._seq += 1

    def flush(self) -> None:
        self._close_text()

    @property
    def pending(self) -> bool:
        """Something is there that was not sent."""
        return bool(self._text) or self._unsent < len(self._entries)

    @property
    def done_seq(self) -> int:
        """The number that acknowledges the end, after `finish`."""
        return self._seq

    def take_unsent(self) -> list[Entry]:
        self._close_text()
        unsent = [self._entries[index] for index in range(self._unsent, len(self._entries))]
        self._unsent = len(self._entries)
        return unsent

    def rewind(self) -> None:
        """To a new link everything is sent again that is not acknowledged."""
        self._unsent = 0

    def acknowledge(self, seq: int) -> bool:
        """Forgets up to with this number; True when nothing of a finished run is left."""
        while self._entries and self._entries[0].seq <= seq and self._unsent > 0:
            self._entries.popleft()
            self._unsent -= 1
        return self.status is not None and seq >= self._seq

    def _over(self, size: int) -> bool:
        if self._spent_bytes + self._bytes + size > self._limits.bytes * CLEARED_FACTOR:
            return True
        return self._messages >= self._limits.messages or self._bytes + size > self._limits.bytes

    def _close_text(self) -> None:
        if not self._text:
            return
        text = "".join(self._text)
        self._text.clear()
        self._text_size = 0
        self._append({self._text_kind: text})

    def _append(self, message: Message | None) -> None:
        self._seq += 1
        self._entries.append(Entry(self._seq, self._stream, self._stream_seq, message))
        if message is not None:
            self._stream_seq += 1
            self._messages += 1

    def _clear(self) -> None:
        # What nobody has seen need not be sent.
        while len(self._entries) > self._unsent:
            self._entries.pop()
            self._seq -= 1
        self._clears += 1
        self._stream = f"{self.run}-{self._clears}"
        self._stream_seq = 0
        self._spent_bytes += self._bytes
        self._messages = 0
        self._bytes = 0
        self._append(None)

    def _begin_overflow(self) -> None:
        if self._overflowed:
            return
        self._close_text()
        self._overflowed = True
        self._append({"overflow": {"path": self._shown_path()}})

    def _shown_path(self) -> str:
        return f"{self._overflow.shown_directory}/{self.run}.txt"

    def _spill(self, text: str) -> None:
        data = text.encode("utf-8", "replace")
        if self._overflow_bytes + len(data) > OVERFLOW_BYTES_MAX:
            return
        try:
            if self._overflow_file is None:
                os.makedirs(self._overflow.directory, mode=0o700, exist_ok=True)
                path = os.path.join(self._overflow.directory, f"{self.run}.txt")
                # Held until the run ends.
                self._overflow_file = open(path, "ab", buffering=65_536)  # noqa: SIM115
            self._overflow_file.write(data)
            self._overflow_bytes += len(data)
        except OSError as error:
            self._overflow_bytes = OVERFLOW_BYTES_MAX
            self._append({"stderr": f"the rest of the output can't be kept: {error}\n"})
