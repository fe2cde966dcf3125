"""The judge, judged: `python3 -m pytest benches/compare`."""

from __future__ import annotations

from pathlib import Path

import pytest

from judge import Job, verdict

JOB = Job("a.old", "a.new", {"A": "A", "B": "C"})


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("from a.old import A\n", "from a.new import A\n", "right"),
        ("from a.old import B\n", "from a.new import C as B\n", "right"),
        ("from .old import A\n", "from a.new import A\n", "right"),
        ("import a.old\na.old.B()\n", "import a.new\na.new.C()\n", "right"),
        ("from a.old import A, Z\n", "from a.new import A\nfrom a.old import Z\n", "right"),
        ('patch("a.old.A")\n', 'patch("a.new.A")\n', "right"),
        ("from a.old import A, Z\n", "from a.new import A, Z\n", "other names"),
        ("from a.old import A as X\n", "from a.new import A\n", "other names"),
        ("from a.old import A, B\n", "from a.new import A\n", "other names"),
        ("def f():\n    from a.old import A\n", "from a.new import A\n", "other names"),
        ("from a.old import A, B\n", "from a.old import B\nfrom a.new import A\n", "missed"),
        ("from a.old import A\n", "from a.old import A\n", "missed"),
        ("from a.old import A\n", "from a.new import (A\n", "does not parse"),
        ("x = 1\n", "x = 1\n", "untouched"),
        ("x = 1\n", "x  = 1\n", "needless"),
    ],
)
def test_a_file_is_judged_by_what_it_refers_to(before: str, after: str, expected: str) -> None:
    assert verdict(before.encode(), after.encode(), Path("a/user.py"), JOB) == expected
