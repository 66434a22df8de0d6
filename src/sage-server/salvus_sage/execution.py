"""Running one cell: its parts in their order, each statement so that an expression shows its value."""

from __future__ import annotations

import ast
import builtins
import linecache
import sys
import traceback
from collections.abc import Callable
from functools import partial
from typing import Any

from . import introspection, percent
from .environment import Environment

# Of a traceback: a recursion without end says nothing after the first hundred.
FRAMES_MAX = 50

POWER_HINT = "In plain Python a power is written with **, such as x**2.\n"


class CellError(Exception):
    """The error was shown already; the rest of the cell is skipped."""


class Executor:
    def __init__(self, environment: Environment, namespace: dict[str, Any]) -> None:
        self.environment = environment
        self.namespace = namespace
        self.modes: dict[str, Callable[..., Any]] = {}
        self.default_mode = ""
        # Names that are ours, not Sage's: `%reset` puts them back.
        self.kept: dict[str, Any] = {}
        self._cells = 0

    def run_cell(self, code: str, send_error: Callable[[str], None]) -> str:
        """The status of `done`."""
        self._cells += 1
        if self.default_mode and not code.lstrip().startswith("%"):
            code = f"%{self.default_mode}\n{code}"
        try:
            self.execute(code)
        except KeyboardInterrupt:
            send_error("Interrupted\n")
            return "interrupted"
        except CellError as error:
            send_error(str(error))
            return "error"
        return "ok"

    def execute(self, code: str, *, preparse: bool = True) -> None:
        """Also for a mode that runs the rest of its cell. The names are those of the worksheet."""
        for part in percent.split(code):
            if isinstance(part, percent.Mode):
                self._guarded((part.line, part.line), partial(self._mode, part))
            elif isinstance(part, percent.Help):
                self._help(part)
            else:
                self.execute_python(part.text, first_line=part.first_line, preparse=preparse)

    def execute_python(self, text: str, *, first_line: int = 1, preparse: bool = True) -> None:
        filename = f"<cell {self._cells}.{first_line}>"
        shift = first_line - 1
        lines = text.splitlines(keepends=True)
        linecache.cache[filename] = (len(text), None, [*["\n"] * shift, *lines], filename)
        if preparse:
            text = self.environment.preparse(text)
        try:
            tree = ast.parse("\n" * shift + text, filename)
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None) or first_line
            raise CellError(_describe(error, (line, line))) from None
        for node in tree.body:
            span = (node.lineno, node.end_lineno or node.lineno)
            self._guarded(span, partial(self._statement, node, filename))

    def _statement(self, node: ast.stmt, filename: str) -> None:
        exec(compile(ast.Interactive([node]), filename, "single"), self.namespace)

    def _guarded(self, span: tuple[int, int], run: Callable[[], None]) -> None:
        try:
            run()
        except (KeyboardInterrupt, CellError):
            raise
        except BaseException as error:
            raise CellError(self._hint(error) + _describe(error, span)) from None

    def _hint(self, error: BaseException) -> str:
        power = isinstance(error, TypeError) and "for ^:" in str(error)
        return POWER_HINT if power and not self.environment.is_sage else ""

    def _mode(self, part: percent.Mode) -> None:
        mode = self._find_mode(part.name)
        if part.arguments.strip():
            call = f"__salvus_options({part.arguments})"
            scope = {**self.namespace, "__salvus_options": lambda *a, **k: (a, k)}
            positional, options = eval(call, scope)
        else:
            positional, options = (), {}
        result = mode(part.body, *positional, **options)
        if isinstance(result, str):
            self.execute("\n" * (part.body_line - 1) + result)

    def _find_mode(self, name: str) -> Callable[..., Any]:
        """A person's own name goes before ours, ours before Sage's."""
        own = self.namespace.get(name)
        ours = self.kept.get(name), self.environment.names.get(name)
        if own is not None and callable(own) and not any(own is other for other in ours):
            return _as_mode(own)
        if name in self.modes:
            return self.modes[name]
        try:
            found = eval(name, self.namespace)
        except (NameError, AttributeError):
            known = ", ".join(sorted(self.modes))
            raise ValueError(f"no mode %{name}; there are {known}, and every function of a text") from None
        return _as_mode(found)

    def _help(self, part: percent.Help) -> None:
        found = introspection.describe(part.expression, self.namespace, source=part.source)
        mode = "python" if found["language"] == "python" else "text/x-rst"
        text = found["text"] if found["found"] else f"There is nothing named {part.expression}."
        self.namespace["salvus"].code(text, mode=mode)


def _as_mode(found: Any) -> Callable[..., Any]:
    """An interface of Sage (gap, maxima, r, ...) is a mode by its `eval`."""
    if not isinstance(found, type) and hasattr(found, "eval") and hasattr(found, "_start"):
        return lambda body: print(found.eval(body.strip()))
    if not callable(found):
        raise TypeError(f"{found!r} is not a mode: it can't be called")
    return found  # type: ignore[no-any-return]  # a person's own object


def _describe(error: BaseException, span: tuple[int, int]) -> str:
    """The traceback from the cell's own frame on."""
    frames = error.__traceback__
    while frames is not None and not frames.tb_frame.f_code.co_filename.startswith("<cell "):
        frames = frames.tb_next
    lines = traceback.format_exception(type(error), error, frames, limit=FRAMES_MAX)
    if isinstance(error, SyntaxError):
        lines = traceback.format_exception_only(type(error), error)
    where = f"Error in line {span[0]}" if span[0] == span[1] else f"Error in lines {span[0]}-{span[1]}"
    return f"{where}\n{''.join(lines)}"


def set_display_hook(show_value: Callable[[Any], None]) -> None:
    def hook(value: Any) -> None:
        if value is None:
            return
        builtins._ = value  # type: ignore[attr-defined]  # as the interactive Python does
        show_value(value)

    sys.displayhook = hook
