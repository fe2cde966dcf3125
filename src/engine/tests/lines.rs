//! Several statements on one line.

use super::becomes;

#[test]
fn needless_imports_of_one_line_go_together() {
    let new = "from x.y.new import B, C\n";
    for (rest, left) in [
        (
            "from a.b.old import A as B; from a.b.old import C\nB(C)\n",
            "B(C)\n",
        ),
        (
            "from a.b.old import C; from a.b.old import C; from a.older import C  # noqa\nB(C)",
            "B(C)",
        ),
        (
            "from a.b.old import C; from a.b.old import C # why\nB(C)\n",
            "# why\nB(C)\n",
        ),
        (
            "B; from a.b.old import C; from a.older import C\nC\n",
            "B\nC\n",
        ),
        (
            "from a.b.old import C; from a.older import C; B\nC\n",
            "B\nC\n",
        ),
        (
            "from a.b.old import C; from a.older import C;\nC\n",
            "pass;\nC\n",
        ),
        (
            "B; \\\n  from a.b.old import C; from a.older import C\nC\n",
            "B; \\\n  pass\nC\n",
        ),
        (
            "if B:\n    from a.b.old import C; from a.older import C\n    C\n",
            "if B:\n    C\n",
        ),
        (
            "if B: from a.b.old import C; from a.older import C\nC\n",
            "if B: pass\nC\n",
        ),
        (
            "from a.b.old import (C,\n  A as B); from a.older import C\r\nC\n",
            "C\n",
        ),
    ] {
        becomes(&format!("{new}{rest}"), &format!("{new}{left}"), &[]);
    }
}
