//! Uses of two small managers that differ as the real ones do.

use super::check::{Finding, Sides, Standing, check};
use super::*;
use crate::engine::interface::{Interface, NoSources, Source};
use crate::engine::python::parse;
use crate::engine::semantic::{ImportNode, model};

const LEGACY: &str = "
import redis
class Cache:
    def __init__(self, client=None): self.client = client
    async def get(self, key, default=None) -> str: ...
    async def set(self, key, value, ttl=None) -> bool: ...
    def client_now(self) -> Optional[redis.Redis]: ...
    def raw(self):
        return self.client
    @property
    def enabled(self) -> bool: ...
    async def ready(self) -> bool: ...
    def count(self) -> int: ...
    def close(self) -> None: ...
    async def __aenter__(self) -> 'Cache': ...
    async def __aexit__(self, *args): ...
cache = Cache()
def get_cache() -> Cache: return cache
async def connect() -> Cache: ...
def gone(): ...
";

const TARGET: &str = "
class Manager:
    async def get(self, key) -> str: ...
    async def set(self, key, value, ex=None) -> bool: ...
    async def client_now(self): ...
    async def raw(self): ...
    @property
    def ready(self) -> bool: ...
    async def count(self) -> int: ...
    async def close(self) -> None: ...
    @property
    def client(self): ...
manager = Manager()
def get_cache() -> Manager: return manager
async def connect() -> Manager: ...
";

fn interface(text: &str, module: &str) -> Interface {
    let source = Source {
        text: text.into(),
        is_package: false,
    };
    Interface::read(&source, module, &NoSources)
}

/// What `old` offers, moved to `new`: `Cache` to `Manager`, `cache` to `manager`, the class
/// `Service` to an instance, `gone` to nothing.
fn findings(source: &str) -> Vec<Finding> {
    let legacy = interface(&format!("{LEGACY}class Service(Cache): ...\n"), "old");
    let target = interface(TARGET, "new");
    let parsed = parse(source).unwrap();
    let model = model(&parsed);
    let mut tracked = Vec::new();
    for (import, statement) in model.imports.iter().enumerate() {
        let member = |name: &str| {
            Symbol::Member(Target {
                module: "old".to_owned(),
                name: name.to_owned(),
            })
        };
        let symbols: Vec<Option<Symbol>> = match statement.node {
            ImportNode::From(node) => {
                let ours = node.module.as_deref() == Some("old");
                node.names.iter().map(|name| ours.then(|| member(&name.name))).collect()
            }
            ImportNode::Import(node) => {
                let module = |links: &[&str]| Symbol::Module {
                    module: "old".to_owned(),
                    links: links.iter().map(|&link| link.to_owned()).collect(),
                };
                let symbol = |name: &str| match name {
                    "old" => Some(module(&[])),
                    "pkg.old" => Some(module(&["old"])),
                    _ => None,
                };
                node.names.iter().map(|name| symbol(&name.name)).collect()
            }
        };
        for (alias, symbol) in symbols.into_iter().enumerate() {
            tracked.extend(symbol.map(|symbol| Tracked { import, alias, symbol }));
        }
    }
    let usage = Usage::read(&parsed, &model, &tracked);
    let mut found = check(&usage, &|member| {
        let name = match member.name.as_str() {
            "Cache" => "Manager",
            "cache" | "Service" => "manager",
            "get_cache" => "get_cache",
            "connect" => "connect",
            "gone" => "gone",
            _ => return None,
        };
        Some(Sides { legacy: Some(&legacy), target: Some(&target), name })
    });
    found.sort_by_key(|finding| finding.range.start);
    found
}

/// Findings in short: `!` newly broken, `=` already broken, `?` guarded; code and source text.
fn short(source: &str) -> Vec<String> {
    findings(source)
        .into_iter()
        .map(|found| {
            let mark = match found.standing {
                Standing::Newly => '!',
                Standing::Already => '=',
                Standing::Guarded => '?',
            };
            format!("{mark}{} {}", found.code.as_str(), &source[found.range])
        })
        .collect()
}

