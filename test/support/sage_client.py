"""A Sage server for tests, and a client of its protocol."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parents[2] / "src" / "sage-server"
sys.path.insert(0, str(SOURCE))

from salvus_sage.wire import Decoder, encode  # noqa: E402

# The machine may be busy with other tests.
DEADLINE_SECONDS = 30.0

LIMITS = {"messages": 100, "bytes": 20_000}


class Client:
    """A link, and one session on it."""

    def __init__(self, path: str) -> None:
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.settimeout(DEADLINE_SECONDS)
        self._connection.connect(path)
        self._decoder = Decoder()
        self._received: list[dict[str, Any]] = []
        self._id = 0
        self.session = f"{uuid.uuid4().hex}.sagews"

    def send(self, event: str, **fields: Any) -> None:
        self._connection.sendall(encode({"event": event, **fields}))

    def ask(self, event: str, **fields: Any) -> dict[str, Any]:
        self._id += 1
        wanted = self._id
        self.send(event, id=wanted, **fields)
        return self.until(lambda message: message.get("id") == wanted)

    def hello(self) -> dict[str, Any]:
        return self.ask("hello", protocol=1)

    def attach(self, *, create: bool = True) -> dict[str, Any]:
        overflow = ".salvus/outputs"
        return self.ask("attach", session=self.session, create=create, cwd="", overflow=overflow)

    def start(self, code: str, limits: dict[str, int] = LIMITS) -> str:
        run = uuid.uuid4().hex
        self.send("execute", session=self.session, run=run, cell="c1", code=code, limits=limits)
        return run

    def run(self, code: str, limits: dict[str, int] = LIMITS) -> tuple[list[dict[str, Any]], str]:
        """The messages of the run, adjacent texts joined, and its status."""
        run = self.start(code, limits)
        return self.result(run)

    def result(self, run: str) -> tuple[list[dict[str, Any]], str]:
        messages: list[dict[str, Any]] = []
        stream, first = "", 0
        while True:
            event = self.next()
            if event.get("run") != run:
                continue
            if event["event"] == "done":
                self.send("ack", session=self.session, run=run, seq=event["seq"])
                return join_texts(messages), event["status"]
            if event["event"] == "output":
                if event["stream"] != stream:
                    # A test may have looked at the first messages itself.
                    messages, stream, first = [], event["stream"], event["streamSeq"]
                assert event["streamSeq"] == first + len(messages)
                messages += event["messages"]

    def until(self, wanted: Any) -> dict[str, Any]:
        """The next message that is wanted; those before it are kept for later."""
        skipped: list[dict[str, Any]] = []
        try:
            while True:
                message = self.next()
                if wanted(message):
                    return message
                skipped.append(message)
        finally:
            self._received = skipped + self._received

    def next(self) -> dict[str, Any]:
        while not self._received:
            data = self._connection.recv(65_536)
            assert data, "the server closed the link"
            self._received += self._decoder.feed(data)
        return self._received.pop(0)

    def close(self) -> None:
        self._connection.close()


def join_texts(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    joined: list[dict[str, Any]] = []
    for message in messages:
        (kind,) = message
        if joined and kind in ("stdout", "stderr") and kind in joined[-1]:
            joined[-1] = {kind: joined[-1][kind] + message[kind]}
        else:
            joined.append(message)
    return joined


def start_server(
    home: Path, *arguments: str, python: tuple[str, ...] = (sys.executable,)
) -> tuple[subprocess.Popen[bytes], str]:
    path = str(home / "sage.socket")
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "MPLCONFIGDIR": str(home / "mpl")}
    command = [*python, "-m", "salvus_sage", "--socket", path, "--home", str(home), *arguments]
    process = subprocess.Popen(command, env=environment, cwd=home)
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not os.path.exists(path):
        assert process.poll() is None and time.monotonic() < deadline, "the server did not listen"
        time.sleep(0.01)
    return process, path
