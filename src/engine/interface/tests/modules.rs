//! Functions, values, imports, and calls that fit.

use super::*;

#[test]
fn functions_by_kind() {
    let m = read(
        "class Foo: ...\n\
         def plain(a, /, b, c=1, *args, d, e=2, **kw) -> int: return 1\n\
         async def coro(x: int = 0) -> 'Foo | None': ...\n\
         def gen():\n    yield 1\n\
         async def agen():\n    yield 1\n\
         def awaitable() -> Awaitable[Foo]: ...\n\
         def foreign() -> Optional[redis.Redis]: ...\n\
         def untyped(x):\n    return x\n\
         def nothing():\n    print()\n\
         def stub(): ...\n",
    );
    let expected = [
        ("plain", "(a, /, b, c=..., *args, d, e=..., **kwargs) -> _"),
        ("coro", "(x=...) -> ~Foo()"),
        ("gen", "() -> _"),
        ("agen", "() -> _"),
        ("awaitable", "() -> ~Foo()"),
        ("untyped", "(x) -> any"),
        ("nothing", "() -> _"),
        ("stub", "() -> any"),
        ("missing", "absent"),
    ];
    for (function, shape) in expected {
        assert_eq!(name(&m, function), shape, "{function}");
    }
}

#[test]
fn values_of_known_classes() {
    let m = read(
        "import redis\n\
         class Foo:\n    @classmethod\n    def create(cls) -> 'Foo': ...\n    @property\n    def view(self) -> Bar: ...\n    def bar(self) -> 'Bar': ...\n\
         class Bar: ...\n\
         a = Foo()\n\
         b: Foo = make()\n\
         c = Foo.create()\n\
         d = a.view\n\
         e = a.bar()\n\
         f = 1\n\
         g = redis.Redis()\n\
         h: redis.Redis = make()\n\
         i = Foo() if x else Bar()\n\
         j = None\n\
         def get():\n    return a\n\
         def get_foreign() -> redis.Redis: ...\n",
    );
    let expected = [
        ("a", "Foo()"),
        ("b", "Foo()"),
        ("c", "Foo()"),
        ("d", "Bar()"),
        ("e", "Bar()"),
        ("f", "_"),
        ("g", "?"),
        ("h", "value"),
        ("i", "?"),
        ("j", "?"),
        ("get", "() -> Foo()"),
        ("get_foreign", "() -> value"),
        ("Foo", "class Foo"),
        ("redis", "module redis"),
    ];
    for (value, shape) in expected {
        assert_eq!(name(&m, value), shape, "{value}");
    }
}

#[test]
fn decorators_that_keep_change_or_hide() {
    let m = read(
        "from functools import wraps\n\
         def retry(times):\n    def outer(f):\n        @wraps(f)\n        async def inner(*args, **kwargs):\n            return await f(*args, **kwargs)\n        return inner\n    return outer\n\
         def narrow(f):\n    @wraps(f)\n    def inner(x):\n        return f(x)\n    return inner\n\
         @lru_cache(maxsize=1)\ndef cached(a) -> int: ...\n\
         @retry(3)\nasync def retried(a) -> int: ...\n\
         @narrow\ndef narrowed(a, b): ...\n\
         @elsewhere.decorate\ndef hidden(a): ...\n\
         @contextmanager\ndef managed(a) -> Iterator[Foo]:\n    yield Foo()\n\
         @asynccontextmanager\nasync def amanaged():\n    yield Foo()\n\
         @overload\ndef over(a: int) -> int: ...\n@overload\ndef over(a: str) -> str: ...\ndef over(a, b=1): ...\n\
         class Foo: ...\n",
    );
    let expected = [
        ("cached", "(a) -> _"),
        ("retried", "(a) -> ~_"),
        ("narrowed", "?"),
        ("hidden", "?"),
        ("managed", "(a) -> with Foo()"),
        ("amanaged", "() -> async with Foo()"),
        ("over", "(a, b=...) -> any"),
    ];
    for (function, shape) in expected {
        assert_eq!(name(&m, function), shape, "{function}");
    }
}

#[test]
fn conditional_definitions_are_joined() {
    let m = read(
        "try:\n    from fast import A\nexcept ImportError:\n    A = None\n\
         if x:\n    def same(a) -> int: ...\nelse:\n    def same(a) -> int: ...\n\
         if x:\n    def differ(a): ...\nelse:\n    async def differ(b): ...\n\
         if x:\n    def kinds(a): ...\nelse:\n    kinds = 1\n\
         def twice(a): ...\ndef twice(b): return 1\n\
         count = 1\ndef f():\n    global count\n    count = Foo()\n",
    );
    let expected = [
        ("A", "?"),
        ("same", "(a) -> _"),
        ("differ", "(?) -> ?"),
        ("kinds", "?"),
        ("twice", "(b) -> _"),
        ("count", "?"),
    ];
    for (value, shape) in expected {
        assert_eq!(name(&m, value), shape, "{value}");
    }
}

