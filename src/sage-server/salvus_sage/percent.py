"""The % rule: which lines of a cell are not plain code.

At the start of a line, where a statement may begin: `%mode args` with nothing after it applies to the rest of
the cell, `%mode text` to its line; `!command` is `%sh command`; `name?` and `name??` ask for help and source.
"""

from __future__ import annotations

import io
import re
import tokenize
from dataclasses import dataclass

_HELP = re.compile(r"^(\?\??)?([A-Za-z_][\w.]*(?:\([^()]*\)|\[[^\[\]]*\]|\.\w+)*)(\?\??)?$")
_MODE = re.compile(r"^%\s*([A-Za-z_][\w.]*)")


@dataclass(frozen=True)
class Code:
    text: str
    first_line: int


@dataclass(frozen=True)
class Mode:
    """`name` with its arguments as written, or '', applied to the body."""

    name: str
    arguments: str
    body: str
    line: int
    body_line: int


@dataclass(frozen=True)
class Help:
    expression: str
    source: bool
    line: int


def split(cell: str) -> list[Code | Mode | Help]:
    """In their order; line numbers are from 1."""
    parts: list[Code | Mode | Help] = []
    lines = cell.split("\n")
    start = 0
    for index, line in enumerate(lines):
        if not _may_be_special(line) or not _complete("\n".join(lines[start:index])):
            continue
        special = _special(line, index, lines)
        if special is None:
            continue
        _add_code(parts, lines, start, index)
        parts.append(special)
        if isinstance(special, Mode) and special.body_line > special.line:
            return parts
        start = index + 1
    _add_code(parts, lines, start, len(lines))
    return parts


def _add_code(parts: list[Code | Mode | Help], lines: list[str], start: int, end: int) -> None:
    text = "\n".join(lines[start:end])
    if text.strip():
        parts.append(Code(text, start + 1))


def _may_be_special(line: str) -> bool:
    return line[:1] in ("%", "!", "?") or line.rstrip().endswith("?")


def _special(line: str, index: int, lines: list[str]) -> Mode | Help | None:
    if line.startswith("!"):
        return Mode("sh", "", line[1:].strip(), index + 1, index + 1)
    if line.startswith("%"):
        return _mode(line, index, lines)
    match = _HELP.match(line.strip())
    if match is None or line[:1].isspace():
        return None
    marks = match[1] or match[3]
    return Help(match[2], marks == "??", index + 1) if marks else None


def _mode(line: str, index: int, lines: list[str]) -> Mode | None:
    match = _MODE.match(line)
    if match is None:
        return None
    rest = line[match.end() :]
    arguments = ""
    if rest.startswith("("):
        end = _closing(rest)
        arguments, rest = rest[1 : end - 1], rest[end:]
    if rest.strip():
        return Mode(match[1], arguments, rest.strip(), index + 1, index + 1)
    return Mode(match[1], arguments, "\n".join(lines[index + 1 :]), index + 1, index + 2)


def _closing(text: str) -> int:
    """The end of the parenthesis that the text begins with; strings inside may hold others."""
    depth = 0
    quote = ""
    for position, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                return position + 1
    return len(text)


def _complete(before: str) -> bool:
    """Not inside a bracket or a string of several lines."""
    if not before.strip():
        return True
    depth = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(before + "\n").readline):
            if token.type == tokenize.OP:
                depth += (token.string in "([{") - (token.string in ")]}")
    except tokenize.TokenError:
        return False
    except (IndentationError, SyntaxError):
        return True
    return depth == 0
