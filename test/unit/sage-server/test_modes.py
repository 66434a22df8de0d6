"""The % rule and the modes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from salvus_sage.percent import Code, Help, Mode, split


def test_a_mode_alone_takes_the_rest_of_the_cell() -> None:
    assert split("x = 1\n%md(hide=False)\n# Title\n$x$") == [
        Code("x = 1", 1),
        Mode("md", "hide=False", "# Title\n$x$", 2, 3),
    ]


def test_a_mode_with_text_takes_its_line() -> None:
    assert split("%time 2+3\nx\n!ls -l") == [
        Mode("time", "", "2+3", 1, 1),
        Code("x", 2),
        Mode("sh", "", "ls -l", 3, 3),
    ]


@pytest.mark.parametrize("code", ["x = (7\n% 4)", "s = '''\n%md\n!no\n'''", "y = [1,\n%2]"])
def test_inside_brackets_and_strings_nothing_is_a_mode(code: str) -> None:
    assert split(code) == [Code(code, 1)]


@pytest.mark.parametrize(
    ("line", "expression", "source"),
    [("len?", "len", False), ("a.b??", "a.b", True), ("?len", "len", False), ("f(1).g?", "f(1).g", False)],
)
def test_a_question_mark_asks_for_help(line: str, expression: str, source: bool) -> None:
    assert split(line) == [Help(expression, source, 1)]


@pytest.mark.parametrize(
    ("code", "messages"),
    [
        ("%md\n# Title\n$x^2$", [{"md": "# Title\n$x^2$"}]),
        ("%html <b>x</b>", [{"html": "<b>x</b>"}]),
        ("%hide\n%md\ntext", [{"hide": "input"}, {"md": "text"}]),
        ("%hideall\n1", [{"hide": "output"}, {"hide": "input"}, {"stdout": "1\n"}]),
        ("%auto\n1", [{"auto": True}, {"stdout": "1\n"}]),
        ("%tex x^2", [{"tex": {"tex": "x^2", "display": True}}]),
        ("%sh\nfor i in 1 2; do\n  echo $i\ndone", [{"stdout": "1\n2\n"}]),
        ("!echo hi", [{"stdout": "hi\n"}]),
        ("%python 2**3", [{"stdout": "8\n"}]),
        ("def shout(s): print(s.upper())\n%shout\nabc", [{"stdout": "ABC\n"}]),
        ("%salvus.html <i>x</i>", [{"html": "<i>x</i>"}]),
        ("%capture(stdout='v')\nprint(5)", []),
        ("%var a b\na + b", [{"stdout": "a + b\n"}]),
        ("md('*x*')\nhtml('<b>y</b>')", [{"md": "*x*"}, {"html": "<b>y</b>"}]),
    ],
)
def test_a_mode_puts_out(client: Any, code: str, messages: list[dict[str, Any]]) -> None:
    assert client.run(code) == (messages, "ok")


def test_a_failing_command_says_its_code(client: Any) -> None:
    assert client.run("%sh exit 3")[0] == [{"stderr": "bash ended with code 3\n"}]


def test_an_unknown_mode_is_an_error_that_names_those_there_are(client: Any) -> None:
    messages, status = client.run("%nonsense x")
    assert status == "error"
    assert "no mode %nonsense; there are auto, bash" in messages[0]["stderr"]


def test_a_default_mode_holds_for_the_cells_that_follow(client: Any) -> None:
    client.run("%default_mode md")
    assert client.run("*text*")[0] == [{"md": "*text*"}]
    client.run("%default_mode\n")
    client.run("%salvus.default_mode ''")
    client.run("%python salvus.default_mode('')")
    assert client.run("1")[0] == [{"stdout": "1\n"}]


def test_line_numbers_are_those_of_the_cell_behind_a_mode(client: Any) -> None:
    messages, _ = client.run("%hide\n1\n2\n1/0")
    assert "Error in line 4" in messages[-1]["stderr"]


def test_timeit_says_the_best_of_its_loops(client: Any) -> None:
    assert " loops, best of 3: " in client.run("%timeit 2+3")[0][0]["stdout"]


def test_load_runs_a_file(client: Any, home: Path) -> None:
    (home / "lib.py").write_text("loaded = 5\n")
    assert client.run("%load lib.py\nloaded")[0] == [{"stdout": "5\n"}]


def test_a_file_of_the_project_is_linked(client: Any, home: Path) -> None:
    (home / "data.csv").write_text("1,2")
    assert client.run("salvus.file('data.csv', show=False)")[0] == [
        {"file": {"filename": "data.csv", "url": "data.csv", "show": False}}
    ]


def test_latex_without_latex_is_typeset_by_the_page(client: Any) -> None:
    messages, status = client.run("%latex\nThe area is $\\pi r^2$.")
    assert status == "ok"
    assert messages[0] in (
        {"md": "The area is $\\pi r^2$."},
        {"file": {**messages[0].get("file", {}), "filename": "latex.svg"}},
    )
