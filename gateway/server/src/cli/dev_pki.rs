//! `sluis dev-pki`: a PKI for trying out and testing, in the shape of PKIoverheid.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use sluis_certs::dev_pki::{DevPki, DevPkiOptions, LeafOptions, Shape};
use sluis_certs::{Identity, Oin, PeerId, write_private_file};

use super::{CommandError, Console};

/// Where the keys of the CAs lie, beneath the folder of the PKI.
const CA_FOLDER: &str = "ca";
const DAY_SECONDS: i64 = 86_400;

/// Make certificates to try out and test with, in the shape of PKIoverheid
///
/// Makes certificates to try out and test with, in the shape of PKIoverheid: a root, a domain CA and
/// an issuing CA, a certificate with the OIN in `subject.serialNumber` for each organisation, and a
/// revocation list for every CA. Never for production: whoever has the folder can be anybody.
///
/// Run it again on the same folder to add organisations, to revoke a certificate or to renew the
/// revocation lists; what is there stays.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The folder to keep the PKI in; made when it is not there
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// An organisation to issue a certificate to; repeat for more. Test numbers start with 00000099
    #[arg(long = "peer", value_name = "OIN=NAME", value_parser = parse_peer)]
    peers: Vec<NewPeer>,
    /// A name under which these organisations' gateways are reached; repeat for more
    #[arg(long = "dns", value_name = "NAME", default_value = "localhost")]
    dns_names: Vec<String>,
    /// A certificate to revoke: its serial number in hexadecimal, or the OIN of its organisation;
    /// repeat for more
    #[arg(long = "revoke", value_name = "SERIAL|OIN")]
    revoked: Vec<String>,
    /// Which hierarchy of PKIoverheid to resemble; `ecdsa` when not given. A PKI that is there keeps its shape
    #[arg(long, value_enum)]
    shape: Option<ShapeArgument>,
    /// A policy of the certificates that are issued, in dotted notation; repeat for more. When not given: those
    /// of the shape, which for G4 are the TRIAL ones
    #[arg(long = "policy-oid", value_name = "OID")]
    policy_oids: Vec<String>,
    /// How many days the revocation lists can be used
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=3650))]
    crl_days: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ShapeArgument {
    /// The certificates of G4 with ECDSA keys and signatures: quick to make
    Ecdsa,
    /// Private Services G1: RSA keys, RSA PKCS#1 v1.5 signatures with SHA-256
    G1,
    /// G4 Private G-TLS: RSA keys, RSASSA-PSS signatures with SHA-512
    G4,
}

impl From<ShapeArgument> for Shape {
    fn from(argument: ShapeArgument) -> Self {
        match argument {
            ShapeArgument::Ecdsa => Self::Ecdsa,
            ShapeArgument::G1 => Self::G1,
            ShapeArgument::G4 => Self::G4,
        }
    }
}

#[derive(Clone, Debug)]
struct NewPeer {
    id: PeerId,
    name: String,
}

fn parse_peer(text: &str) -> Result<NewPeer, String> {
    let (id, name) = text
        .split_once('=')
        .ok_or("write the OIN, `=` and the organisation's name")?;
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 64 {
        return Err("the organisation's name needs 1 to 64 characters (X.520)".to_owned());
    }
    let id = PeerId::new(id.trim()).map_err(|error| error.to_string())?;
    if id.as_str().contains(['/', '\\']) || id.as_str().starts_with('.') {
        return Err("the peer id becomes the name of a folder; use an OIN".to_owned());
    }
    Ok(NewPeer {
        id,
        name: name.to_owned(),
    })
}

pub(super) fn run(arguments: &Arguments, console: &mut Console<'_>) -> Result<(), CommandError> {
    let folder = &arguments.folder;
    let now_unix_seconds = console.clock.unix_seconds();
    let shape = arguments.shape.map_or(Shape::Ecdsa, Shape::from);
    let options = DevPkiOptions {
        key_type: shape.key_type(),
        now_unix_seconds,
        crl_valid_seconds: i64::from(arguments.crl_days) * DAY_SECONDS,
    };
    let ca_folder = folder.join(CA_FOLDER);
    let mut pki = if ca_folder.is_dir() {
        let mut pki = DevPki::load(&ca_folder, &options).map_err(failed)?;
        if arguments.shape.is_some() && pki.shape() != shape {
            return Err(CommandError::Failed(format!(
                "the PKI in `{}` has another shape; leave `--shape` out or give another folder",
                ca_folder.display()
            )));
        }
        pki.set_key_type(pki.shape().key_type());
        pki.renew_crls(now_unix_seconds);
        pki
    } else {
        writeln!(
            console.out,
            "making a root, a domain CA and an issuing CA in {}",
            ca_folder.display()
        )?;
        DevPki::create_shaped(shape, &options).map_err(failed)?
    };
    for peer in &arguments.peers {
        issue(&mut pki, peer, arguments, now_unix_seconds, console)?;
    }
    for revoked in &arguments.revoked {
        let serial = serial_of(folder, revoked)?;
        pki.revoke(&serial);
        writeln!(console.out, "revoked {revoked}")?;
    }
    pki.save(&ca_folder).map_err(failed)?;
    only_for_owner(&ca_folder).map_err(cannot_write(&ca_folder))?;
    write(&folder.join("anchors.pem"), &pki.anchors_pem())?;
    let mut lists = Vec::new();
    for (name, pem) in pki.crls_pem().map_err(failed)? {
        write(&folder.join(&name), &pem)?;
        lists.push(name);
    }
    writeln!(
        console.out,
        "wrote the root (anchors.pem) and the revocation lists ({}), to be used for {} days",
        lists.join(", "),
        arguments.crl_days
    )?;
    say_what_next(arguments, &lists, console)
}

