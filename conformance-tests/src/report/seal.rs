//! The signature on a report: a detached JWS (RFC 7515 appendix F) over its canonical form (RFC 8785), with the signer's chain in
//! the header, as the last member of the report itself.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rustls_pki_types::CertificateDer;
use serde_json::{Map, Value, json};
use sluis_certs::{Trust, Usage};

use super::html::{html, text, within};
use crate::protocol::{Certificate, Jws, NotCanonical, canonical};
use crate::wire::Credential;

/// What the signature is for; a signature on something else is none on a report.
const KIND: &str = "sluis-conformance-report+jws";

/// Why a report is not believed, or cannot be signed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SealError {
    #[error("`{0}` is no report of sluis-conformance: neither its JSON nor its page")]
    NoReport(String),
    #[error("the report is not signed; run the suite with --sign")]
    NotSigned,
    #[error("the signature of the report is unreadable: {0}")]
    Unreadable(&'static str),
    #[error(
        "the report was changed after it was signed, or is signed with another key than it names"
    )]
    Changed,
    #[error(
        "the page shows something else than the signed report in it, or was made by another version of the suite ({0}); verify it with that version, or verify the JSON report"
    )]
    PageDiffers(String),
    #[error("the certificate of the signer is not trusted: {0}")]
    Untrusted(String),
    #[error("the report names `{0}` as its signer, and its certificate is of `{1}`")]
    OtherSigner(String, String),
    #[error("the report cannot be signed: {0}")]
    CannotSign(String),
    #[error("{0}")]
    NotCanonical(#[from] NotCanonical),
}

/// A report that is as its signer left it.
pub(crate) struct Sealed {
    /// The report.
    pub(crate) report: Value,
    /// Peer ID of the signer.
    pub(crate) peer_id: String,
    /// Name of the signer.
    pub(crate) name: String,
}

/// Signs a report.
pub(crate) fn seal(mut report: Value, signer: &Credential) -> Result<Value, SealError> {
    let peer = signer.identity.peer();
    let chain = signer.certificate.chain().iter();
    let chain: Vec<String> = chain.map(|der| STANDARD.encode(der)).collect();
    let header = json!({
        "alg": signer.algorithm(),
        "typ": KIND,
        "x5c": chain,
        "x5t#S256": signer.certificate.thumbprint(),
    });
    let no_object = || SealError::CannotSign("it is no JSON object".to_owned());
    let members = report.as_object_mut().ok_or_else(no_object)?;
    let by = json!({ "peer_id": peer.id.as_str(), "name": peer.name.as_ref() });
    members.insert("signed_by".to_owned(), by);
    let payload = canonical(&report)?;
    let compact = signer
        .sign_text(&header, &payload)
        .map_err(|problem| SealError::CannotSign(problem.to_string()))?;
    let (head, signature) =
        ends(&compact).ok_or(SealError::Unreadable("it has not three parts"))?;
    let detached = format!("{head}..{signature}");
    if let Some(members) = report.as_object_mut() {
        members.insert("signature".to_owned(), Value::from(detached));
    }
    Ok(report)
}

/// Checks the signature of a report, JSON or page, and that its signer is trusted at a moment.
pub(crate) fn verify(
    file: &Path,
    content: &str,
    trust: &Trust,
    now_unix_seconds: i64,
) -> Result<Sealed, SealError> {
    let page = within(content);
    let report = page.clone().or_else(|| serde_json::from_str(content).ok());
    let unknown = || SealError::NoReport(file.display().to_string());
    let report = report
        .filter(|report| text(report, "/suite/name") == "sluis-conformance")
        .ok_or_else(unknown)?;
    let (header, certificate) = signed(&report)?;
    let chain: Vec<CertificateDer<'_>> = certificate
        .chain()
        .iter()
        .map(|der| CertificateDer::from(der.as_slice()))
        .collect();
    if header.get("typ").and_then(Value::as_str) != Some(KIND) {
        return Err(SealError::Unreadable("it is a signature on something else"));
    }
    let peer = trust
        .verify(&chain, Usage::Signature, now_unix_seconds)
        .map_err(|error| SealError::Untrusted(error.to_string()))?;
    let named = text(&report, "/signed_by/peer_id");
    if named != peer.id.as_str() {
        return Err(SealError::OtherSigner(
            named.to_owned(),
            peer.id.to_string(),
        ));
    }
    if page.is_some() && html(&report) != content {
        let version = text(&report, "/suite/version").to_owned();
        return Err(SealError::PageDiffers(version));
    }
    Ok(Sealed {
        peer_id: peer.id.to_string(),
        name: peer.name.to_string(),
        report,
    })
}

