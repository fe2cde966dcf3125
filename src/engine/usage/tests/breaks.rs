//! Each kind of break, and its words.

use super::*;

#[test]
fn members_arguments_and_constructors() {
    assert_eq!(inside("cache.enabled"), ["!missing-member enabled"]);
    assert_eq!(inside("cache.nope"), ["=missing-member nope"]);
    assert_eq!(inside("await cache.get('a')"), NONE);
    assert_eq!(
        inside("await cache.get('a', default=1)"),
        ["!wrong-arguments cache.get('a', default=1)"]
    );
    assert_eq!(
        inside("await cache.get()"),
        ["=wrong-arguments cache.get()"]
    );
    assert_eq!(inside("await cache.set('a', *b, **c)"), NONE);
    assert_eq!(inside("Cache()"), NONE);
    assert_eq!(inside("Cache(p)"), ["!constructor-arguments Cache(p)"]);
    assert_eq!(inside("Cache(x=1)"), ["=constructor-arguments Cache(x=1)"]);
    assert_eq!(inside("cache.__class__"), NONE);
}

#[test]
fn operations_call_special_methods() {
    for body in [
        "cache['k']",
        "'k' in cache",
        "len(Cache())",
        "for k in cache: ...",
        "[k for k in cache]",
        "async for k in cache: ...",
    ] {
        let at = body.find("Cache()").map_or("cache", |_| "Cache()");
        assert_eq!(inside(body), [format!("!kind-mismatch {at}")], "{body}");
    }
    assert_eq!(inside("cache['k'] = p"), ["=kind-mismatch cache"]);
    for body in [
        "Cache[str]",
        "q: Cache[str] = p",
        "len(await cache.get('k'))",
        "(await cache.get('k'))['a']",
        "'k' == cache",
        "try: len(cache)\nexcept TypeError: ...",
    ] {
        let found = inside(body);
        assert!(
            !found.iter().any(|it| it.starts_with(['!', '='])),
            "{body}: {found:?}"
        );
    }
}

#[test]
fn kinds() {
    assert_eq!(inside("Service()"), ["!kind-mismatch Service()"]);
    assert_eq!(
        inside("isinstance(p, (int, Service))"),
        ["!kind-mismatch Service"]
    );
    assert_eq!(
        inside("try: pass\nexcept Service: pass"),
        ["!kind-mismatch Service"]
    );
    assert_eq!(
        inside("class Sub(Service): ..."),
        ["!kind-mismatch Service"]
    );
    assert_eq!(inside("class Sub(Cache): ..."), NONE);
    assert_eq!(inside("cache()"), ["=kind-mismatch cache()"]);
    assert_eq!(inside("cache.enabled()"), ["!missing-member enabled"]);
    assert_eq!(
        inside("await cache.ready()"),
        ["!property-called cache.ready()"]
    );
    assert_eq!(
        inside("async with Cache() as c: ..."),
        ["!missing-member Cache()"]
    );
    assert_eq!(inside("cache.client = p"), ["!kind-mismatch client"]);
    assert_eq!(
        inside("patch.object(cache, 'client', p)"),
        ["!kind-mismatch 'client'"]
    );
    assert_eq!(
        inside("patch.object(Cache, 'enabled')"),
        ["!missing-member 'enabled'"]
    );
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
    assert_eq!(
        inside("if cache.get('a'): ..."),
        ["=async-changed cache.get('a')"]
    );
    assert_eq!(inside("t = cache.get('a')\ntasks.append(t)"), NONE);
    assert_eq!(inside("return cache.get('a')"), NONE);
}

#[test]
fn a_value_where_a_coroutine_was() {
    let source =
        "from old import Cache\nasync def f(c: Cache):\n    await c.count()\n    await c.ready()\n";
    assert_eq!(short(source), ["!property-called c.ready()"]);
}

#[test]
fn one_break_is_reported_once() {
    assert_eq!(
        inside("Cache(p).enabled"),
        ["!constructor-arguments Cache(p)", "!missing-member enabled"]
    );
    assert_eq!(
        inside("x = cache.enabled.x.y()"),
        ["!missing-member enabled"]
    );
    assert_eq!(inside("cache.nope.enabled()"), ["=missing-member nope"]);
}

#[test]
fn messages_name_both_sides_and_the_signature() {
    let found = checks(
        "from old import cache\nasync def f():\n    await cache.set('a', 1, ttl=5)\n    cache.enabled\n    cache.client_now().x\n",
    )
    .findings;
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
    assert!(
        help.starts_with("the target's signature is `set(key, value, ex=...)`"),
        "{help}"
    );
}
