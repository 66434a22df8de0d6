"""Completion and help."""

from __future__ import annotations

import time
from typing import Any

import pytest


def complete(client: Any, code: str) -> tuple[list[str], str]:
    answer = client.ask("complete", session=client.session, code=code, offset=len(code))
    return [item["label"] for item in answer["completions"]], code[answer["from"] : answer["to"]]


@pytest.mark.parametrize(
    ("code", "label", "replaced"),
    [
        ("x = 1\npri", "print", "pri"),
        ("integ", "integrate", "integ"),
        ("np.lins", "linspace", "lins"),
        ("'abc'.up", "upper", "up"),
        ("f(np.linalg.", "norm", ""),
        ("[1, 2].app", "append", "app"),
        ("Symbol('q').is_po", "is_positive", "is_po"),
        ("%m", "md", "m"),
        ("whi", "while", "whi"),
    ],
)
def test_completes(client: Any, code: str, label: str, replaced: str) -> None:
    labels, word = complete(client, code)
    assert label in labels
    assert word == replaced


def test_completes_names_of_files_inside_a_string(client: Any, home: Any) -> None:
    (home / "measured.csv").write_text("")
    assert complete(client, "open('meas") == (["measured.csv"], "meas")


def test_completes_the_names_of_the_worksheet(client: Any) -> None:
    client.run("temperature = 20")
    assert complete(client, "tempe")[0] == ["temperature"]


def test_what_takes_too_long_before_a_dot_is_given_up(client: Any) -> None:
    client.run("def slow():\n    while True: pass")
    begun = time.monotonic()
    assert complete(client, "slow().")[0] == []
    assert time.monotonic() - begun < 5
    assert client.run("1")[0] == [{"stdout": "1\n"}]


def test_help_has_signature_and_documentation(client: Any) -> None:
    client.run("def area(r, pi=3):\n    'The area of a circle.'\n    return pi * r**2")
    answer = client.ask("inspect", session=client.session, code="area(2)", offset=2, source=False)
    assert answer["text"] == "area(r, pi=3)\n\nThe area of a circle."
    answer = client.ask("inspect", session=client.session, code="area(", offset=5, source=True)
    assert answer["text"].startswith("def area(r, pi=3):") and answer["language"] == "python"


def test_help_of_nothing_is_not_found(client: Any) -> None:
    answer = client.ask("inspect", session=client.session, code="nothing_here", offset=3, source=False)
    assert answer["found"] is False


def test_a_question_mark_in_a_cell_shows_the_help(client: Any) -> None:
    messages, _ = client.run("len?")
    assert messages[0]["code"]["mode"] == "text/x-rst"
    assert messages[0]["code"]["source"].startswith("len(obj, /)")
