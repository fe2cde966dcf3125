//! What a function can be called with, and whether a call fits.

use std::fmt;

use crate::engine::python::ast;

/// How an argument reaches a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passing {
    /// By position only.
    Positional,
    /// By position or by name.
    Either,
    /// By name only.
    Keyword,
}

/// One parameter; `*args` and `**kwargs` are kept apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// How it is passed.
    pub passing: Passing,
    /// Whether it may be left out.
    pub optional: bool,
}

/// The parameters of a function, without the `self` of a bound method.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    /// Named parameters, in order.
    pub parameters: Vec<Parameter>,
    /// Whether there is `*args`.
    pub variadic: bool,
    /// Whether there is `**kwargs`.
    pub keywords: bool,
}

/// The arguments of one call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    /// Arguments by position, `*rest` aside.
    pub positional: usize,
    /// Names of the arguments by name.
    pub named: Vec<String>,
    /// Whether there is `*rest`.
    pub star: bool,
    /// Whether there is `**rest`.
    pub double_star: bool,
}

/// Why a call does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// There is no parameter of that name.
    UnknownName(String),
    /// More arguments by position than parameters take.
    TooMany {
        /// How many are taken.
        takes: usize,
        /// How many are given.
        given: usize,
    },
    /// Parameters that are given nothing.
    Missing(Vec<String>),
    /// A parameter that is given by position and by name.
    Twice(String),
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownName(name) => write!(f, "takes no argument `{name}`"),
            Self::TooMany { takes: 0, given } => {
                write!(f, "takes no arguments by position, but {given} given")
            }
            Self::TooMany { takes, given } => {
                write!(f, "takes at most {takes} by position, but {given} given")
            }
            Self::Missing(names) => write!(f, "needs `{}`", names.join("`, `")),
            Self::Twice(name) => write!(f, "gets `{name}` twice"),
        }
    }
}

impl Signature {
    /// The signature that a `def` spells.
    pub(super) fn of(parameters: &ast::Parameters) -> Self {
        let group = |list: &[ast::ParameterWithDefault], passing| {
            list.iter()
                .map(|given| Parameter {
                    name: given.parameter.name.to_string(),
                    passing,
                    optional: given.default.is_some(),
                })
                .collect::<Vec<_>>()
        };
        let mut all = group(&parameters.posonlyargs, Passing::Positional);
        all.extend(group(&parameters.args, Passing::Either));
        all.extend(group(&parameters.kwonlyargs, Passing::Keyword));
        Self {
            parameters: all,
            variadic: parameters.vararg.is_some(),
            keywords: parameters.kwarg.is_some(),
        }
    }

    /// The signature of the method once it is bound: without its first parameter.
    pub(super) fn bound(mut self) -> Self {
        if self
            .parameters
            .first()
            .is_some_and(|first| first.passing != Passing::Keyword)
        {
            self.parameters.remove(0);
        }
        self
    }

    /// Whether a call with `arguments` is accepted.
    pub fn accepts(&self, arguments: &Arguments) -> Result<(), Misfit> {
        let places = self
            .parameters
            .iter()
            .filter(|parameter| parameter.passing != Passing::Keyword)
            .count();
        if arguments.positional > places && !self.variadic {
            return Err(Misfit::TooMany {
                takes: places,
                given: arguments.positional,
            });
        }
        for name in &arguments.named {
            let at = self.parameters.iter().position(|parameter| {
                parameter.name == *name && parameter.passing != Passing::Positional
            });
            match at {
                None if !self.keywords => return Err(Misfit::UnknownName(name.clone())),
                Some(at)
                    if self.parameters[at].passing == Passing::Either
                        && at < arguments.positional =>
                {
                    return Err(Misfit::Twice(name.clone()));
                }
                _ => {}
            }
        }
        let missing: Vec<String> = self
            .parameters
            .iter()
            .enumerate()
            .filter(|(at, parameter)| {
                let by_place = parameter.passing != Passing::Keyword
                    && (*at < arguments.positional || arguments.star);
                let by_name = parameter.passing != Passing::Positional
                    && (arguments.named.contains(&parameter.name) || arguments.double_star);
                !parameter.optional && !by_place && !by_name
            })
            .map(|(_, parameter)| parameter.name.clone())
            .collect();
        if missing.is_empty() {
            Ok(())
        } else {
            Err(Misfit::Missing(missing))
        }
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        let mut last = None;
        for parameter in &self.parameters {
            if last == Some(Passing::Positional) && parameter.passing != Passing::Positional {
                parts.push("/".to_owned());
            }
            if parameter.passing == Passing::Keyword && last != Some(Passing::Keyword) {
                parts.push(if self.variadic { "*args" } else { "*" }.to_owned());
            }
            let default = if parameter.optional { "=..." } else { "" };
            parts.push(format!("{}{default}", parameter.name));
            last = Some(parameter.passing);
        }
        if last == Some(Passing::Positional) {
            parts.push("/".to_owned());
        }
        if self.variadic && last != Some(Passing::Keyword) {
            parts.push("*args".to_owned());
        }
        if self.keywords {
            parts.push("**kwargs".to_owned());
        }
        write!(f, "({})", parts.join(", "))
    }
}
