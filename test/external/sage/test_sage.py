"""Worksheets on a real Sage."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest


def test_the_welcome_names_sage(client: Any) -> None:
    welcome = client.hello()
    assert welcome["mode"] == "sage"
    assert welcome["version"].startswith("SageMath ")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("2^10", "1024\n"),
        ("1/3 + 1/6", "1/2\n"),
        ("f(x) = x^3\nf(2)", "8\n"),
        ("R.<t> = QQ[]\n(t^2 - 1).factor()", "(t - 1) * (t + 1)\n"),
        ("factor(2^64 + 1)", "274177 * 67280421310721\n"),
        ("var('a b')\nsolve(a^2 == b, a)", "(a, b)\n[a == -sqrt(b), a == sqrt(b)]\n"),
        ("EllipticCurve('37a').rank()", "1\n"),
        ("%python 2^3", "1\n"),
        ("%gap 2+3", "5\n"),
        ("graphs.PetersenGraph()", "Petersen graph: Graph on 10 vertices\n"),
    ],
)
def test_code_is_sage(client: Any, code: str, text: str) -> None:
    assert client.run(code) == ([{"stdout": text}], "ok")


@pytest.mark.parametrize(
    ("code", "beginning"),
    [
        ("plot(sin(x), (x, 0, 6))", b"<?xml"),
        ("show(plot(x^2, (x, 0, 2)))", b"<?xml"),
        ("show(graphs.PetersenGraph())", b"<?xml"),
        ("sphere()", b"\x89PNG"),
    ],
)
def test_graphics_are_images(client: Any, code: str, beginning: bytes) -> None:
    messages, status = client.run(code)
    assert status == "ok", messages
    (file,) = (message["file"] for message in messages if "file" in message)
    assert Path(file["path"]).read_bytes().startswith(beginning)


def test_show_typesets(client: Any) -> None:
    messages, _ = client.run("show(integrate(x^2, x))")
    assert messages == [{"tex": {"tex": "\\frac{1}{3} \\, x^{3}", "display": True}}]


@pytest.mark.parametrize(
    "code", ["while True: pass", "factor(next_prime(10^60) * next_prime(10^61))", "sleep(60)"]
)
def test_an_interrupt_stops_python_and_c_code(client: Any, code: str) -> None:
    run = client.start(f"print('begun', flush=True)\n{code}")
    client.until(lambda message: message["event"] == "output")
    begun = time.monotonic()
    client.send("interrupt", session=client.session)
    _, status = client.result(run)
    assert status == "interrupted" and time.monotonic() - begun < 10
    assert client.run("1 + 1")[0] == [{"stdout": "2\n"}]


def test_random_elements_differ_between_sessions(server: str, client: Any) -> None:
    other = type(client)(server)
    other.attach()
    assert client.run("ZZ.random_element(10^30)") != other.run("ZZ.random_element(10^30)")
    other.ask("close", session=other.session)
    other.close()


def test_completes_methods_of_what_is_computed(client: Any) -> None:
    client.run("E = EllipticCurve('37a')")
    code = "E.change_ring(QQ).ra"
    answer = client.ask("complete", session=client.session, code=code, offset=len(code))
    assert "rank" in [item["label"] for item in answer["completions"]]
