//! The summary by rule.

use std::io::{self, Write};

use anstyle::Style;
use unicode_width::UnicodeWidthStr as _;

use super::super::escape::visible;
use super::super::summary::{References, Summary};
use super::Styles;

pub(super) fn table(
    summary: &Summary,
    width: usize,
    styles: &Styles,
    out: &mut dyn Write,
) -> io::Result<()> {
    if summary.by_rule.is_empty() {
        return Ok(());
    }
    let heads = ["files", "rewritten", "by hand", "offered", "held", "kept"];
    let total = |pick: fn(&References) -> u64| pick(&summary.references);
    let mut rows: Vec<(String, [u64; 6])> = summary
        .by_rule
        .iter()
        .map(|rule| {
            let name = if rule.rule.is_empty() {
                "(files)".to_owned()
            } else {
                visible(&rule.rule).into_owned()
            };
            let own = &rule.references;
            (
                name,
                [
                    rule.files_before,
                    own.rewritten,
                    own.open,
                    own.offered,
                    own.held,
                    own.suppressed,
                ],
            )
        })
        .collect();
    if rows.len() > 1 {
        rows.push((
            "all".to_owned(),
            [
                summary.files.reported,
                total(|all| all.rewritten),
                total(|all| all.open),
                total(|all| all.offered),
                total(|all| all.held),
                total(|all| all.suppressed),
            ],
        ));
    }
    // Columns in which nothing was counted say nothing.
    let shown: Vec<usize> = (0..6)
        .filter(|&at| at < 3 || rows.iter().any(|(_, counts)| counts[at] > 0))
        .collect();
    let numbers: usize = shown.iter().map(|&at| heads[at].len().max(6) + 2).sum();
    let room = width.saturating_sub(numbers).max(12);
    let name_width = rows
        .iter()
        .map(|(name, _)| name.width())
        .max()
        .unwrap_or(4)
        .clamp(4, room);
    let strong = styles.strong;
    write!(out, "{strong}{:<name_width$}", "rule")?;
    for &at in &shown {
        let column = heads[at].len().max(6) + 2;
        write!(out, "{:>column$}", heads[at])?;
    }
    writeln!(out, "{strong:#}")?;
    let last = rows.len() - 1;
    for (at, (name, counts)) in rows.iter().enumerate() {
        let style = if at == last && last > 0 {
            styles.strong
        } else {
            Style::new()
        };
        let cut = super::frame::cut(name, name_width);
        write!(
            out,
            "{style}{cut}{:pad$}",
            "",
            pad = name_width.saturating_sub(cut.width())
        )?;
        for &at in &shown {
            let column = heads[at].len().max(6) + 2;
            if counts[at] == 0 {
                write!(out, "{:>column$}", "-")?;
            } else {
                write!(out, "{:>column$}", counts[at])?;
            }
        }
        writeln!(out, "{style:#}")?;
    }
    writeln!(out)
}
