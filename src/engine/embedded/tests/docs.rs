//! Documentation and docstrings.

use super::*;

#[test]
fn fences_are_rewritten_in_place() {
    becomes(
        "x.md",
        "# a.b.old\n\n```python\nfrom a.b.old import A, E\n\nA()\n```\n\n```sh\nfrom a.b.old import A\n```\n",
        "# a.b.old\n\n```python\nfrom x.y.new import B as A\nfrom x.y.other import E\n\nA()\n```\n\n```sh\nfrom a.b.old import A\n```\n",
        &[],
    );
}

#[test]
fn what_leads_the_lines_of_a_fence_leads_new_ones_too() {
    becomes(
        "x.md",
        "> 1. x\n>    ~~~py\r\n>    from a.b.old import A, E\r\n>    A\r\n>    ~~~\n",
        "> 1. x\n>    ~~~py\r\n>    from x.y.new import B as A\r\n>    from x.y.other import E\r\n>    A\r\n>    ~~~\n",
        &[],
    );
}

#[test]
fn each_fence_is_a_module() {
    becomes(
        "x.md",
        "```py\nfrom a.b import old\nold.A\n```\n```py\nold.A\nfrom a.b.old import C\n```\n",
        "```py\nfrom x.y import new as old\nold.B\n```\n```py\nold.A\nfrom x.y.new import C\n```\n",
        &[],
    );
}

#[test]
fn a_fence_with_prompts_is_a_doctest() {
    becomes(
        "x.md",
        "```pycon\n>>> from a.b.old import A, E\n>>> A()\n1\n```\n",
        "```pycon\n>>> from x.y.new import B as A\n>>> from x.y.other import E\n>>> A()\n1\n```\n",
        &[],
    );
}

#[test]
fn fragments_are_left_and_counted() {
    let text = "```py\nfrom a.b.old import A, ...\n```\n```py\nx = [1, ...\n```\n";
    let result = done("x.md", text, &rules());
    assert_eq!(after(text, &result.rewrite), (text.to_owned(), vec![]));
    assert_eq!(result.unparsed, 1, "the other names nothing");
}

#[test]
fn doctests_of_a_docstring_go_together() {
    becomes(
        "x.py",
        "def f():\n    \"\"\"F.\n\n    >>> from a.b import old\n    >>> if old:\n    ...     old.A()\n    1\n    >>> old.C()\n    \"\"\"\n",
        "def f():\n    \"\"\"F.\n\n    >>> from x.y import new as old\n    >>> if old:\n    ...     old.B()\n    1\n    >>> old.C()\n    \"\"\"\n",
        &[],
    );
}

#[test]
fn code_and_docstrings_are_rewritten_together() {
    becomes(
        "x.py",
        "'''\n>>> from a.b.old import A\n'''\nfrom a.b.old import A\n",
        "'''\n>>> from x.y.new import B as A\n'''\nfrom x.y.new import B as A\n",
        &[],
    );
}

#[test]
fn a_doctest_wraps_with_its_prompt() {
    let name = "C".repeat(48);
    becomes(
        "x.py",
        &format!("'''\n    >>> from a.b.old import A, C as {name}\n    >>> A\n'''\n"),
        &format!(
            "'''\n    >>> from x.y.new import (\n    ...     B as A,\n    ...     C as {name},\n    ... )\n    >>> A\n'''\n"
        ),
        &[],
    );
}

#[test]
fn an_example_that_is_no_python_does_not_keep_the_others() {
    becomes(
        "x.rst",
        ">>> from a.b.old import C\n>>> 1 +\nSyntaxError\n>>> C\n",
        ">>> from x.y.new import C\n>>> 1 +\nSyntaxError\n>>> C\n",
        &[],
    );
}

#[test]
fn a_needless_example_goes_with_its_line() {
    becomes(
        "x.rst",
        "  >>> from x.y.new import C\n  >>> from a.b.old import C\n  >>> C\n  1\n",
        "  >>> from x.y.new import C\n  >>> C\n  1\n",
        &[],
    );
}

