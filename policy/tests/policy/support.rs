//! Policy folders for tests.

use std::path::Path;

use sluis_policy::{PolicySet, PolicySource};

/// The files of a folder under `tests/fixtures`.
pub(crate) fn source(folder: &str) -> PolicySource {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(folder);
    let mut source = PolicySource::default();
    gather(&root, &root, &mut source);
    source
}

/// A folder under `tests/fixtures`, compiled.
pub(crate) fn policy(folder: &str) -> PolicySet {
    compiled(&source(folder))
}

/// A folder, compiled; its mistakes are printed.
pub(crate) fn compiled(source: &PolicySource) -> PolicySet {
    PolicySet::compile(source).unwrap_or_else(|errors| panic!("{errors}"))
}

fn gather(root: &Path, folder: &Path, source: &mut PolicySource) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(root, &path, source);
        } else {
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            source
                .files
                .insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
}
