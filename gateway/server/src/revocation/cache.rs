//! Lists on disk, so that a gateway that starts without a network knows what it knew before.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use http::HeaderValue;
use sluis_certs::write_private_file;

use super::fetch::Validators;
use crate::config::ListUrl;

/// Most lists that are read back; as many as are fetched.
pub(super) const FILES_MAX: usize = super::known::SOURCES_MAX;
/// Most bytes before the list in a file.
const HEAD_BYTES_MAX: u64 = 4096;
/// First line of every file.
const VERSION: &str = "sluis revocation list 2";

/// A folder with a file for each address from which a list was fetched. A file holds five lines (the version, the
/// address, `ETag`, `Last-Modified`, the SHA-256 digest of the list) and then the list. A list that was damaged on disk
/// must not be kept because its address says that nothing has changed.
#[derive(Debug, Clone)]
pub(super) struct Cache {
    folder: PathBuf,
}

/// A list that was fetched before.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cached {
    pub(super) url: ListUrl,
    pub(super) validators: Validators,
    pub(super) list: Vec<u8>,
}

impl Cache {
    /// Makes the folder when it is not there.
    pub(super) fn open(folder: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        Ok(Self { folder })
    }

    /// A folder that may not be there, of which nothing will be changed.
    pub(super) fn beside(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Writes a list, whole or not at all.
    pub(super) fn write(
        &self,
        url: &ListUrl,
        validators: &Validators,
        list: &[u8],
    ) -> io::Result<()> {
        let line = |value: &Option<HeaderValue>| {
            let text = value.as_ref().and_then(|value| value.to_str().ok());
            text.unwrap_or_default().to_owned()
        };
        let head = format!(
            "{VERSION}\n{url}\n{}\n{}\n{}\n",
            line(&validators.etag),
            line(&validators.last_modified),
            hex(list, 32)
        );
        write_private_file(&self.path(url), &[head.as_bytes(), list].concat())
    }

    /// Reads everything back. What cannot be read is left out: it will be fetched again.
    pub(super) fn read(&self, list_bytes_max: usize) -> io::Result<Vec<Cached>> {
        let size_max = u64::try_from(list_bytes_max)
            .unwrap_or(u64::MAX)
            .saturating_add(HEAD_BYTES_MAX);
        let mut cached = Vec::new();
        for entry in fs::read_dir(&self.folder)?.take(FILES_MAX * 2) {
            let path = entry?.path();
            let is_list = path.extension().is_some_and(|extension| extension == "crl");
            if !is_list || fs::metadata(&path)?.len() > size_max || cached.len() == FILES_MAX {
                continue;
            }
            match parse(&fs::read(&path)?) {
                // A file under another name than its own was not put there by us.
                Some(found) if self.path(&found.url) == path => cached.push(found),
                _ => tracing::warn!(
                    file = %path.display(),
                    "a file in the folder of fetched revocation lists is not one, and is left out"
                ),
            }
        }
        Ok(cached)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    fn path(&self, url: &ListUrl) -> PathBuf {
        let name = hex(url.as_str().as_bytes(), 16);
        self.folder.join(name + ".crl")
    }
}

/// The first so many bytes of the SHA-256 digest, in hexadecimal digits.
fn hex(bytes: &[u8], length: usize) -> String {
    let digest = digest(&SHA256, bytes);
    let bytes = digest.as_ref().iter().take(length);
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

fn parse(file: &[u8]) -> Option<Cached> {
    let mut rest = file;
    let mut line = || {
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let (line, tail) = rest.split_at_checked(end)?;
        rest = tail.split_first()?.1;
        std::str::from_utf8(line).ok()
    };
    let (version, url, etag) = (line()?, line()?, line()?);
    let (last_modified, whole) = (line()?, line()?);
    let value = |text: &str| {
        HeaderValue::from_str(text)
            .ok()
            .filter(|value| !value.is_empty())
    };
    (version == VERSION && whole == hex(rest, 32)).then_some(())?;
    Some(Cached {
        url: url.parse().ok()?,
        validators: Validators {
            etag: value(etag),
            last_modified: value(last_modified),
        },
        list: rest.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn url(text: &str) -> ListUrl {
        text.parse().unwrap()
    }

    #[test]
    fn what_was_written_is_read_back_and_the_rest_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path().join("crl")).unwrap();
        let validators = Validators {
            etag: Some(HeaderValue::from_static("\"a\"")),
            last_modified: None,
        };
        let one = url("http://crl.test/1.crl");
        cache.write(&one, &Validators::default(), b"old").unwrap();
        cache.write(&one, &validators, b"\n\n\x30\n").unwrap();
        let two = url("http://crl.test/2.crl");
        cache
            .write(&two, &Validators::default(), &[7; 9000])
            .unwrap();
        for (name, contents) in [
            ("broken.crl", &b"sluis revocation list 2\n"[..]),
            ("empty.crl", b""),
            ("note.txt", b"x"),
        ] {
            fs::write(cache.folder().join(name), contents).unwrap();
        }
        let path = cache.path(&one);
        fs::copy(path, cache.folder().join("copied.crl")).unwrap();
        let found = cache.read(4000).unwrap();
        let expected = Cached {
            url: one,
            validators,
            list: b"\n\n\x30\n".to_vec(),
        };
        assert_eq!(found, [expected], "the second is too large");
        assert_eq!(cache.read(9000).unwrap().len(), 2);
        let mut damaged = fs::read(cache.path(&found[0].url)).unwrap();
        *damaged.last_mut().unwrap() ^= 1;
        fs::write(cache.path(&found[0].url), damaged).unwrap();
        assert_eq!(cache.read(4000).unwrap(), []);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(file: Vec<u8>, rest: Vec<u8>) {
            prop_assert_eq!(parse(&file), None);
            let with_version = [VERSION.as_bytes(), b"\n", &rest].concat();
            let _ = parse(&with_version);
        }
    }
}
