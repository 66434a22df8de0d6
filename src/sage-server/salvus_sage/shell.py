"""Other programs: what they write is shown as it comes, and an interrupt reaches all their processes."""

from __future__ import annotations

import codecs
import os
import selectors
import signal
import subprocess
import sys

READ_BYTES = 65_536

# After an interrupt, for the program to end by itself.
END_SECONDS = 2.0


def run(command: list[str], stdin: str | None = None) -> None:
    """@raise RuntimeError where it ends with another code than 0"""
    sys.stdout.flush()
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        if stdin is not None and process.stdin is not None:
            process.stdin.write(stdin.encode())
            process.stdin.close()
        _copy(process)
        code = process.wait()
    except BaseException:
        _end(process)
        raise
    if code != 0:
        print(f"{os.path.basename(command[0])} ended with code {code}", file=sys.stderr)


def _copy(process: subprocess.Popen[bytes]) -> None:
    """Until both ends are closed."""
    make = codecs.getincrementaldecoder("utf-8")
    with selectors.DefaultSelector() as selector:
        for pipe, stream in ((process.stdout, sys.stdout), (process.stderr, sys.stderr)):
            assert pipe is not None
            selector.register(pipe, selectors.EVENT_READ, (make("replace"), stream))
        while selector.get_map():
            for key, _ in selector.select():
                decoder, stream = key.data
                data = os.read(key.fd, READ_BYTES)
                stream.write(decoder.decode(data, final=not data))
                stream.flush()
                if not data:
                    selector.unregister(key.fileobj)


def _end(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGINT, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            return
