//! The files that can be replaced while the gateway runs.

use std::path::{Path, PathBuf};

use super::{CertificateConfig, Config, KeyConfig};

impl Config {
    /// Every file of our certificates, with the key of the setting that names it.
    #[must_use]
    pub fn certificate_files(&self) -> Vec<(String, &Path)> {
        let mut files = Vec::new();
        let previous = &self.certificate.previous;
        add(&mut files, "certificate", &self.certificate);
        for (index, one) in previous.iter().enumerate() {
            // One may be written without a list.
            let under = match previous.len() {
                1 => "certificate.previous".to_owned(),
                _ => format!("certificate.previous[{index}]"),
            };
            add(&mut files, &under, one);
        }
        files
    }

    /// Whether no private key of ours is in a token.
    #[must_use]
    pub fn keys_are_files(&self) -> bool {
        let previous = &self.certificate.previous;
        std::iter::once(&self.certificate)
            .chain(previous)
            .all(|one| matches!(one.key, KeyConfig::File(_)))
    }

    /// The files with trust anchors and revocation lists, with the keys of the settings that name them.
    #[must_use]
    pub fn trust_files(&self) -> Vec<(String, &Path)> {
        let anchors = (
            "trust.anchors_file".to_owned(),
            self.trust.anchors_file.as_path(),
        );
        let lists = self.trust.crl_files.iter().enumerate();
        let lists =
            lists.map(|(index, file)| (format!("trust.crl_files[{index}]"), file.as_path()));
        std::iter::once(anchors).chain(lists).collect()
    }
}

fn add<'a>(files: &mut Vec<(String, &'a Path)>, under: &str, certificate: &'a CertificateConfig) {
    let mut push = |name: &str, file: &'a PathBuf| {
        files.push((format!("{under}.{name}"), file.as_path()));
    };
    push("chain_file", &certificate.chain_file);
    match &certificate.key {
        KeyConfig::File(file) => push("key_file", file),
        KeyConfig::Token(token) => {
            if let Some(file) = &token.pin_file {
                push("pin_file", file);
            }
        }
    }
}
