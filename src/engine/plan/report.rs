//! Writes each statement anew, and reports it with the edits that do so.

use std::ops::Range;

use crate::engine::diagnostic::{Applicability, Code, Diagnostic, Fix, Severity};
use crate::engine::edit::Edit;
use crate::engine::imports::{
    FromItem, Place, PlainItem, Style, rewrite_from, rewrite_import, spell_star,
};
use crate::engine::python::{Bytes, ast};
use crate::engine::rules::Target;
use crate::engine::semantic::ImportNode;

use super::star::Star;
use super::{Planner, Slot, Verdict};

/// Statements that go.
struct Gone {
    /// How many, by block.
    of_block: Vec<usize>,
    /// The bytes of the last one, with those right before it, up to where the next one starts.
    last: Range<usize>,
}

impl<'p, 'src> Planner<'p, 'src, '_> {
    /// One diagnostic with a fix for every statement that changes.
    pub(super) fn report_moves(&mut self, slots: &[Slot<'src, 'p>]) {
        let mut gone = Gone {
            of_block: vec![0; self.model.blocks.len()],
            last: 0..0,
        };
        let mut first = 0;
        while first < slots.len() {
            let import = slots[first].import;
            let end = first
                + slots[first..]
                    .iter()
                    .take_while(|slot| slot.import == import)
                    .count();
            self.statement(import, &slots[first..end], &mut gone);
            first = end;
        }
    }

    fn statement(&mut self, import: usize, slots: &[Slot<'src, 'p>], gone: &mut Gone) {
        let changes =
            |slot: &Slot<'_, '_>| !matches!(slot.verdict, Verdict::Foreign(_) | Verdict::Held);
        if !slots.iter().any(changes) {
            return;
        }
        let block = self.model.imports[import].block;
        let all_dropped = slots
            .iter()
            .all(|slot| matches!(slot.verdict, Verdict::Dropped(_)));
        if all_dropped {
            gone.of_block[block] += 1;
        }
        let start = self.model.imports[import].node.range().start;
        let style = Style {
            line_length: self.context.line_length,
            wrap: self.rules.wrap,
            sole: gone.of_block[block] == self.model.blocks[block].len,
            gone_from: (gone.last.end == start).then_some(gone.last.start),
        };
        let (range, mut edits) = match self.model.imports[import].node {
            ImportNode::From(node)
                if let [slot] = slots
                    && let Verdict::Star(_, star) = &slot.verdict =>
            {
                (node.bytes(), self.star_edits(node, star))
            }
            ImportNode::From(node) => {
                let items: Vec<FromItem> = slots
                    .iter()
                    .map(|slot| from_item(slot, &node.names[slot.alias]))
                    .collect();
                (node.bytes(), rewrite_from(self.parsed, node, &items, style))
            }
            ImportNode::Import(node) => {
                let items: Vec<PlainItem> = slots.iter().map(plain_item).collect();
                (
                    node.bytes(),
                    rewrite_import(self.parsed, node, &items, style),
                )
            }
        };
        if let [edit] = &edits[..]
            && all_dropped
            && edit.text.is_empty()
        {
            let from = style.gone_from.unwrap_or(edit.range.start);
            gone.last = from..edit.range.end;
        }
        edits.extend(self.use_edits.remove(&import).into_iter().flatten());
        self.moved(range, slots, edits, import);
    }

    fn star_edits(&mut self, node: &ast::StmtImportFrom, star: &Star) -> Vec<Edit> {
        let groups: Vec<(String, Vec<String>)> = match star {
            Star::Whole(module) => vec![(module.clone(), vec!["*".to_owned()])],
            Star::Names(groups) => groups
                .iter()
                .map(|(module, names)| {
                    let names = names.iter().map(|(new, local)| {
                        self.plan.rebound.push(local.clone());
                        if new == local {
                            new.clone()
                        } else {
                            format!("{new} as {local}")
                        }
                    });
                    (module.clone(), names.collect())
                })
                .collect(),
            Star::Stays(_) => Vec::new(),
        };
        let style = Style {
            line_length: self.context.line_length,
            wrap: self.rules.wrap,
            sole: false,
            gone_from: None,
        };
        spell_star(self.parsed, node, &groups, style)
    }

    fn moved(
        &mut self,
        range: Range<usize>,
        slots: &[Slot<'src, 'p>],
        mut edits: Vec<Edit>,
        import: usize,
    ) {
        edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
        let rule = slots
            .iter()
            .find_map(|slot| slot.verdict.hit())
            .map(|hit| hit.rule);
        let message = slots
            .iter()
            .filter_map(|slot| self.sentence(slot, import))
            .collect::<Vec<_>>()
            .join("; ");
        self.plan.diagnostics.push(Diagnostic {
            rule: rule.map(|rule| rule.id.clone()),
            code: Code::MovedImport,
            severity: Severity::Warning,
            range,
            line: 0,
            column: 0,
            message,
            help: rule.and_then(|rule| rule.why.clone()),
            fix: Some(Fix {
                edits,
                applicability: rule.map_or(Applicability::Safe, |rule| rule.applicability),
            }),
        });
    }

    fn sentence(&self, slot: &Slot<'src, 'p>, import: usize) -> Option<String> {
        Some(match &slot.verdict {
            Verdict::Member(hit, target) => {
                let name = match self.model.imports[import].node {
                    ImportNode::From(node) => node.names[slot.alias].name.as_str(),
                    ImportNode::Import(_) => slot.local,
                };
                format!(
                    "`{}.{name}` is now `{}.{}`",
                    hit.legacy(),
                    target.module,
                    target.name
                )
            }
            Verdict::Module(hit, module) => {
                format!("module `{}` is now `{module}`", hit.legacy())
            }
            Verdict::Dotted(hit, modules) => format!(
                "module `{}` is now `{}`",
                hit.legacy(),
                modules.last().map_or("", String::as_str)
            ),
            Verdict::Dropped(path) => format!("`{}` is imported here already", path.dotted()),
            Verdict::Star(hit, _) => {
                format!(
                    "star import of `{}`, which is now `{}`",
                    hit.legacy(),
                    hit.rule.to
                )
            }
            Verdict::Foreign(_) | Verdict::Held => return None,
        })
    }
}

