//! Names of files and folders, one after the other in one text.

use std::ffi::{OsStr, OsString};

use super::number;

/// Names.
#[derive(Default)]
pub(super) struct Texts {
    all: String,
    /// Those that are no text, or empty, or long.
    odd: Vec<OsString>,
}

impl Texts {
    /// Where a name is kept from now on, and its length: none for one that is odd.
    pub(super) fn add(&mut self, name: &OsStr) -> (u32, u8) {
        let length = u8::try_from(name.len()).unwrap_or_default();
        if let Some(text) = name.to_str().filter(|_| length > 0) {
            self.all.push_str(text);
            return (number(self.all.len() - text.len()), length);
        }
        self.odd.push(name.to_owned());
        (number(self.odd.len() - 1), 0)
    }

    /// The name that is kept there.
    pub(super) fn get(&self, at: u32, length: u8) -> &OsStr {
        let start = at as usize;
        match usize::from(length) {
            0 => &self.odd[start],
            length => OsStr::new(&self.all[start..start + length]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_kind_are_kept() {
        let mut texts = Texts::default();
        let (longest, longer) = ("n".repeat(255), "n".repeat(256));
        for name in ["a.py", &longer, "", &longest, "é.py"] {
            let (at, length) = texts.add(OsStr::new(name));
            assert_eq!(texts.get(at, length), name);
        }
        assert_eq!(texts.odd.len(), 2);
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt;
            let name = OsStr::from_bytes(b"\xff.py");
            let (at, length) = texts.add(name);
            assert_eq!(texts.get(at, length), name);
        }
    }
}
