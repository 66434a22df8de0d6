"""The Sage server of one project."""

from __future__ import annotations

import argparse
import os

from .environment import MODES, warm_up
from .server import Server


def main() -> None:
    parser = argparse.ArgumentParser(prog="salvus_sage", description=__doc__)
    parser.add_argument("--socket", required=True, help="the Unix socket to listen on, made with mode 0600")
    parser.add_argument("--home", required=True, help="the project's directory")
    parser.add_argument("--scratch", help="directory for images on their way; default: beside the socket")
    parser.add_argument(
        "--mode", choices=MODES, default="auto", help="default: Sage where it can be imported"
    )
    options = parser.parse_args()
    home = os.path.abspath(options.home)
    socket_path = os.path.abspath(options.socket)
    scratch = os.path.abspath(options.scratch or os.path.dirname(socket_path) + "/sage-files")
    server = Server(socket_path, home=home, scratch=scratch)
    # Who connects while we warm up waits in the backlog for its welcome.
    with server.listening():
        server.serve(warm_up(options.mode))
