//! The model against Python's scoping rules.

use super::*;
use crate::engine::python::parse;

/// The scope kind that each use of `name` belongs to, in source order.
fn homes(source: &str, name: &str) -> Vec<Option<(ScopeKind, usize)>> {
    let parsed = parse(source).unwrap();
    let model = model(&parsed);
    model
        .references
        .iter()
        .filter(|reference| reference.name == name)
        .map(|reference| reference.resolved.map(|id| (model.scopes[id].kind, id)))
        .collect()
}

fn kinds(source: &str, name: &str) -> Vec<Option<ScopeKind>> {
    homes(source, name)
        .into_iter()
        .map(|home| home.map(|(kind, _)| kind))
        .collect()
}

use ScopeKind::{Class, Comprehension, Function, Module, TypeParams};

#[test]
fn a_parameter_shadows_the_module() {
    let source = "import x\ndef f(x):\n    return x\nx\n";
    assert_eq!(kinds(source, "x"), [Some(Function), Some(Module)]);
}

#[test]
fn a_local_assignment_anywhere_makes_the_name_local() {
    let source = "import x\ndef f():\n    x.a\n    x = 1\n";
    assert_eq!(kinds(source, "x"), [Some(Function)]);
}

#[test]
fn a_class_body_is_not_seen_by_its_methods() {
    let source = "import x\nclass C:\n    x = 1\n    y = x\n    def m(self):\n        return x\n";
    assert_eq!(kinds(source, "x"), [Some(Class), Some(Module)]);
}

#[test]
fn a_comprehension_has_its_own_scope_but_its_first_iterable_does_not() {
    let source = "import x\n[x for x in x]\n";
    assert_eq!(kinds(source, "x"), [Some(Comprehension), Some(Module)]);
}

#[test]
fn a_comprehension_in_a_class_does_not_see_the_class() {
    let source = "import x\nclass C:\n    x = 1\n    y = [x for _ in x]\n";
    assert_eq!(kinds(source, "x"), [Some(Module), Some(Class)]);
}

#[test]
fn a_walrus_binds_around_the_comprehension() {
    let source = "def f():\n    [(x := 1) for _ in ()]\n    return x\nx\n";
    assert_eq!(kinds(source, "x"), [Some(Function), None]);
}

#[test]
fn global_and_nonlocal_are_followed() {
    let source = "import x\ndef f():\n    global x\n    import x\n    x\n";
    assert_eq!(kinds(source, "x"), [Some(Module)]);
    let source = "def f():\n    import x\n    def g():\n        nonlocal x\n        x = 1\n        return x\n    return x\n";
    let homes = homes(source, "x");
    assert_eq!(homes.len(), 2);
    assert_eq!(homes[0], homes[1]);
}

#[test]
fn match_captures_except_names_with_and_for_bind() {
    for source in [
        "def f(v):\n    match v:\n        case {'a': x, **rest}:\n            x\n",
        "def f():\n    try: pass\n    except E as x:\n        x\n",
        "def f():\n    with o() as (x, y):\n        x\n",
        "def f():\n    for x in y:\n        x\n",
        "def f():\n    del x\n    x\n",
        "def f(*x):\n    x\n",
        "lambda x: x\n",
    ] {
        assert_eq!(kinds(source, "x").last(), Some(&Some(Function)), "{source}");
    }
}

#[test]
fn type_parameters_have_a_scope() {
    let source =
        "import T\ndef f[T](a: T) -> T: ...\nclass C[T](Base[T]): ...\ntype A[T] = list[T]\n";
    assert_eq!(kinds(source, "T"), [Some(TypeParams); 4]);
}

#[test]
fn defaults_and_decorators_are_evaluated_outside() {
    let source = "import x\n@x.d\ndef f(x=x.a):\n    pass\n";
    assert_eq!(kinds(source, "x"), [Some(Module), Some(Module)]);
}

#[test]
fn attributes_are_collected_with_their_places() {
    let source = "import a\na.b.c(a.d)\n(a\n .e)\n";
    let parsed = parse(source).unwrap();
    let model = model(&parsed);
    let chains: Vec<Vec<&str>> = model
        .references
        .iter()
        .map(|reference| reference.chain.iter().map(|link| link.0).collect())
        .collect();
    assert_eq!(chains, [vec!["b", "c"], vec!["d"], vec!["e"]]);
}

#[test]
fn string_annotations_and_casts_are_code_but_literals_are_not() {
    let source = "import x\ndef f(a: 'x.A', b: Literal['x']) -> 'list[x.B]': ...\ncast('x.C', a)\nprint('x.D')\n";
    let parsed = parse(source).unwrap();
    let model = model(&parsed);
    let found: Vec<_> = model
        .references
        .iter()
        .filter(|reference| reference.name == "x")
        .map(|reference| (&source[reference.span(1)], reference.in_string))
        .collect();
    assert_eq!(found, [("x.A", true), ("x.B", true), ("x.C", true)]);
}

#[test]
fn f_strings_hold_code() {
    assert_eq!(kinds("import x\nf'{x.a:{x.b}}'\n", "x"), [Some(Module); 2]);
}

#[test]
fn an_import_dominates_what_follows_in_its_block_and_below() {
    let source = "import a\nif c:\n    import b\n    import d\nimport e\n";
    let parsed = parse(source).unwrap();
    let model = model(&parsed);
    let [a, b, d, e] = &model.imports[..] else {
        panic!("four imports");
    };
    assert!(model.dominates(a, b) && model.dominates(a, e) && model.dominates(b, d));
    assert!(!model.dominates(b, e));
}
