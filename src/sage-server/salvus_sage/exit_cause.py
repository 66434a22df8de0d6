"""Why a session's process ended, in words for the page."""

from __future__ import annotations

import os
import signal

from .wire import Message


def out_of_memory_kills() -> int:
    """How many processes the kernel has killed for memory, of our control group where it counts them."""
    for path, key in ((_group_events(), "oom_kill"), ("/proc/vmstat", "oom_kill")):
        count = _counter(path, key)
        if count is not None:
            return count
    return 0


def exit_cause(status: int, *, closed: bool, out_of_memory: bool) -> Message:
    """`status` as waitpid gives it."""
    if closed:
        return {"kind": "closed", "value": 0, "message": "the session was closed"}
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number == signal.SIGKILL and out_of_memory:
            message = "the session was ended because the project's memory was used up"
            return {"kind": "out_of_memory", "value": number, "message": message}
        name = signal.strsignal(number) or "unknown"
        return {
            "kind": "signal",
            "value": number,
            "message": f"the session was ended by signal {number} ({name})",
        }
    code = os.WEXITSTATUS(status)
    return {"kind": "exited", "value": code, "message": f"the session ended itself with code {code}"}


def _group_events() -> str:
    try:
        with open("/proc/self/cgroup", encoding="ascii") as file:
            for line in file:
                if line.startswith("0::"):
                    return f"/sys/fs/cgroup{line[3:].strip()}/memory.events"
    except OSError:
        return ""
    return ""


def _counter(path: str, key: str) -> int | None:
    try:
        with open(path, encoding="ascii") as file:
            for line in file:
                name, _, value = line.partition(" ")
                if name == key:
                    return int(value)
    except OSError:
        return None
    return None
