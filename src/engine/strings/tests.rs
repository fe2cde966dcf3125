use super::*;
use crate::engine::python::parse;

fn roles(source: &str) -> Vec<(String, Role)> {
    let parsed = parse(source).unwrap();
    collect(&parsed)
        .sites
        .into_iter()
        .map(|site| (source[site.content].to_owned(), site.role))
        .collect()
}

#[test]
fn patches_are_told_by_their_callee() {
    for source in [
        "patch('a.b')\n",
        "mock.patch('a.b', 1)\n",
        "mocker.patch('a.b')\n",
        "@unittest.mock.patch('a.b', new=x)\ndef f(): ...\n",
        "monkeypatch.setattr('a.b', 1)\n",
        "patch.dict('a.b', {})\n",
        "patch(target='a.b')\n",
    ] {
        assert!(
            roles(source).contains(&("a.b".into(), Role::Patch)),
            "{source}"
        );
    }
    assert_eq!(roles("setattr('a.b', 'c', 1)\n")[0].1, Role::Plain);
    let known = Role::PatchWithin(Some(vec![("C".into(), 22..23)]));
    assert_eq!(
        roles("patch.multiple('a.b', C=1, create=True)\n")[0].1,
        known
    );
    let unknown = Role::PatchWithin(None);
    assert_eq!(roles("patch.multiple('a.b', **C)\n")[0].1, unknown);
}

#[test]
fn a_name_after_dots_starts_from_a_package() {
    for (source, package) in [
        (
            "import_module('.old', 'a')\n",
            Some(Package::Named("a".into())),
        ),
        (
            "x = importlib.import_module('.old', package='a.b')\n",
            Some(Package::Named("a.b".into())),
        ),
        ("find_spec('.old', __package__)\n", Some(Package::Own)),
        ("import_module('.old', __name__)\n", Some(Package::Itself)),
        (
            "import_module(name='.old', package='a.b')\n",
            Some(Package::Named("a.b".into())),
        ),
        (
            "import_module(package=__package__, name='.old')\n",
            Some(Package::Own),
        ),
        ("import_module('.old', name)\n", None),
        ("import_module('a.old', 'a')\n", None),
    ] {
        let strings = collect(&parse(source).unwrap());
        assert_eq!(strings.sites[0].package, package, "{source}");
    }
}

#[test]
fn modules_are_told_with_what_they_are_used_for() {
    let used = |source: &str| match roles(source).swap_remove(0).1 {
        Role::Module(used) => used,
        other => panic!("{source}: {other:?}"),
    };
    assert_eq!(used("import_module('a.b')\n"), ModuleUse::Unknown);
    assert_eq!(
        used("m = importlib.import_module('a.b')\n"),
        ModuleUse::Bound(0..1)
    );
    assert!(
        matches!(used("import_module('a.b').C()\n"), ModuleUse::Member(name, _) if name == "C")
    );
    assert!(
        matches!(used("getattr(import_module('a.b'), 'C')\n"), ModuleUse::Member(name, _) if name == "C")
    );
    for source in [
        "patch.object(import_module('a.b'), 'C', 1)\n",
        "monkeypatch.setattr(import_module('a.b'), 'C', 1)\n",
        "hasattr(import_module('a.b'), 'C')\n",
    ] {
        assert!(
            matches!(used(source), ModuleUse::Member(name, _) if name == "C"),
            "{source}"
        );
    }
    assert_eq!(used("find_spec('a.b')\n"), ModuleUse::Exists);
    assert_eq!(used("'a.b' in sys.modules\n"), ModuleUse::Exists);
    assert_eq!(used("sys.modules['a.b'] = x\n"), ModuleUse::Replaced);
    for source in [
        "del sys.modules['a.b']\n",
        "sys.modules.pop('a.b', None)\n",
        "sys.modules.get('a.b')\n",
    ] {
        assert_eq!(used(source), ModuleUse::Loaded, "{source}");
    }
}

#[test]
fn strings_that_are_put_together_keep_what_is_known() {
    let built = |source: &str| {
        let parsed = parse(source).unwrap();
        collect(&parsed).built.swap_remove(0).1
    };
    assert_eq!(built("f'{x}.b.{y}'\n"), "\0.b.\0");
    assert_eq!(built("x + '.b' + y\n"), "\0.b\0");
    assert_eq!(built("'a.' 'b'\n"), "a.b");
    assert_eq!(built("'a\\x2eb'\n"), "a.b");
}

#[test]
fn texts_that_outgrow_the_source_are_not_put_together() {
    let long = "x".repeat(1 << 17);
    for source in [
        format!("'{}' % {{'a': '{long}'}}\n", "%(a)s".repeat(20_000)),
        format!("'{}'.format('{long}')\n", "{0}".repeat(20_000)),
        format!("'{long}'.join([{}])\n", "x, ".repeat(20_000)),
    ] {
        assert!(collect(&parse(&source).unwrap()).built.is_empty());
    }
}
