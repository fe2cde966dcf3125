//! Classes: members, bases, constructors, and what leaves them open.

use super::*;

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
    let m = read_with(
        "from .base import Base\nclass Foo(Base):\n    x = 1\n",
        &[("app.base", base)],
    );
    assert_eq!(member(&m, "ping"), "Method () -> _");
    assert_eq!(member(&m, "nope"), "absent");
    let open = read("from elsewhere import Base\nclass Foo(Base):\n    x = 1\n");
    assert_eq!(member(&open, "ping"), "unclear");
    assert_eq!(
        constructor("from e import Base\nclass Foo(Base): ...\n"),
        "?"
    );
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
fn what_a_descriptor_gives_is_not_known() {
    let read_ = |get: &str| {
        let source = format!(
            "class D:\n    def {get}(self, instance, owner): ...\nclass Foo:\n    x = D()\n"
        );
        member(&read(&source), "x")
    };
    assert_eq!(read_("__get__"), "ClassAttribute ?");
    assert_eq!(read_("get"), "ClassAttribute D()");
}

#[test]
fn constructors() {
    let expected = [
        ("class Foo: ...\n", "()"),
        (
            "class Foo:\n    def __init__(self, a, *, b=1): ...\n",
            "(a, *, b=...)",
        ),
        ("class Foo:\n    def __new__(cls, a): ...\n", "(a)"),
        (
            "class B:\n    def __init__(self, a): ...\nclass Foo(B): ...\n",
            "(a)",
        ),
        (
            "@dataclass\nclass Foo:\n    a: int\n    b: str = ''\n    c: ClassVar[int] = 1\n    d: int = field(init=False)\n    e: list = field(default_factory=list)\n",
            "(a, b=..., e=...)",
        ),
        (
            "@dataclass\nclass B:\n    a: int\n@dataclass(frozen=True)\nclass Foo(B):\n    b: int = 1\n",
            "(a, b=...)",
        ),
        ("@dataclass(kw_only=True)\nclass Foo:\n    a: int\n", "?"),
        (
            "class Foo(NamedTuple):\n    a: int\n    b: int = 1\n",
            "(a, b=...)",
        ),
        ("class Foo(BaseModel):\n    a: int\n", "?"),
        ("@singleton\nclass Foo:\n    def __init__(self): ...\n", "?"),
    ];
    for (source, signature) in expected {
        assert_eq!(constructor(source), signature, "{source}");
    }
}
