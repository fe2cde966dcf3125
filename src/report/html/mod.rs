//! One page.
use super::{Emitter, Report};
use std::io::{self, Write};
/// The emitter for the page.
#[derive(Clone, Copy, Debug, Default)]
pub struct Html;
impl Emitter for Html {
    fn emit(&self, _report: &Report, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}
