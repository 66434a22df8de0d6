"""The parent: accepts links, forks sessions, reaps them, and never runs a person's code itself."""

from __future__ import annotations

import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from .child import serve_session
from .environment import Environment
from .run_log import OverflowFile
from .session import Session, fork_process
from .wire import PROTOCOL_VERSION, BadFrame, Decoder, Message, encode

READ_BYTES = 262_144

# Links at a time: the local hub has one, and one more while it is being replaced.
LINKS_MAX = 8

SESSIONS_MAX = 256


class LinkToHub:
    """A connection of a local hub. Outputs are bounded by the limits of the runs, so its buffer is."""

    def __init__(self, connection: socket.socket, selector: selectors.BaseSelector) -> None:
        self.connection = connection
        self.decoder = Decoder()
        self.open = True
        self._selector = selector
        self._rest = bytearray()
        connection.setblocking(False)

    def send(self, message: Message) -> None:
        if not self.open:
            return
        self._rest += encode(message)
        if len(self._rest) < READ_BYTES or not self._writing():
            self.write()

    def write(self) -> None:
        try:
            while self._rest:
                sent = self.connection.send(self._rest)
                del self._rest[:sent]
        except BlockingIOError:
            pass  # The selector says when there is room.
        except OSError:
            self.open = False
            self._rest.clear()
        if self.open:
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._rest else 0)
            key = self._selector.get_key(self.connection)
            if key.events != events:
                self._selector.modify(self.connection, events, key.data)

    def _writing(self) -> bool:
        return bool(self._selector.get_key(self.connection).events & selectors.EVENT_WRITE)


