"""The modes that every worksheet has. A mode is a function of the text that it is applied to."""

from __future__ import annotations

import contextlib
import io
import os
import time
import timeit
from collections.abc import Callable
from typing import Any

from . import latex_mode, shell
from .execution import Executor
from .salvus_api import Salvus

Mode = Callable[..., Any]

WEB_FILES = {".html": "html", ".md": "md"}


def all_modes(salvus: Salvus, executor: Executor) -> dict[str, Mode]:
    return {
        **_markup(salvus),
        **_cells(salvus, executor),
        **_timing(executor),
        "python": lambda code: executor.execute(code, preparse=False),
        "python3": lambda code: executor.execute(code, preparse=False),
        "sage": lambda code: executor.execute(code),
        "sh": lambda code: shell.run(["bash", "-c", code]),
        "bash": lambda code: shell.run(["bash", "-c", code]),
        "perl": lambda code: shell.run(["perl", "-e", code]),
        "ruby": lambda code: shell.run(["ruby", "-e", code]),
        "script": lambda code, command: shell.run([*command.split(), "/dev/stdin"], stdin=code),
        "capture": lambda code, **options: capture(code, executor, **options),
        "load": lambda names: load(names, salvus, executor),
        "runfile": lambda names: load(names, salvus, executor),
        "file": lambda text, name: _write_file(name, text),
        "reset": lambda _="": _reset(executor),
        "modes": lambda _="": print(", ".join(sorted(executor.modes))),
        "magics": lambda _="": print(", ".join(sorted(executor.modes))),
    }


def _markup(salvus: Salvus) -> dict[str, Mode]:
    return {
        "md": salvus.md,
        "html": salvus.html,
        "latex": lambda text: latex_mode.latex(text, salvus),
        "tex": lambda text, display=True: salvus.tex(text.strip(), display),
    }


def _cells(salvus: Salvus, executor: Executor) -> dict[str, Mode]:
    def hide(code: str) -> str:
        salvus.hide("input")
        return code

    def hideall(code: str) -> str:
        salvus.hide("output")
        return hide(code)

    def auto(code: str) -> str:
        salvus.auto()
        return code

    def var(names: str) -> None:
        # It makes its names where it is called.
        eval(f"var({names.strip()!r})", executor.namespace)

    return {
        "hide": hide,
        "hideall": hideall,
        "auto": auto,
        "var": var,
        "default_mode": lambda name: salvus.default_mode(name),
        "typeset_mode": lambda state: salvus.typeset_mode(state.strip().lower() in ("true", "1", "on")),
    }


def _timing(executor: Executor) -> dict[str, Mode]:
    def timed(code: str) -> None:
        cpu, wall = time.process_time(), time.perf_counter()
        try:
            executor.execute(code)
        finally:
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            print(f"CPU time: {cpu:.2f} s, Wall time: {wall:.2f} s")

    def timed_often(code: str) -> None:
        statement = executor.environment.preparse(code.strip())
        timer = timeit.Timer(statement, globals=executor.namespace)
        loops, first = timer.autorange()
        best = min(first, *timer.repeat(repeat=2, number=loops)) / loops
        print(f"{loops} loops, best of 3: {_duration(best)} per loop")

    return {"time": timed, "timeit": timed_often}


def _duration(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def capture(
    code: str, executor: Executor, stdout: str | None = None, stderr: str | None = None, echo: bool = False
) -> None:
    """Runs code and keeps what it prints in the variables of these names."""
    out, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        executor.execute(code)
    if stdout:
        executor.namespace[stdout] = out.getvalue()
    if stderr:
        executor.namespace[stderr] = errors.getvalue()
    if echo:
        print(out.getvalue(), end="")


def load(names: str, salvus: Salvus, executor: Executor) -> None:
    for name in names.split():
        extension = os.path.splitext(name)[1]
        with open(name, encoding="utf-8") as file:
            text = file.read()
        if extension in WEB_FILES:
            getattr(salvus, WEB_FILES[extension])(text)
        elif extension in (".py", ".sage"):
            executor.execute_python(text, preparse=extension == ".sage")
        else:
            raise ValueError(f"{name!r} can't be loaded: its name ends in none of .py .sage .html .md")


def _write_file(name: str, text: str) -> None:
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)
    print(f"{len(text)} characters written to {name}")


def _reset(executor: Executor) -> None:
    for name in [name for name in executor.namespace if not name.startswith("__")]:
        if name not in executor.environment.names and name not in executor.kept:
            del executor.namespace[name]
    executor.namespace.update(executor.environment.names)
    executor.namespace.update(executor.kept)
