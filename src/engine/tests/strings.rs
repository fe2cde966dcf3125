//! References by strings: annotations, patch targets, modules imported by name.

use super::*;
use Code::{StarImport, StringReference, UncoveredName};

#[test]
fn patch_targets_follow() {
    for (before, after) in [
        ("patch('a.b.old.A')\n", "patch('x.y.new.B')\n"),
        (
            "mocker.patch(\"a.b.old.A.get\")\n",
            "mocker.patch(\"x.y.new.B.get\")\n",
        ),
        (
            "@patch(r'a.b.old.C')\ndef f(): ...\n",
            "@patch(r'x.y.new.C')\ndef f(): ...\n",
        ),
        (
            "monkeypatch.setattr('a.b.old.E', 1)\n",
            "monkeypatch.setattr('x.y.other.E', 1)\n",
        ),
        (
            "patch.dict('a.b.old.C', {})\n",
            "patch.dict('x.y.new.C', {})\n",
        ),
    ] {
        becomes(before, after, &[]);
    }
    stays("patch('a.b.old.Z')\n", &[StringReference]);
    stays("patch('a.b.old')\n", &[StringReference]);
    stays("patch('a.b.older.A')\n", &[]);
    stays("patch('a.b.old.A')  # redis-migrate: ignore[old]\n", &[]);
}

#[test]
fn what_follows_an_import_is_no_type_comment() {
    becomes(
        "from a.b.old import A\nfrom a.b.old import A  # type: a.b.old.A and more\n",
        "from x.y.new import B as A\n",
        &[],
    );
    becomes(
        "from a.b.old import (\n    A,  # type: a.b.old.A\n)\nx = 1  # type: a.b.old.A\n",
        "from x.y.new import (\n    B as A,  # type: a.b.old.A\n)\nx = 1  # type: x.y.new.B\n",
        &[],
    );
    becomes(
        "import os; x = []  # type: list[a.b.old.A]\n",
        "import os; x = []  # type: list[x.y.new.B]\n",
        &[],
    );
    becomes(
        "from a.b.old import A\nfrom a.b.old import A; x = []  # type: a.b.old.A\n",
        "from x.y.new import B as A\nx = []  # type: x.y.new.B\n",
        &[],
    );
}

#[test]
fn annotations_that_spell_the_path_follow() {
    becomes(
        "def f(x: 'a.b.old.A') -> 'list[a.b.old.C]': ...\n",
        "def f(x: 'x.y.new.B') -> 'list[x.y.new.C]': ...\n",
        &[],
    );
    becomes("cast('a.b.old.A', x)\n", "cast('x.y.new.B', x)\n", &[]);
    for alias in [
        "T = Optional['m.A']",
        "T = typing.Union[int, 'm.A']",
        "T = Callable[['m.A'], None]",
        "T: TypeAlias = 'm.A'",
        "T = TypeVar('T', int, 'm.A')",
        "T = ForwardRef('m.A')",
        "T = NewType('m.A', 'm.A')",
        "T = NamedTuple('m.A', [('m.A', 'm.A')])",
        "T = TypedDict('m.A', {'m.A': 'm.A'})",
        "T = Literal['m.A'], d['m.A'], Annotated[int, 'm.A'], Optional['m.A']",
    ] {
        let at = alias.rfind("m.A").unwrap();
        let after = format!("{}m.B{}", &alias[..at], &alias[at + 3..]);
        becomes(
            &format!("import a.b.old as m\n{alias}\n"),
            &format!("import x.y.new as m\n{after}\n"),
            &[],
        );
    }
    becomes(
        "x = []  # type: list[a.b.old.A]\n",
        "x = []  # type: list[x.y.new.B]\n",
        &[],
    );
    stays("x = []  # a.b.old.A\n", &[]);
}

#[test]
fn modules_imported_by_name_follow_their_uses() {
    becomes(
        "importlib.import_module('a.b.old').A()\n",
        "importlib.import_module('x.y.new').B()\n",
        &[],
    );
    becomes(
        "getattr(import_module('a.b.old'), 'A')\n",
        "getattr(import_module('x.y.new'), 'B')\n",
        &[],
    );
    becomes(
        "m = import_module('a.b.old')\ndef f():\n    return m.A\n",
        "m = import_module('x.y.new')\ndef f():\n    return m.B\n",
        &[],
    );
    becomes("find_spec('a.b.old')\n", "find_spec('x.y.new')\n", &[]);
    becomes(
        "pkgutil.resolve_name('a.b.old:A')\n",
        "pkgutil.resolve_name('x.y.new:B')\n",
        &[],
    );
    stays("m = import_module('a.b.old')\nm.Z\n", &[StringReference]);
    stays("f(import_module('a.b.old'))\n", &[StringReference]);
    stays("resolve_name('a.b.old').A()\n", &[StringReference]);
    stays("sys.modules['a.b.old'] = x\n", &[StringReference]);
}