class Server:
    def __init__(self, socket_path: str, *, home: str, scratch: str) -> None:
        self._path = socket_path
        self._home = home
        self._scratch = scratch
        self._selector: selectors.BaseSelector = selectors.DefaultSelector()
        self._links: set[LinkToHub] = set()
        self._sessions: dict[str, Session] = {}
        self._listener: socket.socket | None = None
        self._environment: Environment | None = None
        self._stopping = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        os.makedirs(self._scratch, mode=0o700, exist_ok=True)
        # It gets its name when it listens, so that who sees it can connect.
        early_name = self._path + ".new"
        if os.path.exists(early_name):
            os.unlink(early_name)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            listener.bind(early_name)
        finally:
            os.umask(before)
        listener.listen(LINKS_MAX)
        os.rename(early_name, self._path)
        listener.setblocking(False)
        self._listener = listener
        try:
            yield
        finally:
            listener.close()

    def serve(self, environment: Environment) -> None:
        """Until SIGTERM: then every session and what it started is ended."""
        assert self._listener is not None
        self._environment = environment
        wake_read, wake_write = os.pipe()
        for descriptor in (wake_read, wake_write):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(wake_write)
        # Handled on the wake-up, between two events.
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._stop)
        # Ctrl-C in the terminal that started us is the supervisor's to handle.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._selector.register(wake_read, selectors.EVENT_READ, lambda _: self._woken(wake_read))
        while not self._stopping:
            for key, events in self._selector.select(self._until_flush()):
                handle: Callable[[int], None] = key.data
                handle(events)
            self._flush_due()
        for session in self._sessions.values():
            session.end()
        os.unlink(self._path)

    def _stop(self, *_: object) -> None:
        self._stopping = True

    def _until_flush(self) -> float | None:
        due = [session.flush_at for session in self._sessions.values() if session.flush_at]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _flush_due(self) -> None:
        now = time.monotonic()
        for session in self._sessions.values():
            if session.flush_at is not None and session.flush_at <= now:
                session.pump()

    # Links

    def _accept(self, _events: int) -> None:
        assert self._listener is not None
        connection, _ = self._listener.accept()
        if len(self._links) >= LINKS_MAX:
            connection.close()
            return
        link = LinkToHub(connection, self._selector)
        self._links.add(link)

        def handle(events: int) -> None:
            if events & selectors.EVENT_WRITE:
                link.write()
            if events & selectors.EVENT_READ and link.open:
                self._read_link(link)
            if not link.open:
                self._close_link(link)

        self._selector.register(connection, selectors.EVENT_READ, handle)

    def _read_link(self, link: LinkToHub) -> None:
        try:
            data = link.connection.recv(READ_BYTES)
            link.open = bool(data)
            for message in link.decoder.feed(data):
                self._handle(link, message)
        except BlockingIOError:
            return
        except (OSError, BadFrame):
            link.open = False

    def _close_link(self, link: LinkToHub) -> None:
        """Its sessions go on, and wait for the next link."""
        if link not in self._links:
            return
        self._links.discard(link)
        self._selector.unregister(link.connection)
        link.connection.close()
        for session in self._sessions.values():
            if session.link is link:
                session.link = None

    def _handle(self, link: LinkToHub, message: Message) -> None:
        try:
            self._dispatch(link, message)
        except (KeyError, TypeError, AttributeError) as error:
            if "id" in message:
                refuse(link, message, "bad_message", f"{type(error).__name__}: {error}")

    def _dispatch(self, link: LinkToHub, message: Message) -> None:
        event = message["event"]
        if event == "hello":
            self._welcome(link, message)
        elif event == "attach":
            self._attach(link, message)
        elif event == "close":
            self._close(link, message)
        else:
            self._to_session(link, message)

    def _welcome(self, link: LinkToHub, message: Message) -> None:
        environment = self._environment
        assert environment is not None
        if message["protocol"] != PROTOCOL_VERSION:
            refuse(link, message, "old_version", f"this Sage server speaks version {PROTOCOL_VERSION}")
            return
        link.send(
            {
                "event": "welcome",
                "id": message["id"],
                "protocol": PROTOCOL_VERSION,
                "mode": environment.mode,
                "version": environment.version,
                "missing": environment.missing,
                "pid": os.getpid(),
            }
        )

    def _to_session(self, link: LinkToHub, message: Message) -> None:
        session = self._sessions.get(message["session"])
        event = message["event"]
        if session is None or session.link is not link:
            if "id" in message:
                refuse(link, message, "not_found", f'no session "{message["session"]}" on this link')
        elif event == "execute":
            session.execute(message)
        elif event == "interrupt":
            session.interrupt()
        elif event == "input":
            session.answer(message["run"], message["value"])
        elif event == "ack":
            session.acknowledge(message["run"], message["seq"])
        elif event in ("complete", "inspect"):
            session.introspect(message, link)
        elif "id" in message:
            refuse(link, message, "bad_message", f'unknown event "{event}"')

    # Sessions

    def _attach(self, link: LinkToHub, message: Message) -> None:
        name = message["session"]
        session = self._sessions.get(name)
        if session is not None and session.cause is not None and session.link is link:
            # This link was told of its end.
            del self._sessions[name]
            session = None
        fresh = session is None
        if session is None and message["create"]:
            if len(self._sessions) >= SESSIONS_MAX:
                refuse(link, message, "unavailable", f"more than {SESSIONS_MAX} sessions")
                return
            session = self._start(message)
        answer: Message = {
            "event": "attached",
            "id": message["id"],
            "session": name,
            "fresh": session is not None and fresh,
            "life": session.life if session else "",
            "runs": list(session.runs) if session else [],
        }
        if session is not None:
            answer["pid"] = session.process.pid
        link.send(answer)
        if session is not None:
            session.cause_sent = False
            session.attach(link)
            session.pump()
            session.repeat_question()

    def _start(self, message: Message) -> Session:
        name: str = message["session"]
        folder = os.path.join(self._home, message["cwd"])
        overflow = OverflowFile(os.path.join(self._home, message["overflow"]), message["overflow"])
        environment = self._environment
        assert environment is not None

        def run(channel: socket.socket) -> None:
            self._forget_descriptors()
            serve_session(channel, environment, folder=folder, home=self._home, scratch=self._scratch)

        session = Session(name, fork_process(run), overflow)
        self._sessions[name] = session
        for descriptor in session.process.descriptors:
            self._selector.register(
                descriptor, selectors.EVENT_READ, lambda _, of=session: self._read_session(of)
            )
        return session

    def _read_session(self, session: Session) -> None:
        # An event of this round may belong to a session that ended in it.
        if session.cause is None:
            session.read_process()
            self._unwatch(session.process.at_end)

    def _unwatch(self, descriptors: Iterable[int]) -> None:
        watched = self._selector.get_map()
        for descriptor in descriptors:
            if descriptor in watched:
                self._selector.unregister(descriptor)

    def _forget_descriptors(self) -> None:
        """In a new session: it must not hold open what is the parent's or another session's."""
        for key in list(self._selector.get_map().values()):
            os.close(key.fd)
        self._selector.close()

    def _close(self, link: LinkToHub, message: Message) -> None:
        session = self._sessions.pop(message["session"], None)
        if session is not None:
            session.link = None
            session.end()
            if session.cause is None:
                _, status = os.waitpid(session.process.pid, 0)
                self._ended(session, status)
        link.send({"event": "closed", "id": message["id"], "session": message["session"]})

    def _woken(self, descriptor: int) -> None:
        os.read(descriptor, READ_BYTES)
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for session in list(self._sessions.values()):
                if session.process.pid == pid and session.cause is None:
                    self._ended(session, status)

    def _ended(self, session: Session, status: int) -> None:
        self._unwatch(session.process.descriptors)
        session.process_ended(status)
        session.process.close()


def refuse(link: LinkToHub, message: Message, code: str, text: str) -> None:
    link.send({"event": "error", "id": message["id"], "code": code, "message": text})
