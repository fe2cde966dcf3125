use super::*;
use crate::engine::imported::ImportedWords;
use crate::engine::python::parse;
use crate::engine::semantic::model;

const RULES: &str = r#"
schema = 1
name = "guarded"
roots = ["backend"]

[[guard]]
id = "own-pool"
calls = ["redis.from_url", "redis.Redis", "redis.asyncio.from_url", "redis.asyncio.Redis.from_url", "backend.pools.make"]
allow = ["pool.py"]
message = "opens a pool"
why = "one is enough"
"#;

fn rules() -> RuleSet {
    RuleSet::parse("guarded", RULES, &RuleSet::resolve_builtin).unwrap()
}

/// What is called in `source` against the guard, and whether the first look lets it pass.
fn told(source: &str) -> Vec<String> {
    let rules = rules();
    let context = FileContext {
        modules: vec!["backend.app".to_owned()],
        path: "backend/app.py".to_owned(),
        ..FileContext::default()
    };
    let parsed = parse(source).unwrap();
    let names = model(&parsed);
    let found: Vec<String> = calls(&parsed, &names, &rules, &context)
        .iter()
        .map(|call| format!("{} {}", &source[call.range.clone()], call.name))
        .collect();
    let filter = GuardFilter::new(&rules).unwrap();
    if !found.is_empty() {
        assert!(
            filter.matches(
                source.as_bytes(),
                &ImportedWords::of(source.as_bytes()),
                b"backend/app.py"
            ),
            "{source}"
        );
    }
    found
}

#[test]
fn calls_are_found_through_every_form_of_import() {
    for (source, expected) in [
        (
            "import redis\nredis.from_url(u)\n",
            "redis.from_url redis.from_url",
        ),
        ("import redis as r\nr.Redis()\n", "r.Redis redis.Redis"),
        (
            "import redis\naio = redis.asyncio\naio.from_url(u)\n",
            "aio.from_url redis.asyncio.from_url",
        ),
        (
            "import redis.asyncio as redis\nredis.from_url(u)\n",
            "redis.from_url redis.asyncio.from_url",
        ),
        (
            "import redis.asyncio\nredis.asyncio.from_url(u)\n",
            "redis.asyncio.from_url redis.asyncio.from_url",
        ),
        ("from redis import Redis as R\nR(host=h)\n", "R redis.Redis"),
        (
            "from redis import asyncio as aio\naio.Redis.from_url(u)\n",
            "aio.Redis.from_url redis.asyncio.Redis.from_url",
        ),
        ("from redis import *\nRedis()\n", "Redis redis.Redis"),
        (
            "import os, sys as s, redis\nredis.Redis()\n",
            "redis.Redis redis.Redis",
        ),
        (
            "import os, \\\n    redis\nredis.Redis()\n",
            "redis.Redis redis.Redis",
        ),
        (
            "from \\\n  redis \\\n  import (\n  Redis\n)\nRedis()\n",
            "Redis redis.Redis",
        ),
        (
            "from app.pools import x\nfrom pools import make\nmake()\n",
            "make backend.pools.make",
        ),
        (
            "from . import pools\npools.make()\n",
            "pools.make backend.pools.make",
        ),
        (
            "from .pools import make as m\nm()\n",
            "m backend.pools.make",
        ),
    ] {
        assert_eq!(told(source), [expected], "{source}");
    }
}

#[test]
fn a_name_that_is_bound_once_to_another_is_followed() {
    let source = "\
import redis
Client = redis.Redis
make = Client
def f():
    open_ = redis.from_url
    return open_(u), make()
";
    assert_eq!(told(source), ["open_ redis.from_url", "make redis.Redis"]);
    let fallback = "\
try:
    import redis.asyncio as redis
except ImportError:
    redis = None
def f():
    return redis.from_url(u)
";
    assert_eq!(told(fallback), ["redis.from_url redis.asyncio.from_url"]);
    let choice = "\
try:
    from redis import Redis
except ImportError:
    from fakeredis import Redis
Redis()
";
    assert_eq!(told(choice), ["Redis redis.Redis"]);
}

#[test]
fn what_may_be_something_else_is_left_alone() {
    for source in [
        "import redis\ndef f(redis):\n    redis.from_url(u)\n",
        "import redis\nredis = fake()\nredis.from_url(u)\n",
        "import redis\nfor make in (redis.Redis, dict):\n    make()\n",
        "import redis\nmake = redis.Redis\nmake = dict\nmake()\n",
        "import redis\nx = redis.Redis\nclass A(redis.Redis): ...\n",
        "import redis\nredis.Redis\nredis.exceptions.RedisError()\n",
        "from other import redis\nredis.from_url(u)\n",
        "from redis import *\nfrom fake import *\nRedis()\n",
        "self.redis.from_url(u)\nf().Redis()\n",
        "a = b\nb = a\nimport redis\na()\n",
    ] {
        assert!(told(source).is_empty(), "{source}");
    }
}

#[test]
fn decorators_defaults_and_comprehensions_are_code_too() {
    let source = "\
import redis
def f(client=redis.Redis()): ...
pools = [redis.from_url(u) for u in urls]
class A:
    pool = redis.Redis()
with redis.Redis() as c: ...
";
    assert_eq!(told(source).len(), 4);
}

fn checked(source: &str, path: &str) -> Guarded {
    let rules = rules();
    let context = FileContext {
        path: path.to_owned(),
        ..FileContext::default()
    };
    let parsed = parse(source).unwrap();
    let names = model(&parsed);
    let suppressions = Suppressions::read(&parsed);
    check(&parsed, &names, &rules, &context, &suppressions)
}

#[test]
fn allowed_files_and_comments_are_heeded() {
    let source =
        "import redis\nredis.Redis(\n    h,\n)  # redis-migrate: ignore[own-pool]\nredis.Redis()\n";
    let found = checked(source, "a/other.py");
    assert_eq!((found.diagnostics.len(), found.suppressed.len()), (1, 1));
    assert_eq!(found.diagnostics[0].message, "`redis.Redis` opens a pool");
    assert_eq!(found.diagnostics[0].help.as_deref(), Some("one is enough"));
    let allowed = checked(source, "a/pool.py");
    assert!(allowed.diagnostics.is_empty() && allowed.suppressed.is_empty());
    let by_code = "import redis\nredis.Redis()  # redis-migrate: ignore[guard]\n";
    assert_eq!(checked(by_code, "x.py").suppressed.len(), 1);
}

#[test]
fn the_first_look_refuses_what_merely_mentions_the_package() {
    let filter = GuardFilter::new(&rules()).unwrap();
    for text in [
        "from a.redis import Redis\n",
        "redis.from_url(u)  # no import of redis here\n",
        "import redis_lib\nRedis()\n",
        "import redis\nredis.exceptions.ConnectionError\n",
        "x = [a, redis, Redis]\n",
    ] {
        let imports = ImportedWords::of(text.as_bytes());
        assert!(
            !filter.matches(text.as_bytes(), &imports, b"a/b.py"),
            "{text}"
        );
    }
}
