"""A session as the parent sees it: a forked process, its channel, its pipes, its runs.

    none --attach--> idle <--execute / done--> running --(process gone)--> ended

(I1) One run is in the process at a time; the others wait here, so that an interrupt can drop them.
(I2) What a run put out stays here until it is acknowledged, also when the process or the link is gone.
(I3) Bytes that C code and subprocesses wrote to the descriptors 1 and 2 come before the `done` of their run.
"""

from __future__ import annotations

import codecs
import ctypes
import os
import signal
import socket
import time
import uuid
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Protocol

from .exit_cause import exit_cause, out_of_memory_kills
from .process_tree import end_tree
from .run_log import Limits, OverflowFile, RunLog
from .wire import BadFrame, Decoder, Message, encode

# The first output goes out at once, then at most every so many seconds.
FLUSH_SECONDS = 0.02

READ_BYTES = 65_536

# PR_SET_PDEATHSIG of prctl(2).
_SET_PARENT_DEATH_SIGNAL = 1

# Runs that wait in one session: a worksheet has at most 5,000 cells.
QUEUE_MAX = 5_000


class Link(Protocol):
    def send(self, message: Message) -> None: ...


class Session:
    def __init__(self, name: str, process: Process, overflow: OverflowFile) -> None:
        self.name = name
        self.life = uuid.uuid4().hex
        self.process = process
        self.link: Link | None = None
        self.cause: Message | None = None
        self.cause_sent = False
        self.closing = False
        self.flush_at: float | None = None
        self.runs: OrderedDict[str, RunLog] = OrderedDict()
        self._overflow = overflow
        self._queue: deque[Message] = deque()
        self._current: RunLog | None = None
        self._last_sent = 0.0
        self._done: list[RunLog] = []
        self._asked: OrderedDict[int, Link] = OrderedDict()
        self._kills_before = out_of_memory_kills()

    # Requests of the local hub

    def attach(self, link: Link) -> None:
        self.link = link
        self._done = [log for log in self.runs.values() if log.status is not None]
        for log in self.runs.values():
            log.rewind()

    def execute(self, request: Message) -> None:
        if len(self._queue) >= QUEUE_MAX:
            return
        self._queue.append(request)
        self._start_next()

    def interrupt(self) -> None:
        while self._queue:
            log = self._log_of(self._queue.popleft())
            self._finish(log, "interrupted")
        if self._current is not None and self.cause is None:
            os.kill(self.process.pid, signal.SIGINT)
        self.pump()

    def answer(self, run: str, value: str) -> None:
        if self._current is not None and self._current.run == run and self._current.asks:
            self._current.asks = False
            self.process.send({"event": "input", "value": value})

    def acknowledge(self, run: str, seq: int) -> None:
        log = self.runs.get(run)
        if log is not None and log.acknowledge(seq):
            del self.runs[run]

    def introspect(self, request: Message, link: Link) -> None:
        """Answered when the process is free; while it computes there is nothing to say."""
        if self._current is not None or self.cause is not None:
            message = "the worksheet computes" if self.cause is None else "the session has ended"
            link.send({"event": "error", "id": request["id"], "code": "unavailable", "message": message})
            return
        self._asked[request["id"]] = link
        self.process.send(request)

    # What the process says

    def read_process(self) -> bool:
        """Takes what there is, the pipes first: what was printed before a message stands before it."""
        messages = self.process.receive()
        texts = self.process.read_pipes()
        for kind, text in texts:
            if self._current is not None:
                self._current.add_text(kind, text)
        for message in messages:
            self._from_process(message)
        self.pump()
        return bool(messages or texts)

    def process_ended(self, status: int) -> None:
        while self.read_process():
            continue
        oom = out_of_memory_kills() > self._kills_before
        self.cause = exit_cause(status, closed=self.closing, out_of_memory=oom)
        if self._current is not None:
            self._current.flush()
        for request_id, link in self._asked.items():
            error = {"code": "unavailable", "message": self.cause["message"]}
            link.send({"event": "error", "id": request_id, **error})
        self._asked.clear()
        self._queue.clear()
        self._last_sent = 0.0
        self.pump()

    def pump(self) -> None:
        """Sends what is due to the link, and says when there will be more (`flush_at`)."""
        self.flush_at = None
        if self.link is None:
            return
        now = time.monotonic()
        for log in list(self.runs.values()):
            if not log.pending:
                continue
            due = self._last_sent + FLUSH_SECONDS
            if log is self._current and now < due and not log.asks:
                self.flush_at = due
                continue
            self._send_outputs(log, self.link)
            self._last_sent = now
        for log in self._done:
            done = {"run": log.run, "seq": log.done_seq, "status": log.status}
            self.link.send({"event": "done", "session": self.name, **done})
        self._done.clear()
        if self.cause is not None and not self.cause_sent:
            self.cause_sent = True
            ended = {"event": "session_ended", "session": self.name, "cause": self.cause}
            self.link.send(ended)

    def repeat_question(self) -> None:
        if self._current is not None and self._current.asks and self.link is not None:
            asks = {"event": "asks", "session": self.name, "run": self._current.run}
            self.link.send(asks)

    def end(self) -> None:
        self.closing = True
        if self.cause is None:
            end_tree(self.process.pid)

    def _send_outputs(self, log: RunLog, link: Link) -> None:
        """Of one stream at a time."""
        entries = log.take_unsent()
        at = 0
        while at < len(entries):
            first = entries[at]
            end = at
            while end < len(entries) and entries[end].stream == first.stream:
                end += 1
            part = entries[at:end]
            link.send(
                {
                    "event": "output",
                    "session": self.name,
                    "run": log.run,
                    "stream": first.stream,
                    "streamSeq": first.stream_seq,
                    "seq": part[-1].seq,
                    "messages": [entry.message for entry in part if entry.message is not None],
                }
            )
            at = end

    def _from_process(self, message: Message) -> None:
        event = message.get("event")
        if event == "introspected":
            link = self._asked.pop(message["answer"]["id"], None)
            if link is not None:
                link.send(message["answer"])
        elif self._current is None:
            # A thread that prints after its cell is done: there is no cell to show it in.
            return
        elif event == "text":
            error = message.get("error") is True
            self._current.add_text(message["kind"], message["text"], error=error)
        elif event == "message":
            self._current.add(message["message"])
        elif event == "asks":
            self._current.asks = True
            self.pump()
            self.repeat_question()
        elif event == "done":
            for kind, text in self.process.read_pipes():
                self._current.add_text(kind, text)
            log, self._current = self._current, None
            self._finish(log, message["status"])
            self._start_next()

    def _start_next(self) -> None:
        if self._current is None and self._queue and self.cause is None:
            request = self._queue.popleft()
            self._current = self._log_of(request)
            self._last_sent = 0.0
            execute = {"cell": request["cell"], "run": request["run"], "code": request["code"]}
            self.process.send({"event": "execute", **execute})

    def _log_of(self, request: Message) -> RunLog:
        limits = Limits(request["limits"]["messages"], request["limits"]["bytes"])
        log = RunLog(request["run"], limits, self._overflow)
        self.runs[log.run] = log
        return log

    def _finish(self, log: RunLog, status: str) -> None:
        log.asks = False
        log.finish(status)
        self._done.append(log)


