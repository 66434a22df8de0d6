"""The names that plain Python starts with, so that a student's first lines work as they do in Sage.

What is different from Sage: a power is written `x**2` (`^` stays Python's), 1/3 is a float (write
Rational(1, 3)), and only x, y, z and t are variables from the start (`var('a b')` makes others).
"""

from __future__ import annotations

import importlib
from typing import Any

# Points of a curve; more don't show on a screen.
PLOT_POINTS = 400

PLOT_FROM, PLOT_TO = -5.0, 5.0


def numeric_names(missing: list[str]) -> dict[str, Any]:
    names: dict[str, Any] = {"math": importlib.import_module("math")}
    if "numpy" not in missing:
        names["np"] = names["numpy"] = importlib.import_module("numpy")
    if "matplotlib" not in missing:
        names["plt"] = importlib.import_module("matplotlib.pyplot")
    return names


def names(missing: list[str]) -> dict[str, Any]:
    """With sympy."""
    sympy = importlib.import_module("sympy")
    found: dict[str, Any] = {name: getattr(sympy, name) for name in sympy.__all__}
    found.update(numeric_names(missing))
    found["sympy"] = sympy
    for name in ("x", "y", "z", "t"):
        found[name] = sympy.Symbol(name)
    found["find_root"] = sympy.nsolve
    if not {"numpy", "matplotlib"} & set(missing):
        found["plot"] = plot
    return found


def plot(*curves: Any, **options: Any) -> Any:
    """plot(sin(x), (x, -3, 3)), plot(sin(x), -3, 3), plot([sin(x), cos(x)]): curves of one variable.

    Options go to matplotlib's `plot` (color, linestyle, label, ...); returns the figure, which is shown.
    """
    figures = importlib.import_module("matplotlib.figure")
    figure = figures.Figure(figsize=(6, 4))
    axes = figure.add_subplot()
    functions, start, end = _curves_and_range(curves)
    for function in functions:
        _draw(axes, function, (start, end), options)
    axes.grid(True, alpha=0.3)
    if len(functions) > 1 or "label" in options:
        axes.legend()
    return figure


def _curves_and_range(arguments: tuple[Any, ...]) -> tuple[list[Any], float, float]:
    rest = list(arguments)
    start, end = PLOT_FROM, PLOT_TO
    if len(rest) > 1 and isinstance(rest[-1], tuple):
        *_, low, high = rest.pop()
        start, end = float(low), float(high)
    elif len(rest) == 3:
        start, end = float(rest[1]), float(rest[2])
        rest = rest[:1]
    if len(rest) == 1 and isinstance(rest[0], (list, tuple)):
        rest = list(rest[0])
    return rest, start, end


def _draw(axes: Any, function: Any, span: tuple[float, float], options: dict[str, Any]) -> None:
    numpy = importlib.import_module("numpy")
    sympy = importlib.import_module("sympy")
    points = numpy.linspace(*span, PLOT_POINTS)
    expression = function
    if callable(function) and not isinstance(function, sympy.Basic):
        try:
            expression = function(sympy.Symbol("x"))
        except (TypeError, AttributeError):
            values = numpy.array([function(point) for point in points])
            axes.plot(points, values, **{"label": getattr(function, "__name__", "f"), **options})
            return
    expression = sympy.sympify(expression)
    variables = sorted(expression.free_symbols, key=str)
    if len(variables) > 1:
        raise ValueError(f"{expression} has {len(variables)} variables; a curve has one")
    variable = variables[0] if variables else sympy.Symbol("x")
    with numpy.errstate(all="ignore"):
        values = sympy.lambdify(variable, expression, "numpy")(points + 0j)
    values = numpy.broadcast_to(numpy.asarray(values, dtype=complex), points.shape)
    # Where it is not real there is no point of the curve.
    real = numpy.where(numpy.abs(values.imag) < 1e-9, values.real, numpy.nan)
    axes.plot(points, real, **{"label": f"${sympy.latex(expression)}$", **options})
