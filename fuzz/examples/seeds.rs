//! Writes good material into `corpus/`, for the fuzz targets to begin with: `cargo run --example seeds`.

use std::fs;
use std::io;
use std::path::Path;

use sluis_fuzz::{GOOD, GOOD_TEXTS};

fn main() -> io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let write = |target: &str, seeds: &mut dyn Iterator<Item = &[u8]>| {
        let folder = corpus.join(target);
        fs::create_dir_all(&folder)?;
        for (number, seed) in seeds.enumerate() {
            fs::write(folder.join(format!("good-{number}")), seed)?;
        }
        Ok::<_, io::Error>(())
    };
    write("certificate", &mut GOOD.chain.iter().map(AsRef::as_ref))?;
    let lists = [GOOD.list.as_slice(), &GOOD.list_pem];
    write("revocation_list", &mut lists.into_iter())?;
    write("pem", &mut [GOOD.pem.as_slice()].into_iter())?;
    write("text", &mut GOOD_TEXTS.iter().map(|text| text.as_bytes()))
}
