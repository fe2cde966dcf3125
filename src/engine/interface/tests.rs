//! What is read from small modules, in the notation of [`show`].

use std::collections::BTreeMap;

use super::*;

/// Modules by name.
struct Modules(BTreeMap<&'static str, &'static str>);

impl Sources for Modules {
    fn source(&self, name: &str) -> Option<Source> {
        let text = self.0.get(name)?;
        Some(Source {
            text: (*text).into(),
            is_package: text.starts_with("# package"),
        })
    }
}

fn read_with(source: &str, others: &[(&'static str, &'static str)]) -> Interface {
    let modules = Modules(others.iter().copied().collect());
    let source = Source {
        text: source.into(),
        is_package: false,
    };
    Interface::read(&source, "app.m", &modules)
}

fn read(source: &str) -> Interface {
    read_with(source, &[])
}

/// A shape in short: `Foo()` is an object of `Foo`, `?` unknown, `_` plain, `~x` awaitable.
fn show(interface: &Interface, shape: &Shape) -> String {
    let class = |id: &ClassId| interface.classes[*id].name.clone();
    match shape {
        Shape::Unknown => "?".to_owned(),
        Shape::Value { typed: true } => "value".to_owned(),
        Shape::Value { typed: false } => "any".to_owned(),
        Shape::Plain => "_".to_owned(),
        Shape::Module(name) => format!("module {name}"),
        Shape::Class(id) => format!("class {}", class(id)),
        Shape::Instance(id) => format!("{}()", class(id)),
        Shape::Function(function) => {
            let signature = function.signature.as_ref();
            let signature = signature.map_or("(?)".to_owned(), ToString::to_string);
            format!("{signature} -> {}", show(interface, &function.returns))
        }
        Shape::Awaitable(value) => format!("~{}", show(interface, value)),
        Shape::Context { is_async, value } => {
            let keyword = if *is_async { "async with" } else { "with" };
            format!("{keyword} {}", show(interface, value))
        }
    }
}

fn name(interface: &Interface, name: &str) -> String {
    match interface.member(name) {
        Presence::There(shape) => show(interface, shape),
        Presence::Unclear => "unclear".to_owned(),
        Presence::Absent => "absent".to_owned(),
    }
}

/// A member of the class `Foo`.
fn member(interface: &Interface, name: &str) -> String {
    let id = interface.classes.iter().position(|class| class.name == "Foo").unwrap();
    match interface.attribute(&Shape::Instance(id), name) {
        Presence::There(found) => {
            format!("{:?} {}", found.access, show(interface, &found.shape))
        }
        Presence::Unclear => "unclear".to_owned(),
        Presence::Absent => "absent".to_owned(),
    }
}

/// The constructor of the class `Foo`.
fn constructor(source: &str) -> String {
    let interface = read(source);
    let class = interface.classes.iter().find(|class| class.name == "Foo").unwrap();
    class.constructor.as_ref().map_or("?".to_owned(), ToString::to_string)
}

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
        ("a", "Foo()"), ("b", "Foo()"), ("c", "Foo()"), ("d", "Bar()"), ("e", "Bar()"), ("f", "_"),
        ("g", "?"), ("h", "value"), ("i", "?"), ("j", "?"), ("get", "() -> Foo()"),
        ("get_foreign", "() -> value"), ("Foo", "class Foo"), ("redis", "module redis"),
    ];
    for (value, shape) in expected {
        assert_eq!(name(&m, value), shape, "{value}");
    }
}

#[test]
fn members_by_access() {
    let m = read(
        "class Foo:\n    LIMIT = 1\n    __slots__ = ('pool',)\n\
         \x20   def __init__(self, url: str, other: 'Foo'):\n        self.url = url\n        self.other = other\n        self.client = None\n        def inner():\n            self.deep = 1\n\
         \x20   async def get(self, key, *, ttl=None) -> str: ...\n\
         \x20   @property\n    def connected(self) -> bool: ...\n\
         \x20   @property\n    def level(self): return 1\n    @level.setter\n    def level(self, value): ...\n\
         \x20   @staticmethod\n    def parse(text): return 1\n\
         \x20   @classmethod\n    def make(cls, x) -> 'Self': ...\n",
    );
    let expected = [
        ("LIMIT", "ClassAttribute _"),
        ("url", "InstanceAttribute _"),
        ("other", "InstanceAttribute Foo()"),
        ("client", "InstanceAttribute ?"),
        ("deep", "InstanceAttribute _"),
        ("pool", "InstanceAttribute ?"),
        ("get", "Method (key, *, ttl=...) -> ~_"),
        ("connected", "Property { settable: false } _"),
        ("level", "Property { settable: true } _"),
        ("parse", "StaticMethod (text) -> _"),
        ("make", "ClassMethod (x) -> Foo()"),
        ("nope", "absent"),
        ("__dict__", "unclear"),
    ];
    for (attribute, shape) in expected {
        assert_eq!(member(&m, attribute), shape, "{attribute}");
    }
}

#[test]
fn an_instance_attribute_is_not_on_the_class() {
    let m = read("class Foo:\n    def f(self):\n        self.x = 1\n");
    assert_eq!(m.attribute(&Shape::Class(0), "x"), Presence::Absent);
}

