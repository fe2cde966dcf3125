"""`python -m redis_migrate` is `redis-migrate`."""

from __future__ import annotations

import os
import sys

from redis_migrate import find_program


def main() -> int:
    """Run the program with the arguments of this process."""
    try:
        program = find_program()
    except FileNotFoundError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    arguments = [program, *sys.argv[1:]]
    if os.name != "nt":
        # The program takes this process over, so signals and the status are its own.
        os.execv(program, arguments)
    import subprocess

    try:
        return subprocess.run(arguments, check=False).returncode
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
