//! What holds of every rewrite, whatever was rewritten.

use redis_migrate::engine::Rewrite;
use redis_migrate::engine::diagnostic::Code;

/// Nothing gave up on its own output, and every finding points into the text.
pub fn assert_sound(text: &str, result: &Rewrite) {
    for found in &result.diagnostics {
        assert_ne!(found.code, Code::InternalError, "{}", found.message);
        assert!(
            text.get(found.range.clone()).is_some(),
            "{found:?} is out of the text"
        );
        assert!(found.line > 0 && found.column > 0, "{found:?} has no place");
    }
    for (_, range) in &result.suppressed {
        assert!(text.get(range.clone()).is_some());
    }
}