#[test]
fn directives_are_rewritten_in_place() {
    becomes(
        "x.rst",
        "X\n\n.. code-block:: python\n   :linenos:\n\n   from a.b.old import A, E\n   A\n\n::\n\n   from a.b.old import A\n",
        "X\n\n.. code-block:: python\n   :linenos:\n\n   from x.y.new import B as A\n   from x.y.other import E\n   A\n\n::\n\n   from a.b.old import A\n",
        &[],
    );
}

#[test]
fn findings_in_documentation_have_places() {
    let text = "é\n\n> ```py\n> from a.b.old import Z\n> ```\n";
    stays("x.md", text, &[Code::UncoveredName]);
}

#[test]
fn nothing_happens_unless_it_is_asked_for() {
    for (path, text) in [
        ("x.md", "```py\nfrom a.b.old import C\n```\n"),
        ("x.py", "'''\n>>> from a.b.old import C\n'''\n"),
    ] {
        let document = Document {
            path,
            kind: Kind::of(path).unwrap(),
            docs: false,
        };
        let result = rewrite_document(&document, text, &rules(), &at("a.user"));
        assert_eq!(result.rewrite.outcome, Outcome::Unchanged);
        assert!(result.rewrite.diagnostics.is_empty());
    }
}

#[test]
fn documentation_within_a_package_is_no_module_of_it() {
    let text = "```py\nfrom .old import C\n```\n";
    let document = Document {
        path: "a/b/old.md",
        kind: Kind::Markdown,
        docs: true,
    };
    let result = rewrite_document(&document, text, &rules(), &at("a.b.old"));
    assert_eq!(
        after(text, &result.rewrite).0,
        "```py\nfrom x.y.new import C\n```\n"
    );
}

#[test]
fn a_file_that_is_skipped_is_skipped_with_its_docstrings() {
    let text = "'''\n>>> from a.b.old import C\n'''\n# redis-migrate: skip-file\nimport a.b.old\n";
    assert_eq!(
        done("x.py", text, &rules()).rewrite.outcome,
        Outcome::Skipped
    );
}

#[test]
fn a_line_that_would_change_what_is_around_it_stays_and_is_reported() {
    // The needless import would go, and `... ` would come to go on with `if x:`.
    becomes(
        "x.rst",
        ">>> from a.b.old import C\n>>> if x:\n>>> from a.b.old import C\n... \n",
        ">>> from a.b.old import C\n>>> if x:\n>>> from a.b.old import C\n... \n",
        &[Code::ManualChange, Code::ManualChange],
    );
    // It would go, and the last line would become the body of the directive.
    let text =
        ">>> import a.b.old\n.. code-block:: python\n>>> import a.b.old\n  from a.b import old\n";
    let result = done("x.rst", text, &rules()).rewrite;
    assert_ne!(result.outcome, Outcome::Failed, "{:#?}", result.diagnostics);
}

proptest::proptest! {
    #[test]
    fn any_document_stays_as_it_is_around_its_code(
        lines in proptest::collection::vec(proptest::sample::select(vec![
            "```py", "```", "> ```python", "> ```", "> x", "- ```py", "  ```", "~~~", "",
            ">>> from a.b.old import A, E", ">>> import a.b.old", "... ", "...     a.b.old.A", ">>> if x:",
            "from a.b.old import A, C", "> from a.b.old import A, E", "  from a.b import old", "  old.A",
            ".. code-block:: python", "   import a.b.old", "   a.b.old.A", "\tfrom a.b.old import A", "out", "    >>> from a.b.old import C",
            "'''", "def f():", "    '''", "    r'''", "\\",
        ]), 0..14),
        newline in proptest::sample::select(vec!["\n", "\r\n"]),
        ending in proptest::sample::select(vec!["md", "rst", "py"]),
    ) {
        let text = lines.join(newline);
        let result = done(&format!("x.{ending}"), &text, &rules()).rewrite;
        let internal = result.diagnostics.iter().any(|found| found.code == Code::InternalError);
        proptest::prop_assert!(!internal, "{:#?}", result.diagnostics);
    }
}
