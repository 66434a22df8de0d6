"""A Sage server run by a real Sage, for all tests of this folder; without one they are skipped."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "support"))

from sage_client import DEADLINE_SECONDS, Client, start_server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    sage = os.environ.get("SALVUS_TEST_SAGE") or shutil.which("sage")
    if sage is None:
        pytest.skip("there is no `sage` on the PATH: apt install --no-install-recommends sagemath")
    home = tmp_path_factory.mktemp("home")
    process, path = start_server(home, "--mode", "sage", python=(sage, "-python"))
    yield path
    process.send_signal(signal.SIGTERM)
    assert process.wait(DEADLINE_SECONDS) == 0


@pytest.fixture
def client(server: str) -> Iterator[Client]:
    client = Client(server)
    client.hello()
    client.attach()
    yield client
    client.ask("close", session=client.session)
    client.close()
