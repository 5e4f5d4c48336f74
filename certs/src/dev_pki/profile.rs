//! The contents of the test certificates: the profiles of PKIoverheid G4 Private TLS and G1 Private
//! Services (server).

use rcgen::string::PrintableString;
use rcgen::{
    BasicConstraints, CertificateParams, CrlDistributionPoint, CustomExtension, DistinguishedName,
    DnType, DnValue, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose, SanType, SerialNumber,
};
use time::OffsetDateTime;

use super::der::{element, object_identifier, sequence};
use super::{Authority, DevPkiError, LeafOptions, Shape};

/// X.520 `serialNumber`, which holds the OIN.
pub(super) const SERIAL_NUMBER: [u64; 4] = [2, 5, 4, 5];
/// X.520 `organizationIdentifier`, which holds the KvK number (ETSI EN 319 412-1 section 5.1.4).
const ORGANIZATION_IDENTIFIER: [u64; 4] = [2, 5, 4, 97];
/// Extension `certificatePolicies`.
const CERTIFICATE_POLICIES: [u64; 4] = [2, 5, 29, 32];
/// Extension `authorityInfoAccess` (RFC 5280 section 4.2.2.1).
const AUTHORITY_INFO_ACCESS: [u64; 9] = [1, 3, 6, 1, 5, 5, 7, 1, 1];
/// Extension `qcStatements` (RFC 3739 section 3.2.6).
const QC_STATEMENTS: [u64; 9] = [1, 3, 6, 1, 5, 5, 7, 1, 3];
/// Root and CAs stay valid this long: 15 years.
const AUTHORITY_VALID_SECONDS: i64 = 15 * 365 * 86_400;
/// CAs are valid from an hour before they were made, so that a clock that is behind accepts them.
const BACKDATED_SECONDS: i64 = 3_600;

/// The certificate of a CA.
pub(super) fn authority(
    authority: Authority,
    shape: Shape,
    serial: &[u8],
    published_at: &str,
    now_unix_seconds: i64,
) -> Result<CertificateParams, DevPkiError> {
    let mut params = CertificateParams::default();
    params.serial_number = Some(SerialNumber::from(serial.to_vec()));
    params.not_before = moment(now_unix_seconds.saturating_sub(BACKDATED_SECONDS))?;
    params.not_after = moment(now_unix_seconds.saturating_add(AUTHORITY_VALID_SECONDS))?;
    params.distinguished_name = authority_name(authority, shape)?;
    params.is_ca = IsCa::Ca(match authority {
        Authority::Root => BasicConstraints::Unconstrained,
        Authority::Domain => BasicConstraints::Constrained(1),
        Authority::Issuing => BasicConstraints::Constrained(0),
    });
    params.key_usages = authority_key_usages();
    params.use_authority_key_identifier_extension = true;
    if let Some(above) = authority.above() {
        if shape.has_g4_fields() {
            params.extended_key_usages = both_usages();
        }
        params.custom_extensions =
            vec![policies(shape.authority_policies())?, issuer_access(above)?];
        params.crl_distribution_points = vec![distribution_point(published_at, above)];
    }
    Ok(params)
}

/// What rcgen needs to know of a CA to sign in its name; the same for a new and for a loaded one.
pub(super) fn issuer(authority: Authority, shape: Shape) -> Result<CertificateParams, DevPkiError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = authority_name(authority, shape)?;
    params.key_usages = authority_key_usages();
    Ok(params)
}

/// The certificate of an organisation's system.
pub(super) fn leaf(
    options: &LeafOptions<'_>,
    shape: Shape,
    serial: &[u8],
    published_at: &str,
) -> Result<CertificateParams, DevPkiError> {
    let mut params = CertificateParams::default();
    params.serial_number = Some(SerialNumber::from(serial.to_vec()));
    params.not_before = moment(options.not_before_unix_seconds)?;
    params.not_after = moment(options.not_after_unix_seconds)?;
    let mut name = DistinguishedName::new();
    name.push(DnType::CountryName, printable("NL")?);
    name.push(DnType::OrganizationName, options.organisation);
    if shape.has_g4_fields() {
        name.push(
            DnType::CustomDnType(ORGANIZATION_IDENTIFIER.to_vec()),
            kvk_number(options.peer_id),
        );
    }
    name.push(DnType::CommonName, options.common_name);
    // A Peer ID that is no OIN may hold characters that a PrintableString cannot.
    name.push(
        DnType::CustomDnType(SERIAL_NUMBER.to_vec()),
        printable(options.peer_id)
            .unwrap_or_else(|_| DnValue::Utf8String(options.peer_id.to_owned())),
    );
    params.distinguished_name = name;
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::KeyEncipherment,
    ];
    params.extended_key_usages = both_usages();
    params.use_authority_key_identifier_extension = true;
    params.custom_extensions = vec![issuer_access(Authority::Issuing)?];
    let policy_oids = options.policy_oids.unwrap_or(shape.leaf_policies());
    if !policy_oids.is_empty() {
        params.custom_extensions.push(policies(policy_oids)?);
    }
    if shape.has_g4_fields() {
        params.custom_extensions.push(qc_statements()?);
    }
    params.crl_distribution_points = vec![distribution_point(published_at, Authority::Issuing)];
    params.subject_alt_names = options
        .dns_names
        .iter()
        .map(|name| Ok(SanType::DnsName((*name).try_into()?)))
        .collect::<Result<_, DevPkiError>>()?;
    Ok(params)
}

