"""Completion and help. Evaluating what stands before a dot has a time limit; it is the person's own code."""

from __future__ import annotations

import ast
import builtins
import contextlib
import inspect
import keyword
import os
import re
import signal
from collections.abc import Iterator
from typing import Any

from .wire import Message

# More can't be looked through in a page.
COMPLETIONS_MAX = 500

EVALUATION_SECONDS = 1.0

HELP_CHARACTERS_MAX = 60_000

_WORD = re.compile(r"[A-Za-z_]\w*$")
_WORD_AFTER = re.compile(r"\w*")
_STRING = re.compile(r"""["']([^"'\n]*)$""")
_CLOSING = {")": "(", "]": "["}
_ENDS_VALUE = (*_CLOSING, "'", '"')


class _Nothing:
    """What can't be evaluated; None is a value."""


NOTHING = _Nothing()


def complete(code: str, offset: int, namespace: dict[str, Any], modes: list[str]) -> Message:
    line = code[code.rfind("\n", 0, offset) + 1 : offset]
    word = _word_before(line)
    start = offset - len(word)
    before = line[: len(line) - len(word)]
    if before.endswith("."):
        value = _evaluate(_primary_before(before[:-1]), namespace)
        found = [] if value is NOTHING else _attributes(value, word)
    elif before == "%":
        found = [{"label": name, "type": "keyword"} for name in modes if name.startswith(word)]
    else:
        string = _STRING.search(line) if line.count('"') % 2 or line.count("'") % 2 else None
        if string is not None:
            start = offset - len(os.path.basename(string[1]))
            found = _files(string[1])
        else:
            found = _names(namespace, word) if word else []
    return {"from": start, "to": offset, "completions": found[:COMPLETIONS_MAX]}


def inspect_at(code: str, offset: int, namespace: dict[str, Any], *, source: bool) -> Message:
    """What the name at the offset is; just behind `f(` it is f."""
    after = _WORD_AFTER.match(code, offset)
    end = after.end() if after else offset
    line = code[code.rfind("\n", 0, offset) + 1 : end].rstrip("?( ")
    return describe(_primary_before(line), namespace, source=source)


def describe(expression: str, namespace: dict[str, Any], *, source: bool) -> Message:
    value = _evaluate(expression, namespace)
    if value is NOTHING:
        return {"found": False, "text": "", "language": "text"}
    if source:
        text = _source(value)
        if text is not None:
            return {"found": True, "text": text[:HELP_CHARACTERS_MAX], "language": "python"}
    text = _help(expression, value)[:HELP_CHARACTERS_MAX]
    return {"found": True, "text": text, "language": "rst"}


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Sage's own handler of the alarm is left in place: it can stop C code."""

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.getsignal(signal.SIGALRM)
    if before in (signal.SIG_DFL, signal.SIG_IGN, None):
        signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        if before is not None:
            signal.signal(signal.SIGALRM, before)


def _evaluate(expression: str, namespace: dict[str, Any]) -> Any:
    if not expression:
        return NOTHING
    try:
        with time_limit(EVALUATION_SECONDS):
            return eval(compile(ast.parse(expression.strip(), mode="eval"), "<help>", "eval"), namespace)
    except BaseException:
        # Code that fails, is wrong, or takes too long: there is nothing to say about it.
        return NOTHING


def _word_before(line: str) -> str:
    match = _WORD.search(line)
    return match[0] if match else ""


def _primary_before(text: str) -> str:
    """The names, calls and indices that the text ends with: `a.b(1)[2].c` of `x + a.b(1)[2].c`."""
    at = len(text)
    while at > 0:
        if text[at - 1] in _CLOSING:
            at = _opening(text, at - 1)
            continue
        if text[at - 1] in "'\"":
            at = max(text.rfind(text[at - 1], 0, at - 1), 0)
            break
        word = re.search(r"[\w.]+$", text[:at])
        if word is None:
            break
        at = word.start()
        if at == 0 or text[at - 1] not in _ENDS_VALUE or not text[at:].startswith("."):
            break
    return text[at:].strip()


def _opening(text: str, at: int) -> int:
    depth = 0
    for position in range(at, -1, -1):
        if text[position] in _CLOSING:
            depth += 1
        elif text[position] in _CLOSING.values():
            depth -= 1
            if depth == 0:
                return position
    return 0


def _attributes(value: Any, prefix: str) -> list[Message]:
    try:
        with time_limit(EVALUATION_SECONDS):
            names = [name for name in dir(value) if isinstance(name, str)]
    except BaseException:
        return []
    shown = [name for name in names if name.startswith(prefix or "") and (prefix or name[0] != "_")]
    found = []
    for name in shown[:COMPLETIONS_MAX]:
        try:
            # Not evaluated: a property may compute for long.
            found.append({"label": name, "type": _kind(inspect.getattr_static(value, name))})
        except AttributeError:
            found.append({"label": name})
    return found


def _names(namespace: dict[str, Any], prefix: str) -> list[Message]:
    found: dict[str, str] = {}
    for name in keyword.kwlist:
        found[name] = "keyword"
    for scope in (vars(builtins), namespace):
        for name, value in scope.items():
            if name.startswith(prefix):
                found[name] = _kind(value)
    shown = sorted(name for name in found if name.startswith(prefix))
    if not prefix.startswith("_"):
        shown = [name for name in shown if not name.startswith("_")]
    return [{"label": name, "type": found[name]} for name in shown]


def _kind(value: Any) -> str:
    if inspect.isclass(value):
        return "class"
    if inspect.ismodule(value):
        return "module"
    return (
        "function"
        if inspect.isroutine(value) or isinstance(value, (staticmethod, classmethod))
        else "variable"
    )


def _files(typed: str) -> list[Message]:
    folder, prefix = os.path.split(typed)
    try:
        names = sorted(os.listdir(os.path.expanduser(folder) or "."))
    except OSError:
        return []
    return [
        {"label": name, "type": "text", "detail": "file"}
        for name in names
        if name.startswith(prefix) and (prefix or not name.startswith("."))
    ]


def _help(expression: str, value: Any) -> str:
    lines = [f"{expression}{_signature(value)}", ""]
    text = inspect.getdoc(value)
    if text:
        lines.append(text)
    else:
        lines.append(f"{type(value).__name__}: {_short(value)}")
    return "\n".join(lines)


def _short(value: Any) -> str:
    try:
        with time_limit(EVALUATION_SECONDS):
            return repr(value)[:1000]
    except BaseException:
        return "..."


def _signature(value: Any) -> str:
    if not callable(value):
        return ""
    try:
        return str(inspect.signature(value))
    except (ValueError, TypeError):
        return "(...)"


def _source(value: Any) -> str | None:
    for candidate in (value, type(value)):
        try:
            return inspect.getsource(candidate)
        except (TypeError, OSError):
            continue
    return None
