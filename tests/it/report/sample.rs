//! Reports to write, made by the engine from small sources and rules made by hand.

use std::path::Path;

use redis_migrate::engine::Outcome;
use redis_migrate::engine::context::{ActiveBoundary, FileContext};
use redis_migrate::engine::diagnostic::{Applicability, Code, Diagnostic, Fix, Severity};
use redis_migrate::engine::edit::Edit;
use redis_migrate::engine::rewrite;
use redis_migrate::engine::rules::{BoundaryAction, RuleSet};
use redis_migrate::engine::usage::Checked;
use redis_migrate::report::{Check, FileReport, FileStatus, Mode, Report, RuleInfo, RunState};

const NEW: &str = "netra_backend.app.redis_manager";

fn rules() -> RuleSet {
    let moves = [
        (
            "cache-manager",
            "netra_backend.app.cache.redis_cache_manager",
            "RedisCacheManager = \"RedisCacheManager\", default_redis_cache_manager = \"default_redis_cache_manager\"",
        ),
        (
            "db-manager",
            "netra_backend.app.db.redis_manager",
            "get_redis_manager = \"get_redis_manager\", RedisManager = \"RedisManager\"",
        ),
        (
            "auth-manager",
            "auth_service.auth_core.redis_manager",
            "AuthRedisManager = \"AuthRedisManager\", auth_redis_manager = \"auth_redis_manager\"",
        ),
        (
            "factory",
            "netra_backend.app.factories.redis_factory",
            "RedisFactory = \"RedisFactory\", UserRedisClient = \"UserRedis\"",
        ),
    ];
    let mut text =
        "schema = 1\nname = \"redis-ssot\"\ndescription = \"for these tests\"\n".to_owned();
    for (id, from, names) in moves {
        text.push_str(&format!(
            "[[move]]\nid = \"{id}\"\nfrom = \"{from}\"\nto = \"{NEW}\"\n\
             why = \"opens a pool of its own\"\nnames = {{ {names} }}\n"
        ));
    }
    RuleSet::parse("sample", &text, &RuleSet::resolve_builtin).unwrap()
}

/// What a report says of these files.
fn scan(files: &[(String, String)]) -> Report {
    let rules = rules();
    let mut reports = Vec::new();
    for (path, source) in files {
        let module = path
            .trim_end_matches(".py")
            .trim_end_matches("/__init__")
            .replace('/', ".");
        let context = FileContext {
            modules: vec![module],
            is_package: path.ends_with("/__init__.py"),
            boundaries: vec![ActiveBoundary {
                id: "auth-independence".to_owned(),
                importer: "auth_service".to_owned(),
                imports: "netra_backend".to_owned(),
                action: BoundaryAction::Hold,
                evidence: Some("auth_service/Dockerfile copies only auth_service/".to_owned()),
            }],
            ..FileContext::default()
        };
        let result = rewrite(source, &rules, &context);
        if result.diagnostics.is_empty() && result.suppressed.is_empty() {
            continue;
        }
        let line = |at: usize| source[..at].matches('\n').count() + 1;
        let (status, after, edits) = match result.outcome {
            Outcome::Changed { text, edits } => (FileStatus::Changed, Some(text), edits),
            Outcome::Failed => (FileStatus::Failed, None, Vec::new()),
            _ => (FileStatus::Unchanged, None, Vec::new()),
        };
        reports.push(FileReport {
            path: path.clone(),
            status,
            before: Some(source.clone()),
            after,
            edits,
            excerpts: Vec::new(),
            suppressed: result
                .suppressed
                .into_iter()
                .map(|(rule, range)| (rule, line(range.start)))
                .collect(),
            diagnostics: result.diagnostics,
            checked: result.checked,
        });
    }
    Report {
        mode: Mode::DryRun,
        rule_set: rules.name.clone(),
        rule_digest: "0123abcd".to_owned(),
        rules: rules
            .moves
            .iter()
            .map(|rule| RuleInfo {
                id: rule.id.clone(),
                from: rule.from.clone(),
                to: rule.to.clone(),
                why: rule.why.clone(),
            })
            .collect(),
        files: reports,
        files_seen: 7_685,
        files_parsed: files.len() as u64,
        checked_besides: Checked::default(),
        run: None,
        run_state: RunState::default(),
        run_root: None,
        checks: vec![
            Check {
                criterion: "One connection pool".to_owned(),
                met: Some(true),
                evidence: "`get_status()` counts 1".to_owned(),
            },
            Check {
                criterion: "No WebSocket 1011 error in staging for 24 hours".to_owned(),
                met: None,
                evidence: String::new(),
            },
        ],
        places: None,
    }
}

const LOCKS: &str = "\"\"\"Locks of database sessions.\"\"\"
import asyncio

from netra_backend.app.db.redis_manager import get_redis_manager, pool_size


