"""The texts that the modules of a project start from."""

PRELUDE = '''
def show(what, thunk):
    try:
        print(what, thunk())
    except Exception as error:
        print(what, type(error).__name__)


class Fake:
    KIND = 7

    def __init__(self, *args, **kwargs):
        pass

    def get(self, key, *rest):
        return f"fake {key}"

    def purge(self):
        return "fake purge"
'''

HOME = '''
class Manager:
    KIND = 1

    def __init__(self, prefix="p"):
        self.prefix = prefix
        self.data = {{}}

    def get(self, key{extra}):
        return f"{{self.prefix}}:{{key}}:{{self.data.get(key, 0)}}"

    def set(self, key, value):
        self.data[key] = value
        return value
{purge}

class Failure(Exception):
    pass


def fail():
    raise Failure("no")


{shared} = Manager("{prefix}")


def {getter}():
    return {shared}


LIMIT = 3
'''

PURGE = '''
    def purge(self):
        return "purged"
'''

# Ways to use a class, each with what can be asked of it then.
WAYS = {
    "partial": (
        "import functools\n{it} = functools.partial({cls}, 'x')",
        ["{it}().get('k')", "{it}().purge()"],
    ),
    "made": ("{it} = lambda *a: {cls}(*a)", ["{it}('y').get('k')", "{it}().purge()"]),
    "table": (
        "{it} = {{'one': {cls}, 'all': [{cls}('t')]}}",
        ["{it}['one']().purge()", "{it}['all'][0].purge()", "{it}['one'].KIND"],
    ),
    "given": (
        "def {it}(make, *rest):\n    it = make(*rest)\n    return it.get('k'), it.purge()",
        ["{it}({cls})", "{it}({cls}, 'z')", "{it}(make={cls})"],
    ),
    "data": (
        "import dataclasses\n@dataclasses.dataclass\nclass {it}:\n"
        "    it: {cls} = dataclasses.field(default_factory={cls})",
        ["{it}().it.get('k')", "{it}().it.purge()", "{it}({cls}('d')).it.purge()"],
    ),
    "plug": (
        "class {it}:\n    make = {cls}\n    def ask(self):\n"
        "        it = self.make('c')\n        return it.get('k'), it.purge()",
        ["{it}().ask()", "{it}.make().purge()", "{it}().make.KIND"],
    ),
    "either": (
        "{it} = {cls} if len('ab') == 2 else None",
        ["{it}().purge()", "({it} or int)().get('k')"],
    ),
    "late": (
        "{it} = None\ndef {it}_set():\n    global {it}\n    {it} = {cls}('l')\n"
        "    return {it}",
        ["{it}_set().purge()", "({it}_set(), {it}.purge())[1]"],
    ),
    "over": (
        "class {it}({cls}):\n    def __init__(self, prefix='o'):\n"
        "        super().__init__(prefix)\n        self.own = 1\n"
        "    def get(self, key):\n        return 'over ' + super().get(key)",
        ["{it}().get('k')", "{it}('w').purge()", "{it}().own", "issubclass({it}, {cls})"],
    ),
    "mixed": (
        "class {it}Mixin:\n    def purge(self):\n        return 'mixed'\n"
        "class {it}({it}Mixin, {cls}):\n    pass",
        ["{it}().purge()", "{it}().get('k')"],
    ),
    "context": (
        "import contextlib\n@contextlib.contextmanager\ndef {it}():\n"
        "    it = {cls}('c')\n    yield it\n"
        "def {it}_ask():\n    with {it}() as it:\n        return it.get('k'), it.purge()",
        ["{it}_ask()"],
    ),
    "waited": (
        "import asyncio\nasync def {it}():\n    return {cls}('a')\n"
        "async def {it}_ask():\n    it = await {it}()\n    return it.get('k'), it.purge()",
        ["asyncio.run({it}_ask())"],
    ),
    "matched": (
        "def {it}(it):\n    match it:\n        case {cls}(prefix=p):\n            return p\n"
        "        case _:\n            return 'none'",
        ["{it}({cls}('m'))", "{it}(1)"],
    ),
    "named": (
        "def {it}():\n    if (it := {cls}('n')).get('k'):\n        return it.purge()",
        ["{it}()"],
    ),
    "cached": (
        "import functools\n@functools.lru_cache(maxsize=None)\ndef {it}() -> {cls}:\n"
        "    return {cls}('r')",
        ["{it}().get('k')", "{it}().purge()"],
    ),
    "property": (
        "class {it}:\n    @property\n    def it(self) -> {cls}:\n        return {cls}('p')",
        ["{it}().it.get('k')", "{it}().it.purge()"],
    ),
    "deleted": (
        "{it} = {cls}\ndef {it}_ask():\n    it = {it}()\n    found = it.get('k')\n"
        "    del it\n    return found",
        ["{it}_ask()"],
    ),
}