#[test]
fn bases_are_followed_and_unknown_ones_leave_the_class_open() {
    let base = "class Base:\n    def __init__(self, url): ...\n    def ping(self) -> bool: ...\n";
    let m = read_with("from .base import Base\nclass Foo(Base):\n    x = 1\n", &[("app.base", base)]);
    assert_eq!(member(&m, "ping"), "Method () -> _");
    assert_eq!(member(&m, "nope"), "absent");
    let open = read("from elsewhere import Base\nclass Foo(Base):\n    x = 1\n");
    assert_eq!(member(&open, "ping"), "unclear");
    assert_eq!(constructor("from e import Base\nclass Foo(Base): ...\n"), "?");
}

#[test]
fn what_makes_a_class_open() {
    for source in [
        "class Foo:\n    def __getattr__(self, name): ...\n",
        "class Foo:\n    def f(self):\n        setattr(self, n, 1)\n",
        "class Foo:\n    def f(self, kw):\n        self.__dict__.update(kw)\n",
        "class Foo(metaclass=Meta): ...\n",
        "@register\nclass Foo: ...\n",
        "class Foo(Enum):\n    A = 1\n",
    ] {
        assert_eq!(member(&read(source), "nope"), "unclear", "{source}");
    }
    for source in [
        "class Foo(ABC, Generic[T], metaclass=ABCMeta): ...\n",
        "@dataclass\nclass Foo:\n    x: int\n",
    ] {
        assert_eq!(member(&read(source), "nope"), "absent", "{source}");
    }
    let added = read("class Foo: ...\nFoo.nope = 1\n");
    assert_eq!(member(&added, "nope"), "ClassAttribute ?");
}

#[test]
fn constructors() {
    let expected = [
        ("class Foo: ...\n", "()"),
        ("class Foo:\n    def __init__(self, a, *, b=1): ...\n", "(a, *, b=...)"),
        ("class Foo:\n    def __new__(cls, a): ...\n", "(a)"),
        ("class B:\n    def __init__(self, a): ...\nclass Foo(B): ...\n", "(a)"),
        ("@dataclass\nclass Foo:\n    a: int\n    b: str = ''\n    c: ClassVar[int] = 1\n    d: int = field(init=False)\n    e: list = field(default_factory=list)\n", "(a, b=..., e=...)"),
        ("@dataclass\nclass B:\n    a: int\n@dataclass(frozen=True)\nclass Foo(B):\n    b: int = 1\n", "(a, b=...)"),
        ("@dataclass(kw_only=True)\nclass Foo:\n    a: int\n", "?"),
        ("class Foo(NamedTuple):\n    a: int\n    b: int = 1\n", "(a, b=...)"),
        ("class Foo(BaseModel):\n    a: int\n", "?"),
        ("@singleton\nclass Foo:\n    def __init__(self): ...\n", "?"),
    ];
    for (source, signature) in expected {
        assert_eq!(constructor(source), signature, "{source}");
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
        ("A", "?"), ("same", "(a) -> _"), ("differ", "(?) -> ?"), ("kinds", "?"),
        ("twice", "(b) -> _"), ("count", "?"),
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
        ("pkg", "# package\nfrom . import sub\nfrom .sub import thing as renamed\n"),
        ("pkg.sub", "def thing(): ...\n"),
        ("pkg.late", "x = 1\n"),
    ];
    let m = read_with(
        "from .b import *\nfrom .c import *\nfrom pkg import renamed, sub, late\nimport pkg.sub as ps\nfrom gone import it\n",
        &others,
    );
    let expected = [
        ("foo", "Foo()"), ("_hidden", "absent"), ("one", "_"), ("two", "absent"),
        ("renamed", "() -> any"), ("sub", "module pkg.sub"), ("late", "module pkg.late"),
        ("ps", "module pkg.sub"), ("it", "?"),
    ];
    for (value, shape) in expected {
        assert_eq!(name(&m, value), shape, "{value}");
    }
    assert_eq!(name(&read("from gone import *\n"), "x"), "unclear");
    assert_eq!(name(&read("def __getattr__(name): ...\n"), "x"), "unclear");
    assert_eq!(name(&read("globals()['x'] = 1\n"), "x"), "unclear");
    assert_eq!(name(&read("x = (\n"), "x"), "unclear");
}

#[test]
fn circles_end() {
    let others = [("app.a", "from app.m import x\nfrom app.a import y\nclass A(B): ...\nclass B(A): ...\n")];
    let m = read_with("from app.a import x, y, A\nz = z\nclass Foo(Foo): ...\n", &others);
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
    assert_eq!([name(&m, "a"), name(&m, "b"), name(&m, "gone")], ["Foo()", "?", "absent"]);
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
        signature.accepts(&arguments).map_err(|misfit| misfit.to_string())
    };
    assert_eq!(accepts("f", 1, &["c"]), Ok(()));
    assert_eq!(accepts("g", 9, &["x"]), Ok(()));
    assert_eq!(accepts("f", 3, &["c"]), Err("takes at most 2 by position, but 3 given".to_owned()));
    assert_eq!(accepts("f", 0, &[]), Err("needs `a`, `c`".to_owned()));
    assert_eq!(accepts("f", 1, &["c", "x"]), Err("takes no argument `x`".to_owned()));
    assert_eq!(accepts("f", 1, &["a", "c"]), Err("gets `a` twice".to_owned()));
    assert_eq!(accepts("h", 1, &["a", "b"]), Err("takes no argument `a`".to_owned()));
}
