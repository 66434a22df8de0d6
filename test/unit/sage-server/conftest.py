"""A Sage server in plain mode for all tests of this folder."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "support"))

from sage_client import DEADLINE_SECONDS, Client, start_server


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def server(home: Path) -> Iterator[str]:
    process, path = start_server(home, "--mode", "python")
    yield path
    process.send_signal(signal.SIGTERM)
    assert process.wait(DEADLINE_SECONDS) == 0


@pytest.fixture
def link(server: str) -> Iterator[Client]:
    client = Client(server)
    client.hello()
    yield client
    client.close()


@pytest.fixture
def client(link: Client) -> Iterator[Client]:
    link.attach()
    yield link
    link.ask("close", session=link.session)
