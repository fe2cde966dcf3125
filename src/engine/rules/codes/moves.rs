//! Codes about references and where they go.

use super::Doc;
use crate::engine::diagnostic::Code;

/// Each with its documentation.
pub(super) const DOCS: &[Doc] = &[
    Doc {
        code: Code::MovedImport,
        title: "A reference to a legacy module",
        what: "A reference to a legacy module that a rule rewrites.",
        why: "The name lives elsewhere now; the old path is kept only for as long as something imports it.",
        example: concat!(
            "from shop.old_manager import Manager\n",
            "# becomes\n",
            "from shop.manager import Manager",
        ),
        remedy: "Run `redis-migrate` to apply it; `--dry-run` shows it first.",
    },
    Doc {
        code: Code::UncoveredName,
        title: "A name of a legacy module that no rule covers",
        what: "A name of a legacy module that the rule does not list. It stays where it is.",
        why: "Nobody has said where the name lives now, so moving it would be a guess.",
        example: "from shop.old_manager import Manager, SCHEMA_VERSION  # no rule for the second",
        remedy: "Add it to the rule's `names`, or say `others = \"same\"` or `others = \"stay\"`.",
    },
    Doc {
        code: Code::ManualChange,
        title: "A reference that has to be changed by hand",
        what: "A reference that the rule covers but that cannot be rewritten with proof.",
        why: "The module is used in a way that a rewrite cannot follow, or the rule only reports.",
        example: concat!(
            "import shop.old_manager as manager\n",
            "register(manager)  # who knows what is used of it",
        ),
        remedy: "Change it by hand; the message says what stands in the way.",
    },
    Doc {
        code: Code::StarImport,
        title: "A star import of a legacy module",
        what: "A star import of a legacy module whose names are not all known.",
        why: "Which names it brings cannot be told, so neither can where they go.",
        example: "from shop.old_manager import *",
        remedy: "Write out the names that the file uses, then run again.",
    },
    Doc {
        code: Code::RenameRefused,
        title: "A name that a rule would rename, but another is in the way",
        what: "A rule renames the local name, but another name is in the way, so the old name stays.",
        why: "Two things in one scope cannot have one name.",
        example: concat!(
            "from shop.old_manager import get\n",
            "get_manager = 1  # taken: the import binds `get` by `as`",
        ),
        remedy: "Nothing has to be done: the import binds it by `as`.",
    },
    Doc {
        code: Code::StringReference,
        title: "A legacy module is named by a string",
        what: "A string that names a legacy module: a setting, an entry point, a task name.",
        why: "What reads the string is not known, so whether it must change is not either.",
        example: "BACKEND = \"shop.old_manager.Manager\"",
        remedy: "Change it by hand. If it is a module path, `--unsafe-fixes` rewrites it.",
    },
    Doc {
        code: Code::TextReference,
        title: "Text of another file that a rule rewrites",
        what: "Text of a file that is not Python, found by the pattern of a `[[text]]` rule.",
        why: "Settings and documents name modules, too, and no parser of Python sees them.",
        example: concat!(
            "# worker.yaml: task: shop.old_manager:main\n",
            "# becomes:     task: shop.manager:main",
        ),
        remedy: "Run `redis-migrate` to apply it; text that stays as it is says why.",
    },
    Doc {
        code: Code::Boundary,
        title: "A rewrite would cross a boundary of deployment",
        what: "The rewrite would make a package import another one that it is deployed without.",
        why: "Where the code runs, the import would fail.",
        example: concat!(
            "# auth_service/health.py, whose image holds no `netra_backend`\n",
            "from auth_service.auth_core.redis_manager import AuthRedisManager  # stays",
        ),
        remedy: "Keep the compatibility module, give the package a module of its own, or change the boundary rule.",
    },
    Doc {
        code: Code::Guard,
        title: "A call that must not come back",
        what: "A call that a `[[guard]]` of the rules names, in a file that its `allow` does not \
               list. It is found through imports, aliases and names that are bound once; what may \
               be something else is left alone. `--check` counts it; it does not change the exit \
               status of an apply.",
        why: "What was moved to one place grows again where nobody looks.",
        example: concat!(
            "import redis.asyncio as redis\n",
            "client = redis.from_url(url)  # a pool beside the manager's",
        ),
        remedy: "Use what the guard's message names, keep the call with \
                 `# redis-migrate: ignore[ID]`, or list the file in the guard's `allow`.",
    },
];
