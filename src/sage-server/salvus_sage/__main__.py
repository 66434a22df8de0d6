"""python -m salvus_sage --socket PATH --home DIR: see command.py."""

from __future__ import annotations

import sys


def main() -> None:
    # `python -m` looks first in the folder it is started in, where a person may have a random.py.
    del sys.path[0]
    from .command import main as run

    run()


if __name__ == "__main__":
    main()