/// The header and the certificate of a signature that verifies.
fn signed(report: &Value) -> Result<(Map<String, Value>, Certificate), SealError> {
    let mut bare = report.clone();
    let signature = bare
        .as_object_mut()
        .and_then(|members| members.remove("signature"));
    let signature = signature
        .as_ref()
        .and_then(Value::as_str)
        .ok_or(SealError::NotSigned)?;
    let (head, tag) = ends(signature).ok_or(SealError::Unreadable("it has not three parts"))?;
    let payload = URL_SAFE_NO_PAD.encode(canonical(&bare)?);
    let jws = Jws::parse(&format!("{head}.{payload}.{tag}"))
        .map_err(|_| SealError::Unreadable("it is no JWS"))?;
    let chain = jws.header.get("x5c").and_then(Value::as_array);
    let chain = chain.into_iter().flatten();
    let chain = chain
        .filter_map(|der| STANDARD.decode(der.as_str()?).ok())
        .collect();
    let certificate = Certificate::from_chain(chain)
        .map_err(|_| SealError::Unreadable("it has no certificate"))?;
    match jws.verify(std::slice::from_ref(&certificate)) {
        Ok(_) => Ok((jws.header.clone(), certificate)),
        Err(_) => Err(SealError::Changed),
    }
}

/// The first and the last part of a JWS in compact form.
fn ends(compact: &str) -> Option<(&str, &str)> {
    let (head, rest) = compact.split_once('.')?;
    let (_, signature) = rest.split_once('.')?;
    Some((head, signature))
}

#[cfg(test)]
mod tests {
    use sluis_certs::dev_pki::{DevPki, DevPkiOptions, KeyType, LeafOptions};

    use super::super::document::tests::sample;
    use super::*;

    const NOW: i64 = 1_767_225_600;

    fn signer(key_type: KeyType) -> (Credential, Trust) {
        let mut pki = DevPki::create(&DevPkiOptions {
            key_type,
            now_unix_seconds: NOW,
            crl_valid_seconds: 86_400,
        })
        .unwrap();
        let leaf = LeafOptions::new(
            "00000099000000001000",
            "Gemeente Proef",
            &["localhost"],
            NOW,
        );
        let leaf = pki.issue(&leaf).unwrap();
        let lists: Vec<Vec<u8>> = pki
            .crls_pem()
            .unwrap()
            .into_iter()
            .map(|(_, pem)| pem.into_bytes())
            .collect();
        (
            Credential::from_pem(leaf.chain_pem.as_bytes(), leaf.key_pem.as_bytes()).unwrap(),
            Trust::from_pem(pki.anchors_pem().as_bytes(), &lists).unwrap(),
        )
    }

    fn checked(content: &str, trust: &Trust) -> Result<Sealed, SealError> {
        verify(Path::new("report"), content, trust, NOW)
    }

    #[test]
    fn a_signed_report_verifies_as_json_and_as_page() {
        for key_type in [KeyType::EcdsaP256, KeyType::Rsa3072] {
            let (signer, trust) = signer(key_type);
            let report = seal(sample(), &signer).unwrap();
            for content in [format!("{report:#}"), report.to_string(), html(&report)] {
                let sealed = checked(&content, &trust).unwrap();
                assert_eq!(sealed.peer_id, "00000099000000001000");
                assert_eq!(sealed.name, "Gemeente Proef");
                assert_eq!(sealed.report["totals"]["failed"], 1);
            }
        }
    }

    #[test]
    fn a_changed_report_does_not_verify() {
        let (signer, trust) = signer(KeyType::EcdsaP256);
        let report = seal(sample(), &signer).unwrap();
        for (place, value) in [
            ("/totals/failed", json!(0)),
            ("/started_unix_seconds", json!(NOW + 1)),
            ("/suite/version", json!("9.9.9")),
            ("/target/peer_id", json!("00000099000000009000")),
            ("/cases/1/ended", json!("passed")),
            ("/signed_by/name", json!("Gemeente Anders")),
        ] {
            let mut changed = report.clone();
            *changed.pointer_mut(place).unwrap() = value;
            let error = checked(&changed.to_string(), &trust).err().unwrap();
            assert!(matches!(error, SealError::Changed), "{place}: {error}");
        }
        let mut more = report.clone();
        more["approved"] = json!(true);
        assert!(matches!(
            checked(&more.to_string(), &trust).err(),
            Some(SealError::Changed)
        ));
        // The page is bound to the report in it.
        let page = html(&report).replace("1 failed", "0 failed");
        assert!(matches!(
            checked(&page, &trust).err(),
            Some(SealError::PageDiffers(_))
        ));
    }

    #[test]
    fn who_is_not_trusted_signs_in_vain() {
        let (one, _) = signer(KeyType::EcdsaP256);
        let (_, trust) = signer(KeyType::EcdsaP256);
        let report = seal(sample(), &one).unwrap();
        assert!(matches!(
            checked(&report.to_string(), &trust).err(),
            Some(SealError::Untrusted(_))
        ));
        assert!(matches!(
            checked(&sample().to_string(), &trust).err(),
            Some(SealError::NotSigned)
        ));
        for content in ["", "{}", "<html></html>"] {
            assert!(matches!(
                checked(content, &trust).err(),
                Some(SealError::NoReport(_))
            ));
        }
    }
}
