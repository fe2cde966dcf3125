//! What is followed, what is not, and what is guarded.

use super::*;

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
        "@functools.lru_cache(maxsize=1)\ndef make():\n    return Cache()\nmake().enabled",
        "make = lambda *a: Cache(*a)\nmake(1).enabled",
        "make = functools.partial(Cache, 1)\nmake().enabled",
        "make = partial(lambda: cache)\nmake().enabled",
    ] {
        assert_eq!(inside(body), broken, "{body}");
    }
}

#[test]
fn what_containers_hold_is_followed() {
    let broken = ["!missing-member enabled"];
    for body in [
        "x = [Cache()][0]\nx.enabled",
        "x = (p, cache)[-1]\nx.enabled",
        "x = [Cache() for _ in p]\nx[0].enabled",
        "for x in {Cache() for _ in p}:\n    x.enabled",
        "x = {k: cache for k in p}\nx['a'].enabled",
        "for x in [cache]:\n    x.enabled",
        "[x.enabled for x in (cache, Cache())]",
        "x = {'a': 1, 'b': cache}\nx['b'].enabled",
        "x = {'a': Cache, 'b': 1}\nx['a']().enabled",
        "x = {'a': cache, 'b': Cache()}\nx[p].enabled",
        "x = {'a': cache}\nx.get('a').enabled",
        "x = {'a': cache}\nx.get('a', Cache()).enabled",
        "x = {'a': cache}\nx.get('a', None).enabled",
        "x = {'a': cache}\nfor y in x.values():\n    y.enabled",
        "x = {'a': cache}\nfor _, y in x.items():\n    y.enabled",
        "for _, y in enumerate([cache]):\n    y.enabled",
        "x = [{'a': cache, 'b': 1}, {'a': Cache(), 'b': 2}]\nfor y in x:\n    y['a'].enabled",
        "x = ((1, [cache]), 2)\nx[0][1][0].enabled",
        "x: dict[str, Cache] = {}\nx['a'] = cache\nx['a'].enabled",
        "x: Dict[str, 'Cache'] = {}\nx.pop('a').enabled",
        "x: Dict[str, List[Cache]] = p\nfor _, y in x.items():\n    y[0].enabled",
        "x: list[Cache | None] = []\nx.append(cache)\nfor y in x:\n    y.enabled",
        "x: tuple[Cache, ...] = p\n[y.enabled for y in x]",
        "class C:\n    def __init__(self):\n        self.c: Mapping[str, Cache] = {}\n    def m(self):\n        self.c[p].enabled",
        "def g(c: Sequence[Cache]):\n    c[0].enabled",
    ] {
        assert_eq!(inside(body), broken, "{body}");
    }
    for body in [
        "x = [p, cache]\nx[0].enabled",
        "x = [cache, p]\nx[-1].enabled",
        "x = [p for _ in p]\nx[0].enabled",
        "x = {cache: 1 for k in p}\nx['a'].enabled",
        "x = [cache for k in p]\nx[0] = p\nx[0].enabled",
        "x = [p, cache]\nx[p].enabled",
        "x = [*p, cache]\nx[1].enabled",
        "x = {**p, 'a': cache}\nx['a'].enabled",
        "x = {'a': cache}\nfor y in x:\n    y.enabled",
        "x: dict[Cache, int] = {}\nfor y in x.values():\n    y.enabled",
        "x: dict[str, Cache] = {}\nfor y in x:\n    y.enabled",
        "x = [cache]\nx[0] = p\nx[0].enabled",
        "x = [cache]\nx.insert(0, p)\nx[0].enabled",
        "x = {'a': cache}\nx.update(p)\nx['a'].enabled",
        "x = {'a': cache}\nx.setdefault('b', p)\nx.get('b').enabled",
        "x = [cache]\ny = x\ny[0] = p\nx[0].enabled",
        "def g(y):\n    y.insert(0, p)\nx = [cache]\ng(x)\nx[0].enabled",
        "x = [cache, p]\ndel x[0]\nx[0].enabled",
        "x = {'a': cache, p: 1}\nx['a'].enabled",
        "x = {'a': cache}\nx.get('b', p).enabled",
        "x: dict[str, Cache] = {}\nx.pop('b', p).enabled",
        "x = [cache]\nx[:1].enabled",
        "x = [cache]\nx.enabled",
        "x: tuple[Cache, int] = p\nx[1].enabled",
        "for y, z in [cache]:\n    y.enabled",
    ] {
        assert_eq!(inside(body), NONE, "{body}");
    }
}

