//! Uses of two small managers that differ as the real ones do.

use super::check::{Checks, Sides, Standing, check};
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
    def __getitem__(self, key): ...
    def __len__(self): ...
    def __aiter__(self): ...
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
fn checks(source: &str) -> Checks {
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
                node.names
                    .iter()
                    .map(|name| ours.then(|| member(&name.name)))
                    .collect()
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
            tracked.extend(symbol.map(|symbol| Tracked {
                import,
                alias,
                symbol,
                by_star: None,
            }));
        }
    }
    let foreign = Foreign::default();
    let around = Around {
        path: "",
        modules: &[],
        foreign: &Asking::of(&foreign),
        by_name: &BTreeMap::new(),
    };
    let usage = Usage::read(&parsed, &model, &tracked, around, &|_| true);
    check(&usage, &|root| {
        let name = match root.member.name.as_str() {
            "Cache" => "Manager",
            "cache" | "Service" => "manager",
            "get_cache" => "get_cache",
            "connect" => "connect",
            "gone" => "gone",
            _ => return None,
        };
        Some(Sides {
            legacy: Some(&legacy),
            target: Some(&target),
            name: name.to_owned(),
        })
    })
}

/// Findings in short: `!` newly broken, `=` already broken, `?` guarded; code and source text.
fn short(source: &str) -> Vec<String> {
    checks(source)
        .findings
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

#[test]
fn every_use_is_counted_once_and_none_after_a_break() {
    let checked = checks(
        "from old import cache, connect, other
async def f():
    await cache.get('k')  # attribute, call, await
    cache.enabled.value  # breaks; what follows is not counted
    got = await connect()  # call, await
    got.raw().ping()  # attribute, call; what the call gives is not known: one attribute, one call
",
    )
    .checked;
    assert_eq!((checked.names, checked.uses, checked.unknown), (2, 12, 2));
}

const NONE: [&str; 0] = [];

mod breaks;
mod following;
