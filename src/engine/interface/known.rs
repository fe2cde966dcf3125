//! The modules around a file, as far as somebody has read them for the engine.

use std::fmt;
use std::sync::Arc;

use super::Interface;
use crate::engine::usage::cycles::Cycle;

/// What the repository's modules offer and import. The engine asks; who answers may read files.
///
/// The answers must not depend on who asks first: files are looked at by several threads.
pub trait Interfaces: Send + Sync {
    /// What the module `module` offers; `None` if its text is not there.
    fn interface(&self, module: &str) -> Option<Arc<Interface>>;

    /// The import cycle that the file known as `modules` closes by importing `target` while it is
    /// imported itself.
    fn cycle(&self, modules: &[String], legacy: &str, target: &str) -> Option<Cycle>;
}

/// Interfaces, if there are any to ask.
#[derive(Clone, Default)]
pub struct Known(Option<Arc<dyn Interfaces>>);

impl Known {
    /// These interfaces.
    pub fn new(interfaces: Arc<dyn Interfaces>) -> Self {
        Self(Some(interfaces))
    }

    /// Who to ask; nobody if uses are not to be checked.
    pub fn get(&self) -> Option<&dyn Interfaces> {
        self.0.as_deref()
    }
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Known" } else { "Unknown" })
    }
}
