//! The consolidation as a picture: legacy modules and who imports them on one side, their new
//! home on the other, before and after.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::report::escape::markup;
use crate::report::summary::{Summary, grouped, plural};
use crate::report::{Mode, Report};

/// Legacy modules that get a row of their own.
const ROWS: usize = 24;

const WIDTH: usize = 470;
const ROW: usize = 38;
const TOP: usize = 26;
/// Where the bars end, where the names surely have, and where the new homes begin.
const BARS: usize = 190;
const NAMES: usize = 250;
const HOMES: usize = 305;

/// A legacy module.
struct Legacy<'r> {
    from: &'r str,
    to: &'r str,
    before: u64,
    after: u64,
    moved: u64,
}

/// Writes both drawings.
pub(super) fn write(report: &Report, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    let mut all: Vec<Legacy<'_>> = Vec::new();
    for count in &summary.by_rule {
        let Some(info) = report.rules.iter().find(|rule| rule.id == count.rule) else {
            continue;
        };
        if count.files_before > 0 {
            all.push(Legacy {
                from: &info.from,
                to: &info.to,
                before: count.files_before,
                after: count.files_after,
                moved: count.references.rewritten,
            });
        }
    }
    if all.is_empty() {
        return Ok(());
    }
    all.sort_by(|a, b| b.before.cmp(&a.before).then(a.from.cmp(b.from)));
    let rest = all.len().saturating_sub(ROWS);
    let after = if report.mode == Mode::Apply {
        "After"
    } else {
        "After, as planned"
    };
    writeln!(
        out,
        "<section aria-labelledby=\"picture\"><h2 id=\"picture\">Consolidation</h2><div class=\"pictures\">"
    )?;
    all.truncate(ROWS);
    drawing(&all, "Before", false, out)?;
    drawing(&all, after, true, out)?;
    write!(out, "</div>")?;
    if rest > 0 {
        write!(
            out,
            "<p class=\"faint\">{} more with fewer importing files.</p>",
            plural(rest as u64, "legacy module")
        )?;
    }
    writeln!(out, "</section>")
}

fn drawing(rows: &[Legacy<'_>], title: &str, after: bool, out: &mut dyn Write) -> io::Result<()> {
    let height = TOP + rows.len() * ROW + 8;
    let most = rows.iter().map(|row| row.before).max().unwrap_or(1).max(1);
    let left: u64 = rows.iter().map(|row| row.after).sum();
    let in_use = rows
        .iter()
        .filter(|row| if after { row.after > 0 } else { true })
        .count();
    let told = if after {
        format!(
            "{} still imported, {} left",
            plural(in_use as u64, "legacy module"),
            plural(left, "importing file")
        )
    } else {
        format!("{} imported", plural(in_use as u64, "legacy module"))
    };
    write!(
        out,
        "<figure><figcaption><b>{title}</b>: {told}</figcaption><svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{title}: {told}\">"
    )?;
    write!(
        out,
        "<text x=\"0\" y=\"12\" class=\"head\">legacy module, importing files</text><text x=\"{HOMES}\" y=\"12\" class=\"head\">new home</text>"
    )?;
    let mut homes: BTreeMap<&str, (u64, Vec<usize>)> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        let home = homes.entry(row.to).or_default();
        home.0 += row.moved;
        home.1.push(at);
    }
    let count = homes.len();
    let span = rows.len() * ROW;
    for (at, (name, (moved, sources))) in homes.iter().enumerate() {
        let middle = TOP + span * (2 * at + 1) / (2 * count);
        if after {
            for &source in sources {
                edge(&rows[source], TOP + source * ROW + 26, middle, most, out)?;
            }
        }
        let (class, told) = if after && *moved > 0 {
            ("home used", format!("{} moved here", grouped(*moved)))
        } else {
            ("home", "nothing moved yet".to_owned())
        };
        let told = if after && *moved == 0 {
            "nothing moved here".to_owned()
        } else {
            told
        };
        write!(
            out,
            "<g class=\"{class}\"><title>{}</title><rect x=\"{HOMES}\" y=\"{}\" width=\"{}\" height=\"44\" rx=\"6\"/><text x=\"{}\" y=\"{}\">{}</text><text x=\"{}\" y=\"{}\" class=\"small\">{told}</text></g>",
            markup(name),
            middle - 22,
            WIDTH - HOMES - 2,
            HOMES + 8,
            middle - 3,
            markup(&elided(name, 21)),
            HOMES + 8,
            middle + 13,
        )?;
    }
    for (at, row) in rows.iter().enumerate() {
        let files = if after { row.after } else { row.before };
        let y = TOP + at * ROW;
        let full = share(row.before, most);
        let bar = share(files, most);
        let class = if files == 0 { "legacy empty" } else { "legacy" };
        write!(
            out,
            "<g class=\"{class}\"><title>{}: {}</title><text x=\"0\" y=\"{}\">{}</text><rect class=\"track\" x=\"0\" y=\"{}\" width=\"{full}\" height=\"10\" rx=\"2\"/><rect class=\"bar\" x=\"0\" y=\"{}\" width=\"{bar}\" height=\"10\" rx=\"2\"/><text class=\"small\" x=\"{}\" y=\"{}\">{files}</text></g>",
            markup(row.from),
            plural(files, "importing file"),
            y + 16,
            markup(&elided(row.from, 36)),
            y + 21,
            y + 21,
            full + 5,
            y + 30,
        )?;
    }
    writeln!(out, "</svg></figure>")
}

/// What was moved, as a band from a legacy module to its new home.
fn edge(
    row: &Legacy<'_>,
    y: usize,
    middle: usize,
    most: u64,
    out: &mut dyn Write,
) -> io::Result<()> {
    if row.moved == 0 {
        return Ok(());
    }
    let gone = row.before.saturating_sub(row.after).max(1);
    let width = 1 + (gone * 6 / most).min(6);
    let start = share(row.before, most) + 24;
    let bend = NAMES.midpoint(HOMES);
    write!(
        out,
        "<path class=\"edge\" stroke-width=\"{width}\" d=\"M{start} {y}H{NAMES}C{bend} {y} {bend} {middle} {HOMES} {middle}\"/>"
    )
}

/// The length of a bar.
fn share(count: u64, most: u64) -> usize {
    if count == 0 {
        return 0;
    }
    let long = count.min(most) * (BARS as u64) / most;
    usize::try_from(long).unwrap_or(BARS).max(4)
}

/// A dotted name in at most `room` characters: its end says the most.
fn elided(name: &str, room: usize) -> String {
    let count = name.chars().count();
    if count <= room {
        return name.to_owned();
    }
    let tail: String = name.chars().skip(count - room + 1).collect();
    let tail = tail
        .split_once('.')
        .filter(|(cut, _)| cut.len() < room / 2)
        .map_or(tail.as_str(), |(_, rest)| rest);
    format!("…{tail}")
}
