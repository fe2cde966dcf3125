//! Which imports of a file the rules move: what is to be followed.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::context::{FileContext, Resolver, compact};
use crate::engine::diagnostic::Applicability;
use crate::engine::python::ast;
use crate::engine::rules::{BoundaryAction, Member, Target};
use crate::engine::semantic::{ImportNode, Model, is_builtin};

use super::asked::Asking;
use super::{Root, Symbol, Tracked};

/// The imported names that stand for moved members, or for modules with such members; `listed` are
/// those in `__all__`.
pub fn tracked(
    model: &Model<'_, '_>,
    resolver: Resolver<'_>,
    foreign: &Asking<'_>,
    listed: &[&str],
) -> Vec<Tracked> {
    let mut found = Vec::new();
    let unbound = model.references.iter().filter(|it| it.resolved.is_none());
    let mut used: BTreeSet<&str> = match model.stars.is_empty() {
        true => BTreeSet::new(),
        false => unbound.map(|reference| reference.name).collect(),
    };
    used.extend(listed);
    // Statements that say the same bring the same.
    let mut stars = BTreeMap::new();
    for (import, statement) in model.imports.iter().enumerate() {
        let symbols: Vec<Option<Symbol>> = match statement.node {
            ImportNode::From(node) if is_star(node) => {
                let brought = stars
                    .entry((node.level, node.module.as_deref()))
                    .or_insert_with(|| by_star(&used, resolver, foreign, node));
                found.extend(brought.iter().map(|(name, symbol)| Tracked {
                    import,
                    alias: 0,
                    symbol: symbol.clone(),
                    by_star: Some(name.clone()),
                }));
                continue;
            }
            ImportNode::From(node) => node
                .names
                .iter()
                .map(|name| from_name(resolver, foreign, node, name))
                .collect(),
            ImportNode::Import(node) => node
                .names
                .iter()
                .map(|name| plain_name(resolver, foreign, name))
                .collect(),
        };
        for (alias, symbol) in symbols.into_iter().enumerate() {
            found.extend(symbol.map(|symbol| Tracked {
                import,
                alias,
                symbol,
                by_star: None,
            }));
        }
    }
    found
}

fn is_star(node: &ast::StmtImportFrom) -> bool {
    node.names.iter().any(|name| &*name.name == "*")
}

/// The names that a star import brings, as far as the file uses them or hands them on.
fn by_star(
    used: &BTreeSet<&str>,
    resolver: Resolver<'_>,
    foreign: &Asking<'_>,
    node: &ast::StmtImportFrom,
) -> Vec<(String, Symbol)> {
    let mut names = used.clone();
    let bases = resolver.absolute(node.level, node.module.as_deref());
    let Some(hit) = resolver.any_module(&bases) else {
        let mut found = Vec::new();
        for base in &bases {
            names.extend(foreign.names(base));
            let public = names.iter().filter(|name| !name.starts_with('_'));
            let given = public.filter_map(|name| Some((*name, foreign.name(base, name)?)));
            found
                .extend(given.map(|(name, given)| (name.to_owned(), Symbol::Given(given.clone()))));
            if !found.is_empty() {
                break;
            }
        }
        return found;
    };
    let module = hit.legacy();
    let ruled = hit.rule.names.as_ref();
    // Where every name moves, the star stays a star, and hands on what nobody uses here.
    let offered = match ruled {
        None => resolver.offered(&module),
        Some(_) => Vec::new(),
    };
    names.extend(offered.iter().map(String::as_str));
    let moves = |name: &&str| {
        let is_meant = match ruled {
            Some(ruled) => ruled.contains_key(*name),
            None => !is_builtin(name),
        };
        is_meant && matches!(hit.member(name), Member::Moves(_))
    };
    let brought = names.into_iter().filter(moves).map(|name| {
        let member = Target {
            module: module.clone(),
            name: name.to_owned(),
        };
        (name.to_owned(), Symbol::Member(member))
    });
    brought.collect()
}

/// Where a legacy member lives now; `None` if no rule moves it.
pub fn destination(resolver: Resolver<'_>, member: &Target) -> Option<Target> {
    match resolver.module(&member.module)?.member(&member.name) {
        Member::Moves(target) => Some(target),
        Member::Unknown | Member::Stays => None,
    }
}

/// Where the member goes that comes in by `root`; what another file imports, that file moves.
pub(super) fn destination_of(
    resolver: Resolver<'_>,
    context: &FileContext,
    root: &Root,
) -> Option<Target> {
    match root.origin {
        Some(_) if root.by_module => Some(Target {
            module: resolver.module(&root.member.module)?.module()?,
            name: root.member.name.clone(),
        }),
        Some(_) => destination(resolver, &root.member),
        None => destination_here(resolver, context, &root.member),
    }
}

/// Where a legacy member goes, if the move is applied in this file at all.
pub(super) fn destination_here(
    resolver: Resolver<'_>,
    context: &FileContext,
    member: &Target,
) -> Option<Target> {
    let hit = resolver.module(&member.module)?;
    let applied = match hit.rule.applicability {
        Applicability::Safe => true,
        Applicability::Unsafe => context.unsafe_fixes,
        Applicability::Manual => false,
    };
    let target = match hit.member(&member.name) {
        _ if member.is_module() => Target::module(&hit.module()?),
        Member::Moves(target) => target,
        Member::Unknown | Member::Stays => return None,
    };
    let own = context.modules.contains(&target.module);
    let held = resolver
        .boundary(&target.module)
        .is_some_and(|boundary| boundary.action != BoundaryAction::Warn);
    (applied && !own && !held).then_some(target)
}

fn from_name(
    resolver: Resolver<'_>,
    foreign: &Asking<'_>,
    node: &ast::StmtImportFrom,
    alias: &ast::Alias,
) -> Option<Symbol> {
    let bases = resolver.absolute(node.level, node.module.as_deref());
    if let Some(hit) = resolver.any_module(&bases) {
        let member = Target {
            module: hit.legacy(),
            name: alias.name.to_string(),
        };
        return matches!(hit.member(&alias.name), Member::Moves(_))
            .then_some(Symbol::Member(member));
    }
    let modules: Vec<String> = bases
        .iter()
        .map(|base| format!("{base}.{}", alias.name))
        .collect();
    if let Some(hit) = resolver.any_module(&modules) {
        if resolver.shadowing(&bases, &alias.name, &hit).is_some() {
            return None; // it stays, whatever it is
        }
        return Some(Symbol::Module {
            module: hit.legacy(),
            links: Vec::new(),
        });
    }
    let given = bases
        .iter()
        .find_map(|base| foreign.name(base, &alias.name));
    if let Some(given) = given {
        return Some(Symbol::Given(given.clone()));
    }
    let module = modules.into_iter().find(|name| foreign.is_giver(name))?;
    Some(Symbol::Other {
        module,
        links: Vec::new(),
    })
}

fn plain_name(resolver: Resolver<'_>, foreign: &Asking<'_>, alias: &ast::Alias) -> Option<Symbol> {
    let dotted = compact(&alias.name);
    let hit = resolver.module(&dotted);
    let links = match alias.asname {
        Some(_) => Vec::new(),
        None => dotted.split('.').skip(1).map(str::to_owned).collect(),
    };
    if let Some(hit) = hit {
        return Some(Symbol::Module {
            module: hit.legacy(),
            links,
        });
    }
    let known = foreign.is_giver(&dotted);
    known.then_some(Symbol::Other {
        module: dotted,
        links,
    })
}
