//! Names that code reads by a string, and what it reads of its own module.

use super::*;
use Code::ManualChange;

#[test]
fn a_name_that_a_string_reads_keeps_its_module() {
    for used in [
        "globals()['old'].A",
        "globals().get('old')",
        "vars()['old']",
        "'old' in locals()",
        "eval('old.A')",
        "exec(f'print({x}, old.A)')",
        "timeit('old.A', globals=globals())",
        "getattr(sys.modules[__name__], 'old')",
        "sys.modules[__name__].old",
        "me = sys.modules[__name__]\nme.old.A",
        "setattr(import_module(__name__), name, 1)\nf('old')",
        "patch('a.user.old.A')",
        "patch('__main__.old.A')",
        "patch(f'{__name__}.old.A')",
        "patch(__name__ + '.old.A')",
        "'{old.A}'.format(**globals())",
        "code = 'old.A'\neval(code)",
        "f('old.A')\nexec(read(), globals())",
        "eval(compile('old.A', '', 'eval'))",
        "'%(old)s' % globals()",
        "sys.modules['__main__'].old",
        "import_module('a.user').old",
        "import __main__\n__main__.old.A",
        "import a.user\na.user.old.A",
        "from a import user as me\nme.old.A",
        "from . import user\nuser.old.A",
    ] {
        stays(
            &format!("from a.b import old\nold.A\n{used}\n"),
            &[ManualChange],
        );
    }
    for used in [
        "f('old.A')",
        "eval('it.old')",
        "redis.eval('old')",
        "eval('old', names)",
        "names['old']",
        "sys.modules[__name__].it.old",
        "patch('a.users.old.A')",
        "import a.users\na.users.old.A",
        "sys.modules['a.users'].old",
        "if __name__ == '__main__':\n    it.old",
        "re.compile('old')",
        "\"\"\"old.A\"\"\"\neval(read())",
        "patch(f'{__name__}.it.old')",
        "'{it.old}'.format(**globals())",
    ] {
        becomes(
            &format!("from a.b import old\nold.A\n{used}\n"),
            &format!("from x.y import new as old\nold.B\n{used}\n"),
            &[],
        );
    }
    stays("import a.b.old\na.b.old.A\neval('a.b')\n", &[ManualChange]);
    becomes(
        "from a.b.old import *\nC\nglobals()['A']\n",
        "from x.y.new import B as A, C\nC\nglobals()['A']\n",
        &[],
    );
}