class Process:
    """The forked process: its channel, and the pipes that are its descriptors 1 and 2."""

    def __init__(self, pid: int, channel: socket.socket, pipes: dict[str, int]) -> None:
        self.pid = pid
        self.channel = channel
        self.pipes = pipes
        self._decoder = Decoder()
        make = codecs.getincrementaldecoder("utf-8")
        self._texts = {kind: make("replace") for kind in pipes}
        # At its end a descriptor would be readable for ever; the server stops to watch it.
        self.at_end: set[int] = set()
        channel.setblocking(False)
        for pipe in pipes.values():
            os.set_blocking(pipe, False)

    @property
    def descriptors(self) -> list[int]:
        return [self.channel.fileno(), *self.pipes.values()]

    def send(self, message: Message) -> None:
        # The process reads whenever it is asked for something, so this waits at most for a copy.
        self.channel.setblocking(True)
        try:
            self.channel.sendall(encode(message))
        except (BrokenPipeError, ConnectionResetError):
            # It has ended; SIGCHLD tells why.
            return
        finally:
            self.channel.setblocking(False)

    def receive(self) -> list[Message]:
        try:
            data = self.channel.recv(READ_BYTES)
        except (BlockingIOError, ConnectionResetError):
            return []
        if not data:
            self.at_end.add(self.channel.fileno())
        try:
            return self._decoder.feed(data)
        except BadFrame:
            os.kill(self.pid, signal.SIGKILL)
            return []

    def read_pipes(self) -> list[tuple[str, str]]:
        texts: list[tuple[str, str]] = []
        for kind, pipe in self.pipes.items():
            try:
                data = os.read(pipe, READ_BYTES)
            except BlockingIOError:
                continue
            if not data:
                self.at_end.add(pipe)
            text = self._texts[kind].decode(data)
            if text:
                texts.append((kind, text))
        return texts

    def close(self) -> None:
        self.channel.close()
        for pipe in self.pipes.values():
            os.close(pipe)


def fork_process(run: Callable[[socket.socket], None]) -> Process:
    """Forks; in the new process `run` gets its end of the channel, and never returns here."""
    ours, theirs = socket.socketpair()
    pipes = {"stdout": os.pipe(), "stderr": os.pipe()}
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            ours.close()
            _become_session(pipes)
            run(theirs)
            code = 0
        finally:
            os._exit(code)
    theirs.close()
    for _, write in pipes.values():
        os.close(write)
    return Process(pid, ours, {kind: read for kind, (read, _) in pipes.items()})


def _become_session(pipes: dict[str, tuple[int, int]]) -> None:
    os.setsid()
    # Nobody could hear a session whose parent was killed.
    ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    signal.set_wakeup_fd(-1)
    for caught in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(caught, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    for number, kind in ((1, "stdout"), (2, "stderr")):
        read, write = pipes[kind]
        os.close(read)
        os.dup2(write, number)
        os.close(write)