/// Body lines of an async function in a file that imports everything.
fn inside(body: &str) -> Vec<String> {
    let body = body.trim_end().replace('\n', "\n    ");
    short(&format!(
        "from old import Cache, cache, get_cache, connect, gone, Service\nasync def f(p, q: Cache, r: 'Cache | None' = None):\n    {body}\n"
    ))
    .into_iter()
    .filter(|found| !found.starts_with("!missing-target"))
    .collect()
}

const NONE: [&str; 0] = [];

#[test]
fn members_arguments_and_constructors() {
    assert_eq!(inside("cache.enabled"), ["!missing-member enabled"]);
    assert_eq!(inside("cache.nope"), ["=missing-member nope"]);
    assert_eq!(inside("await cache.get('a')"), NONE);
    assert_eq!(inside("await cache.get('a', default=1)"), ["!wrong-arguments cache.get('a', default=1)"]);
    assert_eq!(inside("await cache.get()"), ["=wrong-arguments cache.get()"]);
    assert_eq!(inside("await cache.set('a', *b, **c)"), NONE);
    assert_eq!(inside("Cache()"), NONE);
    assert_eq!(inside("Cache(p)"), ["!constructor-arguments Cache(p)"]);
    assert_eq!(inside("Cache(x=1)"), ["=constructor-arguments Cache(x=1)"]);
    assert_eq!(inside("cache.__class__"), NONE);
}

#[test]
fn kinds() {
    assert_eq!(inside("Service()"), ["!kind-mismatch Service()"]);
    assert_eq!(inside("isinstance(p, (int, Service))"), ["!kind-mismatch Service"]);
    assert_eq!(inside("try: pass\nexcept Service: pass"), ["!kind-mismatch Service"]);
    assert_eq!(inside("class Sub(Service): ..."), ["!kind-mismatch Service"]);
    assert_eq!(inside("class Sub(Cache): ..."), NONE);
    assert_eq!(inside("cache()"), ["=kind-mismatch cache()"]);
    assert_eq!(inside("cache.enabled()"), ["!missing-member enabled"]);
    assert_eq!(inside("await cache.ready()"), ["!property-called cache.ready()"]);
    assert_eq!(inside("async with Cache() as c: ..."), ["!missing-member Cache()"]);
    assert_eq!(inside("cache.client = p"), ["!kind-mismatch client"]);
    assert_eq!(inside("patch.object(cache, 'client', p)"), ["!kind-mismatch 'client'"]);
    assert_eq!(inside("patch.object(Cache, 'enabled')"), ["!missing-member 'enabled'"]);
    assert_eq!(inside("patch.object(Cache, 'enabled', create=True)"), NONE);
}

#[test]
fn a_missing_target_is_reported_where_it_is_imported() {
    assert_eq!(short("from old import gone\n"), ["!missing-target gone"]);
    assert_eq!(short("import old\nold.gone()\n"), ["!missing-target gone"]);
}

#[test]
fn a_coroutine_where_a_value_was() {
    let broken = ["!async-changed cache.client_now()"];
    for body in [
        "cache.client_now()",
        "x = cache.client_now()\nif x: x.get()",
        "x = cache.client_now()\nuse(x)",
        "return cache.client_now()",
        "cache.client_now().get('a')",
        "assert not cache.client_now()",
        "async with cache.client_now(): ...",
    ] {
        assert_eq!(inside(body), broken, "{body}");
    }
    for body in [
        "await cache.client_now()",
        "x = cache.client_now()\nif iscoroutine(x): x = 1",
        "x = cache.client_now()\ny = await x",
        "await asyncio.gather(cache.client_now())",
        "x = cache.client_now()",
        "cache.client_now",
    ] {
        assert_eq!(inside(body), NONE, "{body}");
    }
    // What `raw` returned may have been a coroutine: only a use as a value tells.
    assert_eq!(inside("return cache.raw()"), NONE);
    assert_eq!(inside("cache.raw().x"), ["!async-changed cache.raw()"]);
}

