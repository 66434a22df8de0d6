"""Documents of the Salvus project that this program runs in.

    import salvus_doc

    notes = salvus_doc.open_document("notes.md")
    text, revision = notes.read()
    notes.write(text.replace("teh", "the"), revision)

Changes merge with what people type, as theirs do, under the name of the program. Python 3.9 is enough.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

# A local hub that was killed is back in a second or two; nobody listens for longer: the project is stopped.
CONNECT_SECONDS = 10.0
CONNECT_AGAIN_SECONDS = 0.2

# The largest text is merged, kept and saved in a few seconds.
ANSWER_SECONDS = 60.0

# How often `edit` begins anew because the revision it read is not known any more.
EDIT_ATTEMPTS_MAX = 5

NAME_CHARACTERS_MAX = 100
UNKNOWN_RESULT = "the connection was lost before the answer: read the document to see whether it was changed"

API_FILE = Path(".salvus") / "api"

Json = dict[str, Any]


class SalvusError(Exception):
    """What Salvus refused. `code`: conflict, not_found, exists, read_only, unavailable, ..."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Read(NamedTuple):
    text: str
    revision: str


def open_document(path: str | os.PathLike[str], name: str | None = None) -> Document:
    """`path` is of the working directory, as for `open`. `name` stands beside the changes."""
    return Document(os.path.abspath(path), name or _program_name())


class Document:
    """A document of the project. Nothing is held between two calls."""

    def __init__(self, path: str, name: str) -> None:
        self.path = path
        self.name = name

    def read(self, revision: str | None = None) -> Read:
        """The text as it is in the file, and its revision."""
        headers, body = _ask("GET", "/v1/document", {"path": self.path, "revision": revision})
        return Read(body.decode("utf-8"), headers["salvus-revision"] or "")

    def write(self, text: str, revision: str | None = None, *, save: bool = True) -> Json:
        """Makes of the document what `text` makes of the revision: what others did since stays.

        Without a revision the file must not be there. With save=False it is answered before the file has it.
        """
        return self._change("PUT", "/v1/document", text, revision, save)

    def append(self, text: str, *, save: bool = True) -> Json:
        """Puts text at the end; makes the file where there is none."""
        return self._change("POST", "/v1/document", text, None, save)

    def edit(self, change: Callable[[str], str]) -> Json:
        """Reads, changes and writes. `change` may be called again."""
        for attempt in range(EDIT_ATTEMPTS_MAX):
            text, revision = self.read()
            try:
                return self.write(change(text), revision)
            except SalvusError as error:
                if error.code != "conflict" or attempt == EDIT_ATTEMPTS_MAX - 1:
                    raise
        raise AssertionError("the loop returns or raises")

    def watch(self, after: str | None = None) -> Iterator[Json]:
        """Each change from now on, whoever makes it, over restarts of Salvus too. Leave the loop to stop."""
        known = after
        again = False
        while True:
            for event in _events({"path": self.path, "after": known}):
                if event["event"] == "closed":
                    if event["code"] == "closed":
                        break  # This local hub stops; the next one goes on.
                    raise SalvusError(event["code"], event["message"])
                # Where it differs from what is known, `missed` follows.
                if event["event"] == "watching" and again and known is not None:
                    continue
                known = event["revision"]
                yield event
            again = True

    def history(self, before: str | None = None, limit: int | None = None) -> Json:
        """Who changed it when, the newest first."""
        return self._get("/v1/history", {"before": before, "limit": limit})

    def blame(self, part: str | None = None) -> Json:
        """Who changed each line last. `part`: of a worksheet, "CELL.input"."""
        return self._get("/v1/blame", {"part": part})

    def restore(self, revision: str) -> Json:
        """Makes it what it was at a revision."""
        return self._change("POST", "/v1/restore", "", revision, True)

    def _get(self, route: str, query: Json) -> Json:
        answer: Json = json.loads(_ask("GET", route, {"path": self.path, **query})[1])
        return answer

    def _change(self, method: str, route: str, text: str, revision: str | None, save: bool) -> Json:
        query = {"path": self.path, "name": self.name, "revision": revision, "save": None if save else "no"}
        answer: Json = json.loads(_ask(method, route, query, text.encode("utf-8"))[1])
        return answer


class _Connection(http.client.HTTPConnection):
    """HTTP over the project's socket."""

    def __init__(self, path: str) -> None:
        super().__init__("salvus", timeout=ANSWER_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        try:
            self.sock.connect(self._path)
        except OSError:
            self.sock.close()
            raise


def _ask(
    method: str, route: str, query: Json, body: bytes | None = None
) -> tuple[http.client.HTTPMessage, bytes]:
    until = time.monotonic() + CONNECT_SECONDS
    while True:
        connection = _connected(until)
        try:
            response = _send(connection, method, route, query, body)
            return response.headers, response.read()
        except (ConnectionError, http.client.HTTPException) as error:
            if method != "GET":
                raise SalvusError("unavailable", UNKNOWN_RESULT) from error
            if time.monotonic() > until:
                raise _nobody() from error
        except socket.timeout as error:  # noqa: UP041 - another one before Python 3.10
            raise SalvusError("deadline", "the local hub did not answer in time") from error
        finally:
            connection.close()
        time.sleep(CONNECT_AGAIN_SECONDS)


def _events(query: Json) -> Iterator[Json]:
    """The lines of one connection, until it is lost."""
    connection = _connected(time.monotonic() + CONNECT_SECONDS)
    try:
        response = _send(connection, "GET", "/v1/watch", query, None)
        # There may be nothing to tell for days.
        if connection.sock is not None:
            connection.sock.settimeout(None)
        for line in response:
            if line.endswith(b"\n"):
                yield json.loads(line)
    except (ConnectionError, http.client.HTTPException):
        time.sleep(CONNECT_AGAIN_SECONDS)
    finally:
        connection.close()


def _send(
    connection: _Connection, method: str, route: str, query: Json, body: bytes | None
) -> http.client.HTTPResponse:
    said = urlencode({key: value for key, value in query.items() if value is not None})
    connection.request(method, f"{route}?{said}", body=body)
    response = connection.getresponse()
    if response.status == 200:
        return response
    refused = json.loads(response.read())
    raise SalvusError(refused["code"], refused["message"])


def _connected(until: float) -> _Connection:
    """Waits while the local hub is being started: nothing was sent yet."""
    while True:
        connection = _Connection(_find_socket())
        try:
            connection.connect()
            return connection
        except (FileNotFoundError, ConnectionRefusedError) as error:
            if time.monotonic() > until:
                raise _nobody() from error
        time.sleep(CONNECT_AGAIN_SECONDS)


def _find_socket() -> str:
    """What the environment says, else what the local hub wrote into the project around this directory."""
    said = os.environ.get("SALVUS_API")
    if said:
        return said
    here = Path.cwd()
    for folder in (here, *here.parents):
        file = folder / API_FILE
        if file.exists():
            return file.read_text(encoding="utf-8").strip()
    message = f"this is no project of Salvus: SALVUS_API is not set, and there is no {API_FILE} here or above"
    raise SalvusError("not_found", message)


def _program_name() -> str:
    """The file that runs."""
    return os.path.basename(sys.argv[0] if sys.argv else "")[:NAME_CHARACTERS_MAX] or "Python"


def _nobody() -> SalvusError:
    message = "the project does not answer: it is stopped, or being started; try again"
    return SalvusError("unavailable", message)
