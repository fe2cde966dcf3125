//! Codes about what a move would break.

use super::Doc;
use crate::engine::diagnostic::Code;

/// Each with its documentation.
pub(super) const DOCS: &[Doc] = &[
    Doc {
        code: Code::MissingTarget,
        title: "The target module has no such name",
        what: "A rule moves a name to a module that does not offer it.",
        why: "The new import would raise ImportError.",
        example: concat!(
            "from shop.old_manager import Manager, helper\n",
            "# `shop.manager` has no `helper`",
        ),
        remedy: "Correct the rule or add the name to the target. If the target is a module that `redis-migrate install` brings, install it first.",
    },
    Doc {
        code: Code::MissingMember,
        title: "The target lacks an attribute or method that the code uses",
        what: "The code uses an attribute, a method or a protocol (`with`, `async with`) of a moved class or object that the target's does not have, and that the legacy one has.",
        why: "The code would raise AttributeError when it comes there, often in a branch that no test runs.",
        example: concat!(
            "cache = RedisCacheManager()\n",
            "cache.enabled  # `RedisManager` has no `enabled`",
        ),
        remedy: "Change the use, or add the member to the target. Until then the old import stays in this file.",
    },
    Doc {
        code: Code::KindMismatch,
        title: "The target is of another kind",
        what: "An object stands where a class or function was, or the other way round; or a read-only property where an attribute was.",
        why: "Calling, subclassing, catching or `isinstance` raise TypeError; an assignment raises AttributeError.",
        example: concat!(
            "from shop.old import Service    # a class\n",
            "service = Service()            # the rule moves it to an object",
        ),
        remedy: "Map the name to one of the same kind, or change the use.",
    },
    Doc {
        code: Code::NotCallable,
        title: "The target cannot be called",
        what: "The code calls something that is a plain value or an object without `__call__` in the target.",
        why: "The call raises TypeError.",
        example: "manager.client()  # in the target, `client` is an object",
        remedy: "Change the use, or keep the old import.",
    },
    Doc {
        code: Code::WrongArguments,
        title: "The target does not take the arguments of a call",
        what: "A function or method of the target has another signature, and a call does not fit it.",
        why: "The call raises TypeError. In code that catches every exception it does so silently.",
        example: "await cache.set(key, value, ttl=60)  # the target takes `ex`",
        remedy: "Change the call to the target's signature, which the help names.",
    },
    Doc {
        code: Code::PropertyCalled,
        title: "The target's member is a property, and the code calls it",
        what: "The code calls a member that is a property in the target.",
        why: "What the property gives is called instead: TypeError.",
        example: "if manager.is_connected():  # a property that gives a bool",
        remedy: "Drop the parentheses once the import has moved.",
    },
    Doc {
        code: Code::AsyncChanged,
        title: "A coroutine where a plain value was, or the other way round",
        what: "A plain function has become a coroutine function and its result is used without `await`; or the code awaits what is no coroutine any more.",
        why: "A coroutine that nobody awaits is always true and never runs; awaiting a plain value raises TypeError.",
        example: concat!(
            "client = manager.get_client()\n",
            "if client: ...  # a coroutine is always true",
        ),
        remedy: "Await it, or keep the old import. No `await` is ever written for you: it may only stand in an `async def`.",
    },
    Doc {
        code: Code::ConstructorArguments,
        title: "The target's class does not take the arguments it is made with",
        what: "The target's class is constructed with other arguments than the code gives.",
        why: "Making the object raises TypeError.",
        example: "RedisCacheManager(redis, prefix=\"x\")  # the target's class takes none",
        remedy: "Change the call to the target's signature, which the help names.",
    },
    Doc {
        code: Code::ImportCycle,
        title: "The new import closes an import cycle",
        what: "The target, or a package around it, imports the file that would now import from it at its top, by way of other modules: as they are, or as this run would rewrite them.",
        why: "While one of them is still being imported, the other does not find its names: ImportError, depending on which comes first.",
        example: concat!(
            "# shop/manager.py imports shop/audit.py\n",
            "# shop/audit.py:\n",
            "from shop.manager import Manager",
        ),
        remedy: "Import in the functions that need it, or keep the old import.",
    },
    Doc {
        code: Code::DeadPatchTarget,
        title: "A patch that no longer reaches the code",
        what: "A test patches the legacy module by a string, and the code under test has moved away from it. As a note: the patch moves, and misses code that its file imports and that stays.",
        why: "The mock is put where nobody looks: the test runs against the real thing, or fails.",
        example: concat!(
            "@patch(\"shop.old_manager.redis\")  # the code imports from `shop.manager` now\n",
            "def test_get(redis): ...",
        ),
        remedy: "Patch where the code looks the name up now.",
    },
    Doc {
        code: Code::IdentityAsData,
        title: "A qualified name that is data somewhere changes",
        what: "The module path of a moved class or object is read or written as data: pickled, a logger's name, a task's name.",
        why: "What was written under the old name is read by that name.",
        example: "pickle.dumps(entry)  # names `shop.old_manager.Entry`",
        remedy: "Keep the compatibility module as long as such data is about, or convert it.",
    },
    Doc {
        code: Code::PoolPerObject,
        title: "Each object of the target opens a pool of its own",
        what: "Rules move names to a class that opens a connection pool in each of its objects, and calls that would make such an object are left.",
        why: "Importing from one module is not sharing one pool: there are as many as there are objects.",
        example: concat!(
            "class Manager:\n",
            "    async def connect(self):\n",
            "        self._client = redis.from_url(self.url)  # told here",
        ),
        remedy: "Share the pool in the target, or map to names that share one. `redis-migrate install` brings a module that does.",
    },
    Doc {
        code: Code::StoredOtherwise,
        title: "The target spells keys or writes values otherwise",
        what: "A method of the legacy class puts a prefix before keys or writes JSON, and the target's method of that name does not, or another. Told where the legacy class is defined.",
        why: "Every call fits, and nothing finds what was stored before: caches are cold, sessions are gone, and keys of users are no longer apart.",
        example: concat!(
            "class CacheManager:\n",
            "    async def get(self, key):  # the target's passes `key` on as it is\n",
            "        return json.loads(await self.redis.get(f\"cache:{key}\"))",
        ),
        remedy: "Map to a name that keeps keys and values as they were, or move the data first.",
    },
    Doc {
        code: Code::OtherDatabase,
        title: "The target keeps its data in another database",
        what: "The legacy class opens a database by its number, and the target opens another one, or the one that a URL from elsewhere names. Told where the legacy class is defined.",
        why: "What was stored is not found: a revoked token is valid again.",
        example: concat!(
            "class AuthManager:\n",
            "    async def connect(self):\n",
            "        self.client = redis.Redis(host=self.host, db=1)",
        ),
        remedy: "Map to a name that stays in that database, or move the data first.",
    },
    Doc {
        code: Code::LegacyGone,
        title: "A legacy module that is not there is still imported",
        what: "An import of a legacy module stays, though the repository has no such module, while it has the package around it.",
        why: "The import raises ImportError.",
        example: concat!(
            "# shop/old_manager.py was deleted\n",
            "from shop.old_manager import Manager, SCHEMA_VERSION  # no rule for the second",
        ),
        remedy: "Put a compatibility module at the old path (`redis-migrate install` brings those of the default rules), or change the import by hand.",
    },
    Doc {
        code: Code::AlreadyBroken,
        title: "A use that is broken with the legacy module as well",
        what: "A use that fails with the target fails with the legacy module too, so the move is not to blame and is applied.",
        why: "It is a bug of today; after the move somebody may think that it is a new one.",
        example: "await manager.set_with_expiry(key, 1)  # neither has it",
        remedy: "Mend the use, before or after the move.",
    },
    Doc {
        code: Code::HeldMove,
        title: "A move that is not applied in a file, because it would break uses there",
        what: "A reference stays as it is, because its move would newly break uses in the same file. Errors at those uses say what.",
        why: "The compatibility module at the old path goes on serving the file; after the move it would fail.",
        example: concat!(
            "from shop.old import Cache  # stays\n",
            "Cache().enabled             # missing-member",
        ),
        remedy: "Change what would break, then run again. `--unsafe-fixes` moves it all the same.",
    },
];
