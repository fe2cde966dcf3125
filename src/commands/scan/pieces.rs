//! The bytes of a changed file, put together from what stays and what is new.

use std::path::Path;

use crate::engine::edit::Edit;
use crate::fs::source::{Decoded, SourceError};

/// The bytes before and after `edits`, piece by piece: so no byte outside an edit can differ.
pub(in crate::commands) fn encode(
    decoded: &Decoded,
    edits: &[Edit],
) -> Result<(Vec<u8>, Vec<u8>), SourceError> {
    let source = decoded.text.as_str();
    let piece = |text: &str| decoded.encode_piece(text);
    let mut before = decoded.encode_back("")?; // the byte order mark, if there is one
    let mut after = before.clone();
    let mut at = 0;
    for edit in edits {
        let kept = piece(&source[at..edit.range.start])?;
        before.extend_from_slice(&kept);
        after.extend_from_slice(&kept);
        before.extend_from_slice(&piece(&source[edit.range.clone()])?);
        after.extend_from_slice(&piece(&edit.text)?);
        at = edit.range.end;
    }
    let kept = piece(&source[at..])?;
    before.extend_from_slice(&kept);
    after.extend_from_slice(&kept);
    Ok((before, after))
}

/// A path's bytes, with `/` between folders.
pub(in crate::commands) fn slashed(path: &Path) -> Vec<u8> {
    let mut bytes = path.as_os_str().as_encoded_bytes().to_vec();
    if cfg!(windows) {
        for byte in &mut bytes {
            if *byte == b'\\' {
                *byte = b'/';
            }
        }
    }
    bytes
}
