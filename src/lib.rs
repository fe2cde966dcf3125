//! Moves a Python code base from legacy modules to their new home.
//!
//! This is the library below the program `redis-migrate`. It promises little, on purpose: a
//! [`RuleSet`] says where names live now, and [`rewrite`] moves the references of one file there.
//!
//! ```
//! use redis_migrate::{RuleSet, Source, rewrite};
//!
//! let rules = RuleSet::parse(
//!     r#"
//!     schema = 1
//!     name = "shop"
//!
//!     [[move]]
//!     id = "old-cache"
//!     from = "shop.old_cache"
//!     to = "shop.cache"
//!     names = { Cache = "Cache", get = "get_cache" }
//!     "#,
//! )?;
//!
//! let source = Source::new("from .old_cache import get  # noqa\n").module("shop.cart");
//! let done = rewrite(source, &rules);
//!
//! assert_eq!(
//!     done.text.as_deref(),
//!     Some("from shop.cache import get_cache as get  # noqa\n"),
//! );
//! assert!(done.findings.iter().all(|found| found.is_fixed));
//! # Ok::<(), redis_migrate::RuleSetError>(())
//! ```
//!
//! What is public but not shown here serves the program and its tests, and can change at any time.

// The pure part: source text and rules in, edits and diagnostics out; one report in, bytes out.
#[doc(hidden)]
pub mod engine;
#[doc(hidden)]
pub mod report;

// The edges: disk, the order of steps, and the command line.
#[doc(hidden)]
pub mod cli;
#[doc(hidden)]
pub mod commands;
#[doc(hidden)]
pub mod fs;

mod api;

pub use api::{Finding, Rewritten, RuleSet, RuleSetError, Severity, Source, rewrite};