fn from_item(slot: &Slot<'_, '_>, alias: &ast::Alias) -> FromItem {
    let renamed = slot.renamed.is_some();
    let stays = || FromItem {
        place: Place::Original,
        name: alias.name.to_string(),
        renamed,
    };
    match &slot.verdict {
        Verdict::Member(_, Target { module, name }) => FromItem {
            place: Place::From(module.clone()),
            name: name.clone(),
            renamed,
        },
        Verdict::Module(_, module) => match module.rsplit_once('.') {
            Some((parent, leaf)) => FromItem {
                place: Place::From(parent.to_owned()),
                name: leaf.to_owned(),
                renamed,
            },
            None => FromItem {
                place: Place::Import(module.clone()),
                name: module.clone(),
                renamed,
            },
        },
        Verdict::Dropped(_) => FromItem {
            place: Place::Drop,
            name: alias.name.to_string(),
            renamed,
        },
        Verdict::Foreign(_) | Verdict::Held | Verdict::Dotted(..) | Verdict::Star(..) => stays(),
    }
}

fn plain_item(slot: &Slot<'_, '_>) -> PlainItem {
    match &slot.verdict {
        Verdict::Module(_, module) => PlainItem::Replace(vec![module.clone()]),
        Verdict::Dotted(_, modules) => PlainItem::Replace(modules.clone()),
        Verdict::Dropped(_) => PlainItem::Replace(Vec::new()),
        Verdict::Foreign(_) | Verdict::Held | Verdict::Member(..) | Verdict::Star(..) => {
            PlainItem::Keep
        }
    }
}
