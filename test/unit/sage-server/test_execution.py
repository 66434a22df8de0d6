"""What a cell shows."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest


def test_each_expression_of_a_cell_shows_its_value(client: Any) -> None:
    assert client.run("2+3\n'a'\nNone\nx = 7\nx") == ([{"stdout": "5\n'a'\n7\n"}], "ok")


def test_names_stay_from_cell_to_cell(client: Any) -> None:
    client.run("def f(a):\n    return a + 1")
    assert client.run("f(1)")[0] == [{"stdout": "2\n"}]


def test_stdout_and_stderr_stand_in_the_order_they_were_written(client: Any) -> None:
    code = "import sys, os\nprint('a')\nprint('b', file=sys.stderr)\nprint('c')"
    assert client.run(code)[0] == [{"stdout": "a\n"}, {"stderr": "b\n"}, {"stdout": "c\n"}]


def test_what_a_subprocess_writes_to_the_descriptor_is_shown(client: Any) -> None:
    assert client.run("import os\n_ = os.system('echo from the shell')")[0] == [
        {"stdout": "from the shell\n"}
    ]


def test_a_forked_process_prints_without_breaking_the_channel(client: Any) -> None:
    code = (
        "import os\npid = os.fork()\nif pid == 0:\n"
        "    print('child', flush=True)\n    os._exit(0)\n_ = os.waitpid(pid, 0)"
    )
    messages, status = client.run(code)
    assert status == "ok"
    assert messages == [{"stdout": "child\n"}]


def test_output_comes_while_the_cell_still_runs(client: Any) -> None:
    run = client.start("print('now')\ninput()")
    event = client.until(lambda message: message["event"] == "output")
    assert event["messages"][0] == {"stdout": "now\n"}
    client.until(lambda message: message["event"] == "asks")
    client.send("input", session=client.session, run=run, value="")
    client.result(run)


def test_an_error_names_the_lines_and_skips_the_rest(client: Any) -> None:
    messages, status = client.run("print(1)\n\ndef f():\n    return 1/0\nf()\nprint(2)")
    assert status == "error"
    assert messages[0] == {"stdout": "1\n"}
    text = messages[1]["stderr"]
    assert text.startswith("Error in line 5\nTraceback")
    assert "line 4, in f" in text and "return 1/0" in text
    assert text.endswith("ZeroDivisionError: division by zero\n")
    assert "execution.py" not in text


def test_a_syntax_error_runs_nothing_of_its_part(client: Any) -> None:
    messages, status = client.run("print(1)\nx = = 2")
    assert status == "error"
    assert len(messages) == 1 and "Error in line 2" in messages[0]["stderr"]


def test_exit_in_a_cell_is_an_error_and_not_the_end_of_the_session(client: Any) -> None:
    assert client.run("exit()")[1] == "error"
    assert client.run("1")[0] == [{"stdout": "1\n"}]


def test_a_power_written_as_in_sage_gets_a_hint(client: Any) -> None:
    messages, _ = client.run("show(integrate(x^2, x))")
    assert "written with **" in messages[0]["stderr"]


def test_show_typesets_mathematics(client: Any) -> None:
    assert client.run("show(integrate(x**2, x))")[0] == [
        {"tex": {"tex": "\\frac{x^{3}}{3}", "display": True}}
    ]


def test_typeset_mode_shows_every_value_as_a_formula(client: Any) -> None:
    assert client.run("%typeset_mode true\nx/2")[0] == [{"tex": {"tex": "\\frac{x}{2}", "display": True}}]


@pytest.mark.parametrize(
    "code",
    [
        "plot(sin(x), (x, -3, 3))",
        "show(plot(sin(x), -3, 3))",
        "import matplotlib.pyplot as plt\n_ = plt.plot([1, 2])",
        "plt.plot([1, 2]);\nplt.show()",
        "fig = plt.figure(); _ = fig.add_subplot().plot([1, 2])\nfig",
    ],
)
def test_a_figure_is_shown_once(client: Any, code: str) -> None:
    messages, status = client.run(code)
    files = [message["file"] for message in messages if "file" in message]
    assert status == "ok" and len(files) == 1, messages
    assert Path(files[0]["path"]).read_bytes().startswith(b"<?xml")
    assert files[0]["temporary"] is True


def test_the_markers_of_a_worksheet_are_escaped_on_the_wire() -> None:
    from salvus_sage.wire import encode

    assert encode({"stdout": "\ufe20\ufe21"})[4:] == b'{"stdout":"\\ufe20\\ufe21"}'


def test_input_asks_in_the_page(client: Any) -> None:
    run = client.start("name = input('Name? ')\nprint('Hello', name)")
    client.until(lambda message: message["event"] == "asks")
    client.send("input", session=client.session, run=run, value="Ada")
    messages, status = client.result(run)
    question = {"prompt": "Name? ", "value": "", "submitted": False}
    assert status == "ok"
    assert messages == [
        {"raw_input": question},
        {"raw_input": {**question, "value": "Ada", "submitted": True}},
        {"stdout": "Hello Ada\n"},
    ]


@pytest.mark.parametrize(
    "code", ["while True: pass", "import time; time.sleep(60)", "%sh sleep 60", "input()"]
)
def test_an_interrupt_ends_the_run_and_keeps_the_session(client: Any, code: str) -> None:
    client.run("kept = 1")
    run = client.start(f"print('begun', flush=True)\n{code}")
    client.until(lambda message: message["event"] == "output")
    begun = time.monotonic()
    client.send("interrupt", session=client.session)
    messages, status = client.result(run)
    assert status == "interrupted"
    assert messages[-1] == {"stderr": "Interrupted\n"}
    assert time.monotonic() - begun < 10
    assert client.run("kept")[0] == [{"stdout": "1\n"}]


def test_an_interrupt_drops_the_cells_that_wait(client: Any) -> None:
    first = client.start("print('begun', flush=True)\nimport time; time.sleep(60)")
    second = client.start("print('never')")
    client.until(lambda message: message["event"] == "output")
    client.send("interrupt", session=client.session)
    statuses = {}
    while len(statuses) < 2:
        event = client.next()
        if event["event"] == "done":
            statuses[event["run"]] = event["status"]
    assert statuses == {first: "interrupted", second: "interrupted"}


def test_output_over_the_limit_goes_to_a_file_and_the_run_goes_on(client: Any, home: Path) -> None:
    run = client.start("for i in range(20000): print(i)\nprint('end')\n1/0", {"messages": 50, "bytes": 5_000})
    messages, status = client.result(run)
    assert status == "error"
    kept = "".join(message.get("stdout", "") for message in messages)
    assert len(kept) == 5_000
    overflow = [message["overflow"] for message in messages if "overflow" in message]
    path = f".salvus/outputs/{run}.txt"
    rest = (home / path).read_text()
    assert overflow == [{"path": path}, {"path": path, "bytes": len(rest)}]
    whole = "".join(f"{i}\n" for i in range(20_000)) + "end\n"
    assert (kept + rest).startswith(whole)
    assert "ZeroDivisionError" in messages[-2]["stderr"]


def test_clear_begins_a_new_stream(client: Any) -> None:
    assert client.run("print(1)\nclear()\nprint(2)")[0] == [{"stdout": "2\n"}]


def test_random_numbers_differ_between_sessions(server: str, client: Any) -> None:
    other = type(client)(server)
    other.attach()
    code = "import random\n(random.random(), np.random.rand())"
    assert client.run(code) != other.run(code)
    other.ask("close", session=other.session)
    other.close()


def test_a_thousand_prints_in_a_loop_are_few_messages(client: Any) -> None:
    run = client.start("for i in range(1000): print(i)")
    outputs = 0
    while True:
        event = client.next()
        outputs += event["event"] == "output"
        if event["event"] == "done" and event["run"] == run:
            break
    assert outputs < 40


def test_classes_of_a_worksheet_can_be_pickled(client: Any) -> None:
    code = "import pickle\nclass A: pass\ntype(pickle.loads(pickle.dumps(A()))) is A"
    assert client.run(code)[0] == [{"stdout": "True\n"}]


def test_time_says_how_long_it_took(client: Any) -> None:
    messages, _ = client.run("%time 2+3")
    assert re.fullmatch(r"5\nCPU time: [\d.]+ s, Wall time: [\d.]+ s\n", messages[0]["stdout"])
