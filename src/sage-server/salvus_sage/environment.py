"""What code runs in: Sage where it can be imported, otherwise plain Python with what there is.

The parent imports and warms it once; a session copies `names` and starts at once.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from . import plain_names

MODES = ("auto", "sage", "python")

# What every session of Sage needs: found once, in the parent.
SAGE_SESSION_MODULES = ("sage.misc.randstate", "sage.repl.user_globals", "cysignals.signals")

PLAIN_PACKAGES = ("sympy", "numpy", "scipy", "matplotlib")


@dataclass
class Environment:
    mode: str
    version: str
    names: dict[str, Any]
    missing: list[str] = field(default_factory=list)
    preparse: Callable[[str], str] = str

    @property
    def is_sage(self) -> bool:
        return self.mode == "sage"


def warm_up(mode: str = "auto") -> Environment:
    # No session has a display; and a figure must not wait for a window.
    os.environ["MPLBACKEND"] = "Agg"
    environment = _sage() if mode != "python" and _has("sage.all") else _plain()
    if mode == "sage" and not environment.is_sage:
        raise SystemExit(
            "Sage can't be imported by this Python; start with --mode python, or use `sage -python`"
        )
    # What the parent holds is not to be copied into every session by their garbage collectors.
    gc.collect()
    gc.freeze()
    return environment


def prepare_session(environment: Environment) -> dict[str, Any]:
    """In a new session: its names, and randomness of its own (forks would all draw the same)."""
    names = dict(environment.names)
    if environment.is_sage:
        randstate = importlib.import_module("sage.misc.randstate")
        randstate.set_random_seed()
        user_globals = importlib.import_module("sage.repl.user_globals")
        user_globals.set_globals(names)
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()
    return names


def _has(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _sage() -> Environment:
    importlib.import_module("matplotlib").use("Agg")
    sage_all = importlib.import_module("sage.all")
    for module in SAGE_SESSION_MODULES:
        importlib.import_module(module)
    # First use costs seconds: Maxima starts inside the process, matplotlib finds its fonts.
    x = sage_all.SR.var("x")
    sage_all.integrate(sage_all.sin(x) * x, x)
    sage_all.factor(2**40 - 1)
    _warm_matplotlib()
    names = {name: value for name, value in vars(sage_all).items() if not name.startswith("__")}
    names["x"] = x
    preparse = importlib.import_module("sage.repl.preparse").preparse
    version = importlib.import_module("sage.version").version
    return Environment("sage", f"SageMath {version}", names, preparse=preparse)


def _plain() -> Environment:
    missing = [package for package in PLAIN_PACKAGES if not _has(package)]
    if "numpy" not in missing:
        # By itself it comes at first use: tens of milliseconds of each session.
        importlib.import_module("numpy.random")
    if "matplotlib" not in missing:
        _warm_matplotlib()
    python = f"Python {platform.python_version()}"
    if "sympy" in missing:
        return Environment("python", python, plain_names.numeric_names(missing), missing)
    sympy = importlib.import_module("sympy")
    x = sympy.Symbol("x")
    sympy.latex(sympy.integrate(x * sympy.sin(x), x))
    names = plain_names.names(missing)
    return Environment("python", f"{python} with sympy {sympy.__version__}", names, missing)


def _warm_matplotlib() -> None:
    matplotlib = importlib.import_module("matplotlib")
    matplotlib.use("Agg")
    pyplot = importlib.import_module("matplotlib.pyplot")
    io = importlib.import_module("io")
    figure = pyplot.figure()
    figure.add_subplot().plot([0, 1], [0, 1])
    figure.savefig(io.BytesIO(), format="svg")
    pyplot.close(figure)