/// A moment as rcgen wants it.
pub(super) fn moment(unix_seconds: i64) -> Result<OffsetDateTime, DevPkiError> {
    OffsetDateTime::from_unix_timestamp(unix_seconds).map_err(|_| DevPkiError::Time(unix_seconds))
}

fn authority_name(authority: Authority, shape: Shape) -> Result<DistinguishedName, DevPkiError> {
    let mut name = DistinguishedName::new();
    name.push(DnType::CountryName, printable("NL")?);
    name.push(DnType::OrganizationName, "TEST Sluis");
    let layer = match authority {
        Authority::Root => "Root",
        Authority::Domain => "Domain",
        Authority::Issuing => "Issuing",
    };
    let suffix = shape.name_suffix();
    name.push(
        DnType::CommonName,
        format!("TEST Sluis - {layer} CA{suffix}"),
    );
    Ok(name)
}

fn authority_key_usages() -> Vec<KeyUsagePurpose> {
    vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::KeyCertSign,
        KeyUsagePurpose::CrlSign,
    ]
}

fn both_usages() -> Vec<ExtendedKeyUsagePurpose> {
    vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ]
}

/// Policies without qualifiers.
pub(super) fn policies(oids: &[&str]) -> Result<CustomExtension, DevPkiError> {
    let policies = oids
        .iter()
        .map(|oid| Ok(sequence(&[object_identifier(oid)?])))
        .collect::<Result<Vec<_>, DevPkiError>>()?;
    Ok(CustomExtension::from_oid_content(
        &CERTIFICATE_POLICIES,
        sequence(&policies),
    ))
}

/// Where the issuer's certificate can be had: `id-ad-caIssuers` with an http URI.
fn issuer_access(issuer: Authority) -> Result<CustomExtension, DevPkiError> {
    let uri = format!("http://cert.sluis.test/{}.cer", issuer.file_stem());
    let access = sequence(&[
        object_identifier("1.3.6.1.5.5.7.48.2")?,
        element(0x86, uri.as_bytes()),
    ]);
    Ok(CustomExtension::from_oid_content(
        &AUTHORITY_INFO_ACCESS,
        sequence(&[access]),
    ))
}

/// Says that the holder is a legal person: `id-qcs-pkixQCSyntax-v2` with the semantics identifier of ETSI
/// EN 319 412-1 section 5.1.4.
fn qc_statements() -> Result<CustomExtension, DevPkiError> {
    let legal_person = sequence(&[object_identifier("0.4.0.194121.1.2")?]);
    let statement = sequence(&[object_identifier("1.3.6.1.5.5.7.11.2")?, legal_person]);
    Ok(CustomExtension::from_oid_content(
        &QC_STATEMENTS,
        sequence(&[statement]),
    ))
}

/// Where lists are unless told otherwise. `.test` never resolves (RFC 6761): nothing can be fetched by accident.
pub(super) const NOWHERE: &str = "http://crl.sluis.test";

/// Where the list of a CA is.
fn distribution_point(url: &str, authority: Authority) -> CrlDistributionPoint {
    CrlDistributionPoint {
        uris: vec![format!("{url}/{}.crl", authority.file_stem())],
    }
}

fn printable(text: &str) -> Result<DnValue, DevPkiError> {
    Ok(DnValue::PrintableString(PrintableString::try_from(text)?))
}

/// A KvK number out of an OIN's main number, or zeros.
fn kvk_number(peer_id: &str) -> String {
    let digits = peer_id
        .get(8..16)
        .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))
        .unwrap_or("00000000");
    format!("NTRNL-{digits}")
}