#[test]
fn what_calls_pass_is_followed() {
    let broken = ["!missing-member enabled"];
    for body in [
        "def g(c):\n    c.enabled\ng(cache)",
        "def g(a, *, c):\n    c.enabled\ng(1, c=cache)\ng(2, c=Cache())",
        "def g(c=None):\n    c = c or Cache()\n    c.enabled",
        "def g(c=None):\n    if c is None:\n        c = Cache()\n    c.enabled\ng(None)",
        "def g(c=cache):\n    c.enabled",
        "def g(make):\n    make().enabled\ng(Cache)",
        "class C:\n    def __init__(self, c):\n        self.c = c\nC(cache).c.enabled",
        "class C:\n    def g(self, c):\n        c.enabled\nC().g(cache)",
        "class C:\n    def g(self, c):\n        c.enabled\nC.g(C(), cache)",
        "class C:\n    @staticmethod\n    def g(c):\n        c.enabled\nC.g(cache)",
        "class C:\n    @classmethod\n    def g(cls, c):\n        c.enabled\nC.g(cache)",
    ] {
        assert_eq!(inside(body), broken, "{body}");
    }
    for body in [
        "def g(c):\n    c.enabled\ng(cache)\ng(p)",
        "def g(c):\n    c.enabled\ng(*p, cache)",
        "def g(c):\n    c.enabled\ng(**p)\ng(cache)",
        "def g(c=p):\n    c.enabled\ng(cache)",
        "def g(*c):\n    c.enabled\ng(cache)",
        "def g(a, c=None):\n    c.enabled\ng(cache)",
        "def g(c=None):\n    c.enabled\ng()",
        "def g(c):\n    c.enabled\nh(cache)\np.g(cache)",
        "@wrapper\ndef g(c):\n    c.enabled\ng(cache)",
        "def test_g(c):\n    c.enabled\ntest_g(cache)",
        "def g(c):\n    c = p\n    c.enabled\ng(cache)",
        "class A(Cache):\n    def enabled(self, c):\n        c.x\nclass B(p):\n    def enabled(self, c):\n        super().enabled(c)",
    ] {
        assert_eq!(inside(body), NONE, "{body}");
    }
}

#[test]
fn what_is_not_known_stays_silent() {
    for body in [
        "p.enabled",
        "x = Cache()\nx = p\nx.enabled",
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
    assert_eq!(
        inside("def g(x: Cache):\n    if isinstance(x, Other):\n        x.nope"),
        NONE
    );
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
    assert_eq!(
        inside("getattr(cache, 'enabled')"),
        ["!missing-member 'enabled'"]
    );
    assert_eq!(
        inside("getattr(cache, 'enabled', None)"),
        ["?missing-member 'enabled'"]
    );
    assert_eq!(
        inside("try:\n    Cache(p)\nexcept TypeError: ..."),
        ["?constructor-arguments Cache(p)"]
    );
    assert_eq!(
        inside("try:\n    cache.enabled\nexcept Exception: ..."),
        ["!missing-member enabled"]
    );
    assert_eq!(inside("if hasattr(cache, 'nope'):\n    cache.nope"), NONE);
}

#[test]
fn fixtures_fill_parameters_of_tests() {
    let file = |head: &str, body: &str| {
        short(&format!(
            "from old import Cache\n@pytest.fixture\n{head}:\n    {body}\ndef test_it(store):\n    store.enabled\ndef plain(store):\n    store.enabled\n"
        ))
    };
    let broken = ["!missing-member enabled"];
    assert_eq!(file("def store()", "return Cache()"), broken);
    assert_eq!(
        file("async def store()", "c = Cache()\n    yield c"),
        broken
    );
    assert_eq!(
        file("def store() -> Iterator[Cache]", "yield make()"),
        broken
    );
    assert_eq!(file("def store()", "return Mock(spec=Cache)"), NONE);
    assert_eq!(file("def other()", "return Cache()"), NONE);
}

#[test]
fn modules_are_followed_to_their_members() {
    let broken = ["!missing-member enabled"];
    assert_eq!(short("import old\nold.cache.enabled\n"), broken);
    assert_eq!(short("import old as o\nx = o.Cache()\nx.enabled\n"), broken);
    assert_eq!(
        short("import pkg.old\npkg.old.cache.enabled\npkg.other.enabled\n"),
        broken
    );
    assert_eq!(
        short("import old\ndef f(c: old.Cache): c.enabled\n"),
        broken
    );
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

#[test]
fn hostile_files_take_no_longer_than_others() {
    use std::fmt::Write;
    let lines = |first: &str, count: usize, line: &dyn Fn(usize) -> String| {
        let mut source = first.to_owned();
        for at in 0..count {
            writeln!(source, "{}", line(at)).unwrap();
        }
        source
    };
    let layers = |layer: &str| {
        lines("x0 = cache\n", 20_000, &|at| {
            format!("x{} = {}", at + 1, layer.replace('x', &format!("x{at}")))
        })
    };
    for source in [
        // Each line doubled what the one before stands for.
        lines("x0 = [cache]\n", 60, &|at| {
            format!("x{} = x{at} if p else x{at}", at + 1)
        }),
        lines("import old as x0\n", 60, &|at| {
            format!("x{} = x{at} if p else x{at}", at + 1)
        }),
        // Each line put the one before into a layer, which overflowed the stack.
        layers("partial(x)"),
        layers("{'a': x}.values()"),
        lines("async def f0(): return cache\n", 20_000, &|at| {
            format!("async def f{}(): return f{at}()", at + 1)
        }),
        // Each name is declared by the next, which overflowed the stack.
        (0..20_000).rev().fold(String::new(), |mut source, at| {
            writeln!(source, "x{}: x{at}", at + 1).unwrap();
            source
        }) + "x0: Cache\n",
        // Each use looked for all that the name may stand for.
        "x = cache\n".repeat(3_000) + &"x.enabled\n".repeat(3_000),
        // Each base was asked again and again, on every way to it.
        lines("class C0: ...\n", 8, &|at| {
            format!("class C{}({})", at + 1, format!("C{at}, ").repeat(12)) + ": ..."
        }) + "C8().x\n",
        // Each call read the whole function.
        "def f():\n    return cache\n".to_owned()
            + &"    1\n".repeat(20_000)
            + &"f()\n".repeat(20_000),
    ] {
        checks(&format!("from old import Cache, cache\n{source}"));
    }
}
