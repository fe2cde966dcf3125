"""Runs a program in a terminal of its own, waits for what it prints, and types.

The first argument is a JSON list of [wait, type]; the rest is the command. Prints the exit status
and everything that came to the terminal, as JSON.
"""

import json
import os
import pty
import select
import sys
import time

SECONDS = 120


def main() -> None:
    steps = json.loads(sys.argv[1])
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(sys.argv[2], sys.argv[2:])
    end = time.monotonic() + SECONDS
    seen = b""

    def more() -> bool:
        nonlocal seen
        ready, _, _ = select.select([terminal], [], [], max(0, end - time.monotonic()))
        if not ready:
            os.kill(pid, 9)
            sys.exit(f"nothing came for too long after:\n{seen.decode(errors='replace')}")
        try:
            part = os.read(terminal, 65536)
        except OSError:  # the other side is closed
            part = b""
        seen += part
        return bool(part)

    at = 0
    for wait, text in steps:
        wanted = wait.encode()
        while wanted not in seen[at:]:
            if not more():
                sys.exit(f"ended before {wait!r}:\n{seen.decode(errors='replace')}")
        at = seen.index(wanted, at) + len(wanted)
        os.write(terminal, text.encode())
    while more():
        pass
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    print(json.dumps({"status": code, "text": seen.decode(errors="replace")}))


main()
