"""Runs commands in processes that have imported the program already, to be killed by a test.

Reads the arguments of one command a line (JSON); writes the process and, after it, how it ended.
"""

from __future__ import annotations

import json
import os
import sys

from tightrope import cli


def main() -> None:
    for line in sys.stdin:
        child = os.fork()
        if not child:
            sys.argv = ["tightrope", *json.loads(line)]
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            cli.main()
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