#[test]
fn a_coroutine_that_never_was_awaited() {
    assert_eq!(inside("cache.get('a')"), ["=async-changed cache.get('a')"]);
    assert_eq!(inside("if cache.get('a'): ..."), ["=async-changed cache.get('a')"]);
    assert_eq!(inside("t = cache.get('a')\ntasks.append(t)"), NONE);
    assert_eq!(inside("return cache.get('a')"), NONE);
}

#[test]
fn a_value_where_a_coroutine_was() {
    let source = "from old import Cache\nasync def f(c: Cache):\n    await c.count()\n    await c.ready()\n";
    assert_eq!(short(source), ["!property-called c.ready()"]);
}

#[test]
fn objects_are_followed() {
    let broken = ["!missing-member enabled"];
    for body in [
        "x = Cache()\nx.enabled",
        "x = p or Cache()\nx.enabled",
        "x = p if p else Cache()\nx.enabled",
        "x = y = Cache()\ny.enabled",
        "(x := Cache()).enabled",
        "x = None\nx = Cache()\nx.enabled",
        "a, b = 1, cache\nb.enabled",
        "q.enabled",
        "r.enabled",
        "x: 'Optional[Cache]' = p\nx.enabled",
        "get_cache().enabled",
        "(await connect()).enabled",
        "x = await connect()\nx.enabled",
        "x = cache\nx = Cache()\nx.enabled",
        "def g():\n    return cache.enabled",
        "class C:\n    c = cache\n    def m(self):\n        self.c.enabled",
        "class C:\n    def __init__(self):\n        self.c = Cache()\n    def m(self):\n        self.c.enabled",
        "class C:\n    c: Cache\n    def m(self):\n        [self.c.enabled for _ in p]",
        "class C:\n    @property\n    def c(self) -> Cache: ...\n    def m(self):\n        self.c.enabled",
        "class C:\n    def __init__(self):\n        self.c = Cache()\nC().c.enabled",
        "class B:\n    def __init__(self):\n        self.c = Cache()\nclass C(B):\n    def m(self):\n        self.c.enabled",
        "class C(Cache):\n    def m(self):\n        self.enabled",
        "class C(Cache):\n    def m(self):\n        super().enabled",
        "def make() -> Cache: ...\nmake().enabled",
        "def make():\n    return Cache()\nmake().enabled",
        "async def make() -> Cache: ...\n(await make()).enabled",
        "@contextmanager\ndef make():\n    yield cache\nwith make() as c:\n    c.enabled",
    ] {
        assert_eq!(inside(body), broken, "{body}");
    }
}

#[test]
fn what_is_not_known_stays_silent() {
    for body in [
        "p.enabled",
        "x = Cache()\nx = p\nx.enabled",
        "x = [Cache()][0]\nx.enabled",
        "for x in [cache]:\n    x.enabled",
        "with patch('x') as cache2:\n    cache2.enabled",
        "def g(cache):\n    cache.enabled",
        "class C:\n    def __init__(self):\n        self.c = Cache()\n    def m(self):\n        self.c = p\n        self.c.enabled",
        "class C:\n    def __init__(self):\n        self.c = Cache()\nC().c = p\nC().c.enabled",
        "class C(Cache, Other):\n    def m(self):\n        self.enabled",
        "class C(Cache):\n    enabled = 1\n    def m(self):\n        self.enabled",
        "cache.enabled = True\ncache.enabled",
        "@wrapper\ndef make() -> Cache: ...\nmake().enabled",
        "make = make2 = make3()\nmake.enabled",
    ] {
        assert_eq!(inside(body), NONE, "{body}");
    }
    assert_eq!(short("from other import cache\ncache.enabled\n"), NONE);
    assert_eq!(inside("def g(x: Cache):\n    if isinstance(x, Other):\n        x.nope"), NONE);
}