#[test]
fn a_sum_with_text_is_looked_into() {
    becomes(
        "print('v: ' + importlib.import_module('a.b.old').A() + '!')\n",
        "print('v: ' + importlib.import_module('x.y.new').B() + '!')\n",
        &[],
    );
    becomes(
        "s = f'{import_module(\"a.b.old\").A():{find_spec(\"a.b.old\")}}' + ('t' + f(x + 'u'))\n",
        "s = f'{import_module(\"x.y.new\").B():{find_spec(\"x.y.new\")}}' + ('t' + f(x + 'u'))\n",
        &[],
    );
    stays(
        "print('v: ' + sys.modules['a.b.old'].A() + '!')\n",
        &[StringReference],
    );
    stays("f'a.b.{x}' + '.old'\n'a' + '.b.old'\n", &[StringReference]);
}

#[test]
fn other_strings_are_reported() {
    stays("TASK = 'a.b.old.A'\n", &[StringReference]);
    stays("ENTRY = 'a.b.old:A'\n", &[StringReference]);
    stays("f'a.b.old.{x}'\n", &[StringReference]);
    stays("'a.b' + '.old.A'\n", &[StringReference]);
    stays("f'{root}.b.old'\n", &[StringReference]);
    stays("f'{x}.old'\n'read a.b.old.A of this'\n", &[]);
    stays("'''a.b.old.A'''\n", &[]);
}

#[test]
fn other_strings_change_when_asked_to() {
    let context = FileContext {
        unsafe_fixes: true,
        ..at("u")
    };
    let (after, codes) = run("TASK = 'a.b.old.A'\n", &rules(), &context);
    assert_eq!(
        (after.as_str(), &codes[..]),
        ("TASK = 'x.y.new.B'\n", &[][..])
    );
}

#[test]
fn a_star_is_spelled_out() {
    becomes(
        "from a.b.old import *\nA(C, print)\n",
        "from x.y.new import B as A, C\nA(C, print)\n",
        &[],
    );
    becomes(
        "from a.b.old import *  # noqa: F403\nA(E)\n",
        "from x.y.new import B as A  # noqa: F403\nfrom x.y.other import E  # noqa: F403\nA(E)\n",
        &[],
    );
    stays("from a.b.old import *\nA(W)\n", &[StarImport]);
    stays("from a.b.old import *\nA = 1\n", &[StarImport]);
    stays("from a.b.old import *\n", &[StarImport]);
    let rules = rule_set(vec![one("p", "a.b", "x.y", &[])]);
    assert_eq!(
        run("from a.b.c import *\n", &rules, &at("u")).0,
        "from x.y.c import *\n"
    );
}

fn renaming() -> RuleSet {
    let mut rules = rules();
    let moves = rules.moves.iter().cloned().map(|rule| Move {
        binding: Binding::Rename,
        ..rule
    });
    rules = rule_set(moves.collect());
    rules
}

#[track_caller]
fn renamed(before: &str, after: &str, codes: &[Code]) {
    let found = run(before, &renaming(), &at("u"));
    assert_eq!(
        (found.0.as_str(), &found.1[..]),
        (after, codes),
        "\n{before}"
    );
}

#[test]
fn a_renamed_binding_takes_its_uses_along() {
    renamed(
        "from a.b.old import A\n__all__ = ['A']\ndef f(x: 'A') -> A:\n    global A\n    return A.get(A=1)\n",
        "from x.y.new import B\n__all__ = ['B']\ndef f(x: 'B') -> B:\n    global B\n    return B.get(A=1)\n",
        &[],
    );
    renamed(
        "from a.b.old import A as K\nK\n",
        "from x.y.new import B as K\nK\n",
        &[],
    );
    renamed(
        "try:\n    from a.b.old import A\nexcept ImportError:\n    A = None\n",
        "try:\n    from x.y.new import B\nexcept ImportError:\n    B = None\n",
        &[],
    );
    renamed(
        "def f(A):\n    return A\nfrom a.b.old import A\nA\n",
        "def f(A):\n    return A\nfrom x.y.new import B\nB\n",
        &[],
    );
}

