//! Which imports of a file the rules move: what is to be followed.

use crate::engine::context::{Resolver, compact};
use crate::engine::python::ast;
use crate::engine::rules::{Member, Target};
use crate::engine::semantic::{ImportNode, Model};

use super::asked::Asking;
use super::{Symbol, Tracked};

/// The imported names that stand for moved members, or for modules with such members.
pub fn tracked(
    model: &Model<'_, '_>,
    resolver: Resolver<'_>,
    foreign: &Asking<'_>,
) -> Vec<Tracked> {
    let mut found = Vec::new();
    for (import, statement) in model.imports.iter().enumerate() {
        let symbols: Vec<Option<Symbol>> = match statement.node {
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
            }));
        }
    }
    found
}

/// Where a legacy member lives now; `None` if no rule moves it.
pub fn destination(resolver: Resolver<'_>, member: &Target) -> Option<Target> {
    match resolver.module(&member.module)?.member(&member.name) {
        Member::Moves(target) => Some(target),
        Member::Unknown | Member::Stays => None,
    }
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
