"""The `salvus` object of a worksheet, and the functions beside it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from .display import Display
from .execution import Executor
from .wire import Message

Ask = Callable[[str, bool], str]


class Salvus:
    """What code can do with its cell. Texts may hold HTML and math between dollar signs where they say so."""

    def __init__(
        self, send: Callable[[Message], None], executor: Executor, display: Display, *, ask: Ask, home: str
    ) -> None:
        self._send = send
        self._executor = executor
        self._display = display
        self._ask = ask
        self._home = home
        self.namespace = executor.namespace
        self.cell_id = ""
        self.data: dict[str, Any] = {}

    def stdout(self, text: object, end: str = "\n") -> None:
        """Puts out text, as print does."""
        self._send({"stdout": f"{text}{end}"})

    def stderr(self, text: object, end: str = "\n") -> None:
        self._send({"stderr": f"{text}{end}"})

    def html(self, text: object, hide: bool = False) -> None:
        """HTML, with math between $, $$, \\( \\) and \\[ \\]."""
        self._hide_input_if(hide)
        self._send({"html": str(text)})

    def md(self, text: object, hide: bool = False) -> None:
        """Markdown, with math."""
        self._hide_input_if(hide)
        self._send({"md": str(text)})

    def tex(self, value: Any, display: bool = True) -> None:
        """A formula: LaTeX as a text, or anything that has a LaTeX form."""
        if isinstance(value, str):
            self._send({"tex": {"tex": value, "display": display}})
        else:
            self._display.show(value)

    def code(
        self, source: str, mode: str | None = None, filename: str | None = None, lineno: int | None = None
    ) -> None:
        """A text with its syntax highlighted."""
        given = {"source": source, "mode": mode, "filename": filename, "lineno": lineno}
        self._send({"code": {key: value for key, value in given.items() if value is not None}})

    def file(self, filename: str, show: bool = True) -> None:
        """A file: images and the like are shown in the page, others linked."""
        path = os.path.realpath(filename)
        if not os.path.isfile(path):
            raise FileNotFoundError(f"there is no file {filename!r}")
        name = os.path.basename(path)
        file = {"path": path, "filename": name, "show": show, "temporary": False}
        inside = os.path.relpath(path, self._home)
        if not show and not inside.startswith(".."):
            self._send({"file": {"filename": name, "url": inside, "show": False}})
        else:
            self._send({"file": file})

    def keep_file(self, path: str, filename: str) -> None:
        """A copy of a file that will be gone, shown."""
        self._display.keep(path, filename)

    def show(self, *values: Any, **options: Any) -> None:
        self._display.show(*values, **options)

    def raw_input(self, prompt: object = "", password: bool = False) -> str:
        """Asks in the page, and waits for the answer."""
        return self._ask(str(prompt), password)

    def clear(self) -> None:
        """Removes what this run has put out so far."""
        self._send({"clear": True})

    def delete_last_output(self) -> None:
        self._send({"delete_last": True})

    def hide(self, component: str = "input") -> None:
        """Hides 'input' or 'output' of this cell."""
        self._send({"hide": _component(component)})

    def show_again(self, component: str = "input") -> None:
        self._send({"show": _component(component)})

    def auto(self, state: bool = True) -> None:
        """Runs this cell whenever a session begins."""
        self._send({"auto": bool(state)})

    def execute(self, code: str) -> None:
        """Runs code as a cell would."""
        self._executor.execute(code)

    def default_mode(self, mode: str = "") -> None:
        """Each further cell that doesn't begin with % is in this mode; '' is code again."""
        self._executor.default_mode = mode.strip().lstrip("%")

    def typeset_mode(self, on: bool = True) -> None:
        """Whether values are shown typeset."""
        self._display.typeset = bool(on)

    def _hide_input_if(self, hide: bool) -> None:
        if hide:
            self.hide("input")


def _component(component: str) -> str:
    if component not in ("input", "output"):
        raise ValueError(f"a cell has an 'input' and an 'output', not {component!r}")
    return component