#[test]
fn a_name_in_the_way_keeps_the_old_one() {
    for before in [
        "from a.b.old import A\nB = 1\nA\n",
        "from a.b.old import A\ndef f(B):\n    return A\n",
        "from a.b.old import A\nB()\n",
        "from a.b.old import A\nA = wrap(A)\n",
        "class K:\n    from a.b.old import A\n",
    ] {
        let after = before.replace("a.b.old import A", "x.y.new import B as A");
        renamed(before, &after, &[Code::RenameRefused]);
    }
}

#[test]
fn an_uncovered_name_is_not_renamed() {
    renamed(
        "from a.b.old import Z\nZ\n",
        "from a.b.old import Z\nZ\n",
        &[UncoveredName],
    );
}

#[test]
fn a_module_is_imported_by_name_in_any_form_of_the_call() {
    let package = FileContext {
        is_package: true,
        ..at("a.b")
    };
    for (before, after) in [
        (
            "import_module('.old', __name__).A\n",
            "import_module('x.y.new', __name__).B\n",
        ),
        (
            "def f():\n    m = import_module(name='.old', package='a.b')\n    m.A\n",
            "def f():\n    m = import_module(name='x.y.new', package='a.b')\n    m.B\n",
        ),
        (
            "import_module(name='a.b.old').A\n",
            "import_module(name='x.y.new').B\n",
        ),
        (
            "getattr(import_module(package='a', name='.b.old'), 'A')\n",
            "getattr(import_module(package='a', name='x.y.new'), 'B')\n",
        ),
        ("find_spec(name='a.b.old')\n", "find_spec(name='x.y.new')\n"),
    ] {
        let (found, codes) = run(before, &rules(), &package);
        assert_eq!((found.as_str(), &codes[..]), (after, &[][..]), "{before}");
    }
    for source in [
        "f(import_module('.old', __name__))\n",
        "f(import_module(name='a.b.old'))\n",
    ] {
        let found = run(source, &rules(), &package);
        assert_eq!(found, (source.to_owned(), vec![StringReference]));
    }
    // In a module, `__name__` is no package.
    stays("import_module('.old', __name__)\n", &[]);
}

#[test]
fn a_string_that_names_the_legacy_module_is_no_name_of_the_package_around_it() {
    let context = FileContext {
        modules: vec!["a.b".to_owned()],
        is_package: true,
        ..FileContext::default()
    };
    let rules = rule_set(vec![one(
        "old",
        "a.b.old",
        "x.y.new",
        &[("A", "x.y.new:B")],
    )]);
    let before = "x: 'a.b.old.A' = 1\ndef f():\n    from ..b import old\n";
    let (after, _) = run(before, &rules, &context);
    assert_eq!(
        after,
        "x: 'x.y.new.B' = 1\ndef f():\n    from x.y import new as old\n"
    );
}

#[test]
fn a_name_in_sys_modules_moves_with_an_import_that_loads_it() {
    let rules = rule_set(vec![Move {
        names: None,
        ..one("whole", "a.b", "x.y", &[])
    }]);
    let context = at("user");
    for (import, moved) in [
        ("import a.b.old", "import x.y.old"),
        ("from a.b import old", "from x.y import old"),
        ("from a.b.old import *", "from x.y.old import *"),
        ("from a.b.old.sub import A", "from x.y.old.sub import A"),
        ("import_module('a.b.old')", "import_module('x.y.old')"),
    ] {
        for place in [
            "NAME.A",
            "del NAME",
            "NAME = 1",
            "f(NAME)\nNAME = 1",
            "sys.modules.get(KEY)",
        ] {
            let source = |import: &str, key: &str| {
                let name = format!("sys.modules['{key}']");
                let key = format!("'{key}'");
                format!(
                    "{import}\n{}\n",
                    place.replace("NAME", &name).replace("KEY", &key)
                )
            };
            let found = run(&source(import, "a.b.old"), &rules, &context);
            assert_eq!(found.0, source(moved, "x.y.old"));
        }
    }
    // Whatever loads it elsewhere may do so by the old name for good.
    for source in [
        "sys.modules['a.b.old'].A\n",
        "import a.b\ndel sys.modules['a.b.old']\n",
        "x = sys.modules['a.b.old']\nsys.modules['a.b.old'] = x\n",
    ] {
        let (after, left) = run(source, &rules, &context);
        assert!(after.contains("sys.modules['a.b.old']"), "{after}");
        assert!(!after.contains("sys.modules['x.y.old']"), "{after}");
        assert!(left.contains(&StringReference), "{left:?}");
    }
    // What replaces it serves those that import it, who move.
    let source = "sys.modules['a.b.old'] = fake\n";
    assert_eq!(
        run(source, &rules, &context).0,
        source.replace("a.b", "x.y")
    );
}
