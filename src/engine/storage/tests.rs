use super::*;
use crate::engine::python::parse;

const RAW: &str = "
import redis.asyncio as redis
class Manager:
    async def connect(self):
        self._client = redis.from_url(self.url())
    async def get(self, key):
        client = await self.client()
        logger.info(f'got: {key}')
        return await client.get(key)
    async def set(self, key, value, ex=None):
        return await self._client.set(key, value, ex=ex)
    async def delete(self, key):
        return await self._client.delete(key)
";

fn storage(source: &str, name: &str) -> Option<Storage> {
    read(&parse(source).unwrap(), name)
}

fn told(legacy: &str) -> Vec<Difference> {
    let legacy = storage(legacy, "Old").unwrap();
    differences(&legacy, &storage(RAW, "Manager").unwrap())
}

#[test]
fn a_pool_for_each_object() {
    let found = storage(RAW, "Manager").unwrap();
    assert_eq!(&RAW[found.opens.unwrap()], "redis.from_url");
    for source in [
        "import other as redis\nclass A:\n    def f(self): self.c = redis.from_url('x')\n",
        "import redis\nclass A:\n    def __new__(cls): ...\n    def f(self): self.c = redis.Redis()\n",
        "import redis\nclass A(metaclass=Single):\n    def f(self): self.c = redis.Redis()\n",
        "import redis\nPOOL = redis.ConnectionPool()\nclass A:\n    def f(self): self.c = redis.Redis(connection_pool=POOL)\n",
        "import redis\nclass A:\n    def f(self): return redis.Redis()\n",
    ] {
        assert_eq!(storage(source, "A").unwrap().opens, None, "{source}");
    }
    let abstract_ =
        "import redis\nclass A(metaclass=ABCMeta):\n    def f(self): self.c = redis.Redis()\n";
    assert!(storage(abstract_, "A").unwrap().opens.is_some());
    assert_eq!(storage("class A(B): ...\n", "A"), None);
}

#[test]
fn keys_with_a_prefix_and_values_as_json() {
    let found = told(
        "class Old:
    def _key(self, key):
        return f'{self.namespace}:cache:{key}'
    async def get(self, key):
        return json.loads(await self.redis.get(self._key(key)))
    async def set(self, key, value, ttl=None):
        full = self._key(key)
        await self.redis.set(full, json.dumps(value))
    async def delete(self, name):
        await self.redis.delete(f'user:{name}')
",
    );
    let methods = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let keys = |names: &[&str], text: &str| Difference::Keys {
        methods: methods(names),
        legacy: text.to_owned(),
        target: "{key}".to_owned(),
    };
    assert_eq!(
        found,
        [
            keys(&["delete"], "user:{key}"),
            keys(&["get", "set"], "{namespace}:cache:{key}"),
            Difference::Values {
                methods: methods(&["get", "set"]),
                legacy: "as JSON",
                target: "as they are",
            },
        ]
    );
}

#[test]
fn another_database() {
    let old = |line: &str| {
        told(&format!(
            "import redis\nclass Old:\n    def __init__(self):\n        self.db = 1\n    def open(self):\n        self.c = {line}\n"
        ))
    };
    let one = |target| [Difference::Database { legacy: 1, target }];
    assert_eq!(old("redis.Redis(db=self.db)"), one(None));
    assert_eq!(old("redis.from_url('redis://h:6379/1')"), one(None));
    assert_eq!(old("redis.from_url('redis://h:6379', db=1)"), one(None));
    assert_eq!(old("redis.from_url(self.url, db=1)"), one(None));
    // The URL goes before the keyword.
    assert_eq!(old("redis.from_url('redis://h:6379/0', db=1)"), []);
    assert_eq!(old("redis.from_url('redis://h:6379?db=0', db=1)"), []);
    assert_eq!(old("redis.from_url('unix:///run/1')"), []);
    assert_eq!(old("redis.Redis(db=0)"), []);
    assert_eq!(old("redis.Redis(db=number())"), []);
    assert_eq!(old("redis.Redis()"), []);
}

#[test]
fn what_is_not_told_is_no_difference() {
    for body in [
        "return await self.redis.get(key)",
        "key = fix(key)\n        return await self.redis.get(f'a:{key}')",
        "for key in every(key):\n            await self.redis.get(f'a:{key}')",
        "return await self.redis.get((key := fix(key))) or f'a:{key}'",
        "return await self.redis.get(build(key))",
        "raise KeyError(f'no:{key}')",
        "log.info(f'a:{key}')",
        "a = f'a:{key}'\n        return f'b:{key}'",
        "return await self.redis.get(f'{self.prefix}{key}')",
    ] {
        let source = format!("class Old:\n    async def get(self, key):\n        {body}\n");
        assert_eq!(told(&source), [], "{body}");
    }
    let decorated =
        "class Old:\n    @prefixed\n    def get(self, key): return self.r.get(f'a:{key}')\n";
    assert_eq!(told(decorated), []);
}

/// What two classes with a client of their own differ in, by the bodies of their `set`.
fn told_of_set(legacy: &str, target: &str) -> Vec<Difference> {
    let of = |body: &str| {
        let source = format!(
            "import redis\nclass A:\n    def __init__(self):\n        self.c = redis.Redis()\n    def set(self, key, value, ttl=None):\n        {body}\n"
        );
        storage(&source, "A").unwrap()
    };
    differences(&of(legacy), &of(target))
}

#[test]
fn values_that_something_else_converts_are_not_as_they_are() {
    let json = "self.c.set(key, json.dumps(value))";
    for body in [
        "self.c.set(key, value, ex=int(ttl))",
        "if isinstance(value, str) and self.ready():\n            return self.c.set(key, value)",
    ] {
        assert_eq!(told_of_set(body, json).len(), 1, "{body}");
    }
    for body in [
        "self.c.set(key, self._encode(value))",
        "self.c.set(key, dumps(value))",
        "self.c.set(key, value.json())",
        "self.c.set(key, f'{value}')",
        "data = encode(value)\n        self.c.set(key, data)",
        "data = value\n        self.c.set(key, pack(data))",
        "return load(self.c.get(key))",
        "raw = self.c.get(key)\n        return load(raw)",
        "return run(self.c.set(key, value))",
    ] {
        assert_eq!(told_of_set(body, json), [], "{body}");
    }
}

#[test]
fn keys_that_some_values_make_equal_do_not_differ() {
    let target = "self.c.set(f'netra:cache:{key}', value)";
    for (body, differs) in [
        ("self.c.set(f'{self.prefix}:{key}', value)", false),
        ("self.c.set(f'{PREFIX}{key}:', value)", true),
        ("self.c.set(f'{a}:{b}:{key}', value)", false),
        ("self.c.set(f'auth:{key}', value)", true),
        ("self.c.set(key, value)", true),
    ] {
        assert_eq!(!told_of_set(body, target).is_empty(), differs, "{body}");
    }
}