#[test]
fn imports_stars_and_submodules() {
    let others = [
        ("app.a", "class Foo: ...\nfoo = Foo()\n_hidden = 1\n"),
        ("app.b", "from .a import *\n"),
        ("app.c", "__all__ = ['one']\none = 1\ntwo = 2\n"),
        (
            "pkg",
            "# package\nfrom . import sub\nfrom .sub import thing as renamed\n",
        ),
        ("pkg.sub", "def thing(): ...\n"),
        ("pkg.late", "x = 1\n"),
    ];
    let m = read_with(
        "from .b import *\nfrom .c import *\nfrom pkg import renamed, sub, late\nimport pkg.sub as ps\nfrom gone import it\n",
        &others,
    );
    let expected = [
        ("foo", "Foo()"),
        ("_hidden", "absent"),
        ("one", "_"),
        ("two", "absent"),
        ("renamed", "() -> any"),
        ("sub", "module pkg.sub"),
        ("late", "module pkg.late"),
        ("ps", "module pkg.sub"),
        ("it", "?"),
    ];
    for (value, shape) in expected {
        assert_eq!(name(&m, value), shape, "{value}");
    }
    assert_eq!(name(&read("from gone import *\n"), "x"), "unclear");
    assert_eq!(name(&read("def __getattr__(name): ...\n"), "x"), "unclear");
    let only = "__all__ = ['x']\ndef __getattr__(name):\n    'Text.'\n    \
                if name not in __all__:\n        raise AttributeError(name)\n    return 1\n";
    assert_eq!(name(&read(only), "y"), "absent");
    assert_ne!(name(&read(only), "x"), "absent");
    let more = only.replace("__all__:", "SOME:");
    assert_eq!(name(&read(&more), "y"), "unclear");
    assert_eq!(name(&read("globals()['x'] = 1\n"), "x"), "unclear");
    assert_eq!(name(&read("x = (\n"), "x"), "unclear");
}

#[test]
fn circles_end() {
    let others = [(
        "app.a",
        "from app.m import x\nfrom app.a import y\nclass A(B): ...\nclass B(A): ...\n",
    )];
    let m = read_with(
        "from app.a import x, y, A\nz = z\nclass Foo(Foo): ...\n",
        &others,
    );
    for value in ["x", "y", "z"] {
        assert_eq!(name(&m, value), "?", "{value}");
    }
}

#[test]
fn only_what_is_wanted_is_read() {
    let source = Source {
        text: "class Foo: ...\na = Foo()\nb = Foo()\n".into(),
        is_package: false,
    };
    let wanted = BTreeSet::from(["a".to_owned(), "gone".to_owned()]);
    let m = Interface::read_only(&source, "m", &wanted, &NoSources);
    assert_eq!(
        [name(&m, "a"), name(&m, "b"), name(&m, "gone")],
        ["Foo()", "?", "absent"]
    );
}

#[test]
fn calls_fit_or_say_why() {
    let m = read("def f(a, b=1, *, c, d=2): ...\ndef g(*args, **kw): ...\ndef h(a, /, b): ...\n");
    let accepts = |function: &str, positional: usize, named: &[&str]| {
        let Presence::There(Shape::Function(found)) = m.member(function) else {
            panic!("a function");
        };
        let arguments = Arguments {
            positional,
            named: named.iter().map(|&name| name.to_owned()).collect(),
            ..Arguments::default()
        };
        let signature = found.signature.as_ref().unwrap();
        signature
            .accepts(&arguments)
            .map_err(|misfit| misfit.to_string())
    };
    assert_eq!(accepts("f", 1, &["c"]), Ok(()));
    assert_eq!(accepts("g", 9, &["x"]), Ok(()));
    assert_eq!(
        accepts("f", 3, &["c"]),
        Err("takes at most 2 by position, but 3 given".to_owned())
    );
    assert_eq!(accepts("f", 0, &[]), Err("needs `a`, `c`".to_owned()));
    assert_eq!(
        accepts("f", 1, &["c", "x"]),
        Err("takes no argument `x`".to_owned())
    );
    assert_eq!(
        accepts("f", 1, &["a", "c"]),
        Err("gets `a` twice".to_owned())
    );
    assert_eq!(
        accepts("h", 1, &["a", "b"]),
        Err("takes no argument `a`".to_owned())
    );
}
