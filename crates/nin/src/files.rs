//! Reading files that a user names.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

/// A file's bytes, if they are at most `most`: whatever is named by mistake, memory stays bounded.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let message = format!("it has more than {most} bytes, the most that such a file can have");
        return Err(io::Error::new(ErrorKind::FileTooLarge, message));
    }
    Ok(bytes)
}
