//! The standard output, whose errors say that they are its.

use std::io::{self, StdoutLock, Write};

/// A writer whose errors name the standard output.
#[derive(Debug)]
pub struct Named<W>(W);

/// The standard output, byte for byte.
pub fn plain() -> Named<StdoutLock<'static>> {
    Named(io::stdout().lock())
}

/// The standard output, without colours where it takes none.
pub fn styled() -> Named<anstream::AutoStream<StdoutLock<'static>>> {
    Named(anstream::stdout().lock())
}

impl<W: Write> Write for Named<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(|error| named(&error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(|error| named(&error))
    }
}

/// The kind stays: whoever reads no further (`| head`) is told apart by it, and `Interrupted` is
/// tried again.
pub fn named(error: &io::Error) -> io::Error {
    let message = format!("cannot write to the standard output: {error}");
    io::Error::new(error.kind(), message)
}
