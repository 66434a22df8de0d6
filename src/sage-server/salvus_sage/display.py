"""How a value is shown: as an image, as LaTeX, as HTML, or as text."""

from __future__ import annotations

import importlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from typing import Any

from .wire import Message

# An SVG with many points is larger, and slower to draw, than its picture.
SVG_BYTES_MAX = 500_000

# Of matplotlib's pictures: sharp on screens with two pixels for one.
PNG_DOTS_PER_INCH = 150

SAGE_GRAPHICS = {"Graphics", "Graphics3d", "GraphicsArray", "MultiGraphics", "GraphPlot"}


class Display:
    def __init__(self, send: Callable[[Message], None], scratch: str, *, sage: bool) -> None:
        self._send = send
        self._scratch = scratch
        self._sage = sage
        self.typeset = False

    def value(self, value: Any) -> None:
        """The value of an expression that stands alone."""
        if self._image(value, None):
            return
        if self.typeset and not isinstance(value, str):
            self.show(value)
        elif not self._own_html(value):
            print(repr(value))

    def show(self, *values: Any, **options: Any) -> None:
        """show(x, ...): plots and figures as images, mathematics typeset, the rest as text."""
        for value in values:
            if isinstance(value, str):
                self._send({"html": _escape(value)})
            elif not (self._image(value, options) or self._own_html(value) or self._typeset(value)):
                print(value)

    def figures(self) -> None:
        """Shows and closes the figures that matplotlib's pyplot holds."""
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is None:
            return
        for number in pyplot.get_fignums():
            figure = pyplot.figure(number)
            if figure.axes or figure.texts:
                self._figure(figure)
        pyplot.close("all")

    def keep(self, path: str, filename: str) -> None:
        """Shows a copy of a file."""
        copy = self._new_file(os.path.splitext(filename)[1])
        shutil.copyfile(path, copy)
        self._file(copy, filename)

    def _image(self, value: Any, options: dict[str, Any] | None) -> bool:
        """`options` are those of `show`; None: a graph that only stands there is not drawn."""
        figure = _matplotlib_figure(value)
        if figure is not None:
            self._figure(figure)
            _forget_figure(figure)
            return True
        if self._sage and _is_sage(value, {"GenericGraph"}) and options is not None:
            self._sage_graphics(value.plot(**options), {})
            return True
        if self._sage and _is_sage(value, SAGE_GRAPHICS):
            self._sage_graphics(value, options or {})
            return True
        if not isinstance(value, type) and callable(getattr(value, "_repr_png_", None)):
            data = value._repr_png_()
            if isinstance(data, bytes):
                path = self._new_file(".png")
                with open(path, "wb") as file:
                    file.write(data)
                self._file(path, "image.png")
                return True
        return False

    def _figure(self, figure: Any) -> None:
        path = self._new_file(".svg")
        figure.savefig(path, format="svg", bbox_inches="tight")
        if os.path.getsize(path) > SVG_BYTES_MAX:
            os.unlink(path)
            path = self._new_file(".png")
            figure.savefig(path, format="png", dpi=PNG_DOTS_PER_INCH, bbox_inches="tight")
        self._file(path, "figure" + os.path.splitext(path)[1])

    def _sage_graphics(self, value: Any, options: dict[str, Any]) -> None:
        """2D as SVG; what can't be one (3D, some primitives) as PNG."""
        error: Exception | None = None
        three_dimensional = "plot3d" in type(value).__module__
        for extension in (".png",) if three_dimensional else (".svg", ".png"):
            path = self._new_file(extension)
            try:
                value.save(path, **options)
            except Exception as failure:
                error = failure
                os.unlink(path)
                continue
            self._file(path, f"plot{extension}")
            return
        raise RuntimeError(f"this can't be made an image: {error}") from error

    def _own_html(self, value: Any) -> bool:
        if isinstance(value, type):
            return False
        own = getattr(value, "_repr_html_", None)
        html = own() if callable(own) else None
        if not isinstance(html, str):
            return False
        self._send({"html": html})
        return True

    def _typeset(self, value: Any) -> bool:
        name = "sage.all" if self._sage else "sympy"
        if name not in sys.modules:
            return False
        if not self._sage and not _sympy_can(value):
            return False
        tex = str(sys.modules[name].latex(value))
        self._send({"tex": {"tex": tex, "display": True}})
        return True

    def _new_file(self, extension: str) -> str:
        handle, path = tempfile.mkstemp(suffix=extension, dir=self._scratch)
        os.close(handle)
        return path

    def _file(self, path: str, filename: str) -> None:
        file = {"path": path, "filename": filename, "show": True, "temporary": True}
        self._send({"file": file})


def _matplotlib_figure(value: Any) -> Any | None:
    module = sys.modules.get("matplotlib.figure")
    return value if module is not None and isinstance(value, module.Figure) else None


def _forget_figure(figure: Any) -> None:
    """Shown once: not again at the end of the cell."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None and getattr(figure, "number", None) in pyplot.get_fignums():
        pyplot.close(figure)


def _is_sage(value: Any, classes: set[str]) -> bool:
    """By the names of its classes, so that nothing of Sage is imported only to ask."""
    return not isinstance(value, type) and any(kind.__name__ in classes for kind in type(value).__mro__)


def _sympy_can(value: Any) -> bool:
    sympy = importlib.import_module("sympy")
    if isinstance(value, (list, tuple, set)):
        return all(_sympy_can(item) for item in value)
    if isinstance(value, dict):
        return all(_sympy_can(key) and _sympy_can(item) for key, item in value.items())
    return isinstance(value, (sympy.Basic, sympy.MatrixBase, int, float, complex))


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