#[test]
fn guards() {
    let guarded = ["?missing-member enabled"];
    for body in [
        "if hasattr(cache, 'enabled'):\n    cache.enabled",
        "try:\n    cache.enabled\nexcept (KeyError, AttributeError): ...",
        "with suppress(AttributeError):\n    cache.enabled",
        "with pytest.raises(Exception):\n    cache.enabled",
    ] {
        assert_eq!(inside(body), guarded, "{body}");
    }
    assert_eq!(inside("getattr(cache, 'enabled')"), ["!missing-member 'enabled'"]);
    assert_eq!(inside("getattr(cache, 'enabled', None)"), ["?missing-member 'enabled'"]);
    assert_eq!(inside("try:\n    Cache(p)\nexcept TypeError: ..."), ["?constructor-arguments Cache(p)"]);
    assert_eq!(inside("try:\n    cache.enabled\nexcept Exception: ..."), ["!missing-member enabled"]);
    assert_eq!(inside("if hasattr(cache, 'nope'):\n    cache.nope"), NONE);
}

#[test]
fn fixtures_fill_parameters_of_tests() {
    let file = |head: &str, body: &str| {
        short(&format!("from old import Cache\n@pytest.fixture\n{head}:\n    {body}\ndef test_it(store):\n    store.enabled\ndef plain(store):\n    store.enabled\n"))
    };
    let broken = ["!missing-member enabled"];
    assert_eq!(file("def store()", "return Cache()"), broken);
    assert_eq!(file("async def store()", "c = Cache()\n    yield c"), broken);
    assert_eq!(file("def store() -> Iterator[Cache]", "yield make()"), broken);
    assert_eq!(file("def store()", "return Mock(spec=Cache)"), NONE);
    assert_eq!(file("def other()", "return Cache()"), NONE);
}

#[test]
fn modules_are_followed_to_their_members() {
    let broken = ["!missing-member enabled"];
    assert_eq!(short("import old\nold.cache.enabled\n"), broken);
    assert_eq!(short("import old as o\nx = o.Cache()\nx.enabled\n"), broken);
    assert_eq!(short("import pkg.old\npkg.old.cache.enabled\npkg.other.enabled\n"), broken);
    assert_eq!(short("import old\ndef f(c: old.Cache): c.enabled\n"), broken);
}

#[test]
fn one_break_is_reported_once() {
    assert_eq!(inside("Cache(p).enabled"), ["!constructor-arguments Cache(p)"]);
    assert_eq!(inside("x = cache.enabled.x.y()"), ["!missing-member enabled"]);
    assert_eq!(inside("cache.nope.enabled()"), ["=missing-member nope"]);
}

#[test]
fn messages_name_both_sides_and_the_signature() {
    let found = findings("from old import cache\nasync def f():\n    await cache.set('a', 1, ttl=5)\n    cache.enabled\n    cache.client_now().x\n");
    let words: Vec<_> = found.iter().map(|found| found.message.as_str()).collect();
    assert_eq!(
        words,
        [
            "`Manager.set` takes no argument `ttl`; it works with `Cache.set`",
            "`Manager` has no `enabled`; `Cache` has it",
            "`Manager.client_now` is a coroutine function, and its result is not awaited here; it works with `Cache.client_now`",
        ]
    );
    let help = found[0].help.as_deref().unwrap();
    assert!(help.starts_with("the target's signature is `set(key, value, ex=...)`"), "{help}");
}

#[test]
fn odd_code_does_no_harm() {
    for source in [
        "from old import cache\ncache = cache.enabled = cache\ncache.x\n".to_owned(),
        "from old import cache\nx = x or cache\ny = x\nx = y\nx.enabled\n".to_owned(),
        "from old import Cache\nclass A(A, Cache):\n    a = a\n    def m(self): self.a = self.m() or self.a\n".to_owned(),
        "from old import cache\ndef f(): return f()\nf().x\n".to_owned(),
        format!("from old import cache\ncache{}\n", ".enabled".repeat(3_000)),
        format!("from old import cache\n{}cache{}\n", "f(".repeat(400), ")".repeat(400)),
    ] {
        let _ = short(&source);
    }
}