async def lock(session_id: str) -> bool:
    manager = get_redis_manager()
    return await manager.set(f\"lock:{session_id}\", \"1\", ex=30)
";

const CACHE: &str = "import os

from netra_backend.app.cache.redis_cache_manager import (
    RedisCacheManager,  # one namespace each
    default_redis_cache_manager,
)
from netra_backend.app.factories.redis_factory import UserRedisClient


def cache(prefix: str = \"app\") -> RedisCacheManager:
    \"\"\"A cache of its own.\"\"\"
    return RedisCacheManager(prefix=prefix or os.environ[\"PREFIX\"])
";

const KEPT: &str = "from netra_backend.app.db.redis_manager import RedisManager  # redis-migrate: ignore[db-manager]
# redis-migrate: ignore[factory]
VALUE = 1
";

const AUTH: &str = "from auth_service.auth_core.redis_manager import auth_redis_manager

REVOKED = auth_redis_manager.revoked
";

/// A few files, with a finding of each kind.
pub(super) fn report() -> Report {
    let file = |path: &str, source: &str| (path.to_owned(), source.to_owned());
    let mut report = scan(&[
        file("auth_service/routes.py", AUTH),
        file(
            "netra_backend/app/broken.py",
            "from netra_backend.app.db.redis_manager import (\n",
        ),
        file("netra_backend/app/cache_users.py", CACHE),
        file("netra_backend/app/db/session_locks.py", LOCKS),
        file("netra_backend/app/kept.py", KEPT),
    ]);
    report.files.push(FileReport {
        path: "netra_backend/app/latin.py".to_owned(),
        status: FileStatus::Failed,
        before: None,
        after: None,
        edits: Vec::new(),
        diagnostics: vec![found(
            Code::DecodeError,
            Severity::Error,
            0..0,
            "byte 0xe9 is not UTF-8",
            None,
        )],
        excerpts: Vec::new(),
        suppressed: Vec::new(),
        checked: Checked::default(),
    });
    let source = "NAME = \"netra_backend.app.db.redis_manager\"\n";
    let edit = Edit::replace(8..42, NEW);
    report.files.push(FileReport {
        path: "netra_backend/app/settings.py".to_owned(),
        status: FileStatus::Unchanged,
        before: Some(source.to_owned()),
        after: None,
        edits: Vec::new(),
        diagnostics: vec![found(
            Code::StringReference,
            Severity::Warning,
            7..43,
            "a string names `netra_backend.app.db.redis_manager`",
            Some(edit),
        )],
        excerpts: Vec::new(),
        suppressed: Vec::new(),
        checked: Checked::default(),
    });
    report.files[2].checked = Checked {
        names: 3,
        uses: 1_204,
        already_broken: 2,
        unknown: 1,
        ..Checked::default()
    };
    report
}

fn found(
    code: Code,
    severity: Severity,
    range: std::ops::Range<usize>,
    message: &str,
    edit: Option<Edit>,
) -> Diagnostic {
    Diagnostic {
        rule: (code == Code::StringReference).then(|| "db-manager".to_owned()),
        code,
        severity,
        line: 1,
        column: range.start + 1,
        range,
        message: message.to_owned(),
        help: None,
        fix: edit.map(|edit| Fix {
            edits: vec![edit],
            applicability: Applicability::Unsafe,
        }),
    }
}

/// The same files, applied.
pub(super) fn applied() -> Report {
    Report {
        mode: Mode::Apply,
        run: Some("20260102-030405-abcd".to_owned()),
        ..report()
    }
}

/// Names and lines that would break out of each format, if they could.
pub(super) fn hostile() -> Report {
    let import = "from netra_backend.app.db.redis_manager import get_redis_manager, Zß";
    let lines = [
        "</script><img src=x onerror=\"document.title='owned'\">",
        "<script>document.title='owned'</script><!-- <script>",
        "]]> &lt; ``` ~~~~ | @everyone #1 ::error::x %0A \u{1b}[2J \u{202e}abc\u{2028}\u{200b}",
    ];
    let source = format!(
        "x = 1  # {}\n{import}  # {}\ny = '''\n{}\n'''\n",
        lines[0],
        lines[1],
        lines.join("\n")
    );
    let mut report = scan(&[(
        "a/<script>document.title='owned'</script>`|,:%\"'@me\u{202e}\n.py".to_owned(),
        source,
    )]);
    report.rule_set = String::from("<b>`|\n");
    report.rules[1].why = Some("</script><script>document.title='owned'</script>".to_owned());
    report.rules[1].from = String::from("a.</text></svg><script>document.title='owned'</script>");
    let file = &mut report.files[0];
    let mut extra = found(Code::StringReference, Severity::Error, 0..3, lines[0], None);
    extra.help = Some(lines[2].to_owned());
    extra.rule = Some("<img src=x onerror=alert(1)>".to_owned());
    file.diagnostics.insert(0, extra);
    file.suppressed.push((lines[1].to_owned(), 1));
    report
}

/// Many changed files.
pub(super) fn large(count: usize) -> Report {
    let files: Vec<_> = (0..count)
        .map(|at| {
            let source = match at % 3 {
                0 => LOCKS.replace("session_id", &format!("session_{at}")),
                1 => CACHE.replace("app\"", &format!("app{at}\"")),
                _ => format!("{LOCKS}\n\n{}", CACHE.repeat(2)),
            };
            (
                format!("netra_backend/app/part_{:02}/module_{at:04}.py", at % 40),
                source,
            )
        })
        .collect();
    let mut report = scan(&files);
    report.files.sort_by(|a, b| a.path.cmp(&b.path));
    report
}

/// The small repository in `fixtures/netra`, for pictures.
pub(super) fn netra() -> Report {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/netra");
    let mut files: Vec<(String, String)> = walkdir::WalkDir::new(&root)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.path().extension().is_some_and(|end| end == "py"))
        .filter_map(|entry| {
            let path = entry.path().strip_prefix(&root).ok()?.to_str()?.to_owned();
            Some((path, std::fs::read_to_string(entry.path()).ok()?))
        })
        .collect();
    files.sort();
    let seen = files.len() as u64;
    Report {
        files_seen: seen,
        ..scan(&files)
    }
}