fn issue(
    pki: &mut DevPki,
    peer: &NewPeer,
    arguments: &Arguments,
    now_unix_seconds: i64,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    if !Oin::parse(peer.id.as_str()).is_ok_and(|oin| oin.is_test()) {
        writeln!(
            console.err,
            "warning: `{}` is no test OIN; those start with 00000099 and end in 000",
            peer.id
        )?;
    }
    let dns_names: Vec<&str> = arguments.dns_names.iter().map(String::as_str).collect();
    let policy_oids: Vec<&str> = arguments.policy_oids.iter().map(String::as_str).collect();
    let leaf = LeafOptions {
        policy_oids: (!policy_oids.is_empty()).then_some(&policy_oids),
        ..LeafOptions::new(peer.id.as_str(), &peer.name, &dns_names, now_unix_seconds)
    };
    let leaf = pki.issue(&leaf).map_err(failed)?;
    let folder = arguments.folder.join(peer.id.as_str());
    fs::create_dir_all(&folder).map_err(cannot_write(&folder))?;
    write(&folder.join("chain.pem"), &leaf.chain_pem)?;
    let key = folder.join("key.pem");
    write_private_file(&key, leaf.key_pem.as_bytes()).map_err(cannot_write(&key))?;
    writeln!(
        console.out,
        "issued a certificate to {} ({}) in {}, serial number {}",
        peer.name,
        peer.id,
        folder.display(),
        hex(&leaf.serial)
    )?;
    Ok(())
}

/// The serial number of an OIN's certificate in this folder, else the text itself in hexadecimal.
fn serial_of(folder: &Path, text: &str) -> Result<Vec<u8>, CommandError> {
    let peer_folder = folder.join(text);
    let is_name = !text.contains(['/', '\\']) && !text.starts_with('.') && !text.is_empty();
    if is_name && peer_folder.is_dir() {
        let read = |name: &str| {
            let path = peer_folder.join(name);
            fs::read(&path).map_err(|cause| {
                CommandError::Failed(format!("`{}` cannot be read: {cause}", path.display()))
            })
        };
        let identity =
            Identity::from_pem(&read("chain.pem")?, &read("key.pem")?).map_err(failed)?;
        return unhex(&identity.peer().serial).ok_or_else(|| unknown(text));
    }
    unhex(text).ok_or_else(|| unknown(text))
}

fn unknown(text: &str) -> CommandError {
    CommandError::Failed(format!(
        "`{text}` is neither the OIN of a certificate in this folder nor a serial number in hexadecimal"
    ))
}

fn say_what_next(
    arguments: &Arguments,
    lists: &[String],
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    let Some(peer) = arguments.peers.first() else {
        writeln!(
            console.out,
            "\nnext, issue a certificate:\n  sluis dev-pki {} --peer \"00000099000000001000=Gemeente Voorbeeld\"",
            arguments.folder.display()
        )?;
        return Ok(());
    };
    // Paths in a configuration count from its own folder.
    let name = arguments
        .folder
        .file_name()
        .unwrap_or(arguments.folder.as_os_str());
    let folder = Path::new(name).display();
    let lists: Vec<String> = lists
        .iter()
        .map(|name| format!("{folder}/{name}"))
        .collect();
    writeln!(
        console.out,
        "\nin a configuration file beside the folder {folder} write:\n\
         \x20 peer: {{ id: \"{id}\", name: {name} }}\n\
         \x20 certificate: {{ chain_file: {folder}/{id}/chain.pem, key_file: {folder}/{id}/key.pem }}\n\
         \x20 trust: {{ profile: test, anchors_file: {folder}/anchors.pem, crl_files: [{lists}] }}\n\
         next: sluis check-config FILE",
        id = peer.id,
        name = peer.name,
        lists = lists.join(", ")
    )?;
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), CommandError> {
    fs::write(path, text).map_err(cannot_write(path))
}

fn only_for_owner(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

fn cannot_write(path: &Path) -> impl FnOnce(io::Error) -> CommandError {
    let path = path.display().to_string();
    move |cause| CommandError::Failed(format!("`{path}` cannot be written: {cause}"))
}

fn failed(error: impl std::error::Error) -> CommandError {
    CommandError::Failed(error.to_string())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Two digits per byte; at most 21 bytes (RFC 5280 section 4.1.2.2).
fn unhex(text: &str) -> Option<Vec<u8>> {
    let sound = (2..=42).contains(&text.len())
        && text.len().is_multiple_of(2)
        && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !sound {
        return None;
    }
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}
