"""The wire of test/fixtures/wire/sage-server.json, which the TypeScript tests read too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parents[2] / "fixtures" / "wire" / "sage-server.json"


def test_the_conversation_is_as_written(server: str, link: Any) -> None:
    conversation = json.loads(FIXTURES.read_text(encoding="utf-8"))["conversation"]
    for step in conversation:
        link.send(**step["send"])
        for expected in step["receive"]:
            got = link.next()
            # Output may come in two events; here they are one.
            while got["event"] == "output" and len(got["messages"]) < len(expected["messages"]):
                more = link.next()
                got["messages"] += more["messages"]
                got["seq"] = more["seq"]
            assert set(got) == set(expected)
            assert {**expected, **{key: got[key] for key in expected if expected[key] == "*"}} == got
