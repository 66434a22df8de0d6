"""A session's process: one worksheet's names, asked over the channel to do one thing after another.

An interrupt (SIGINT) is blocked unless a cell runs, so that it can't hit a message half read; one that comes
late is dropped. Sage's own handler of it stays: it can stop C code.
"""

from __future__ import annotations

import builtins
import os
import signal
import socket
import sys
import types
from typing import Any

from . import introspection
from .channel import Channel, ParentGone
from .display import Display
from .environment import Environment, prepare_session
from .execution import Executor, set_display_hook
from .modes import all_modes
from .salvus_api import Salvus
from .streams import OutputStream
from .wire import Message


def serve_session(
    connection: socket.socket, environment: Environment, *, folder: str, home: str, scratch: str
) -> None:
    """Until the parent closes the channel."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    if not environment.is_sage:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    else:
        _sage_interrupts()
    channel = Channel(connection)
    sys.stdin = os.fdopen(0, encoding="utf-8")
    sys.stdout = OutputStream(channel, "stdout", 1)
    sys.stderr = OutputStream(channel, "stderr", 2)
    os.chdir(folder if os.path.isdir(folder) else home)
    session = SessionProcess(channel, environment, home=home, scratch=scratch)
    try:
        while True:
            session.handle(channel.receive())
    except ParentGone:
        return


def _sage_interrupts() -> None:
    from importlib import import_module

    signals = import_module("cysignals.signals")
    signals.init_cysignals()


class SessionProcess:
    def __init__(self, channel: Channel, environment: Environment, *, home: str, scratch: str) -> None:
        self._channel = channel
        module = types.ModuleType("__main__")
        # Classes of a worksheet can be pickled: their module is the one they name.
        sys.modules["__main__"] = module
        self._names = vars(module)
        self._names.update(prepare_session(environment))
        self._executor = Executor(environment, self._names)
        self._display = Display(self._send, scratch, sage=environment.is_sage)
        self._salvus = Salvus(self._send, self._executor, self._display, ask=self._ask, home=home)
        self._executor.modes.update(all_modes(self._salvus, self._executor))
        self._executor.kept = self._own_names()
        self._names.update(self._executor.kept)
        sys.path.insert(0, os.getcwd())
        set_display_hook(self._display.value)
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is not None:
            vars(pyplot)["show"] = lambda *_, **__: self._display.figures()

    def handle(self, message: Message) -> None:
        event = message["event"]
        if event == "execute":
            self._execute(message)
        elif event in ("complete", "inspect"):
            self._introspect(message)

    def _execute(self, message: Message) -> None:
        self._salvus.cell_id = message["cell"]
        status = "interrupted"
        try:
            try:
                _drop_late_interrupt()
                signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
                status = self._executor.run_cell(message["code"], self._error)
                self._display.figures()
            finally:
                signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        except KeyboardInterrupt:
            # It came after the last statement, or while a figure was drawn.
            self._error("Interrupted\n")
            status = "interrupted"
        except Exception as error:
            self._error(f"A figure can't be shown: {type(error).__name__}: {error}\n")
            status = "error"
        sys.stdout.flush()
        sys.stderr.flush()
        self._channel.send({"event": "done", "status": status})

    def _introspect(self, message: Message) -> None:
        code, offset = message["code"], message["offset"]
        if message["event"] == "complete":
            modes = sorted(self._executor.modes)
            answer = introspection.complete(code, offset, self._names, modes)
            answer["event"] = "completions"
        else:
            source = message["source"]
            answer = introspection.inspect_at(code, offset, self._names, source=source)
            answer["event"] = "inspection"
        answer["id"] = message["id"]
        self._channel.send({"event": "introspected", "answer": answer})

    def _send(self, message: Message) -> None:
        """What was printed before comes first."""
        sys.stdout.flush()
        sys.stderr.flush()
        for kind in ("stdout", "stderr"):
            if kind in message:
                self._channel.send({"event": "text", "kind": kind, "text": message[kind]})
                return
        self._channel.send({"event": "message", "message": message})

    def _error(self, text: str) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        self._channel.send({"event": "text", "kind": "stderr", "text": text, "error": True})

    def _ask(self, prompt: str, password: bool) -> str:
        question: Message = {"prompt": prompt, "value": "", "submitted": False}
        if password:
            question["password"] = True
        self._send({"raw_input": question})
        self._channel.send({"event": "asks"})
        answer = self._channel.receive()
        while answer["event"] != "input":
            answer = self._channel.receive()
        value = str(answer["value"])
        shown = "•" * len(value) if password else value
        self._send({"raw_input": {**question, "value": shown, "submitted": True}})
        return value

    def _own_names(self) -> dict[str, Any]:
        def ask(prompt: object = "") -> str:
            """Asks in the page, and waits for the answer."""
            return self._ask(str(prompt), False)

        builtins.input = ask
        salvus = self._salvus
        return {
            "__name__": "__main__",
            "__builtins__": builtins,
            "salvus": salvus,
            "show": salvus.show,
            "md": salvus.md,
            "html": salvus.html,
            "input": ask,
            "raw_input": ask,
            "clear": salvus.clear,
            "delete_last_output": salvus.delete_last_output,
            "typeset_mode": salvus.typeset_mode,
            "default_mode": salvus.default_mode,
        }


def _drop_late_interrupt() -> None:
    while signal.SIGINT in signal.sigpending():
        signal.sigwait({signal.SIGINT})
