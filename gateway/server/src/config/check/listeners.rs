//! That every part can listen where it is told to, and that others will find it.

use std::net::SocketAddr;

use super::Findings;
use crate::config::{Config, HttpsAddress, UpstreamUrl};

/// Longest path of a Unix socket, in bytes: 108 with the closing zero on Linux, less room for a
/// temporary name.
const SOCKET_PATH_BYTES_MAX: usize = 100;

pub(super) fn check(config: &Config, findings: &mut Findings<'_>) {
    let listeners = listeners(config);
    check_shared_ports(&listeners, findings);
    if let Some(manager) = &config.manager {
        check_address(
            "manager",
            manager.listen,
            manager.address.as_ref(),
            findings,
        );
    }
    if let Some(inway) = &config.inway {
        check_address("inway", inway.listen, inway.address.as_ref(), findings);
        for (index, service) in inway.services.iter().enumerate() {
            check_upstream(index, &service.upstream_url, &listeners, findings);
        }
    }
    check_same_address(config, findings);
    if let Some(outway) = &config.outway
        && !outway.listen.ip().is_loopback()
    {
        findings.warning(
            "outway.listen",
            format!(
                "the outway listens on {}, so that other machines can ask in our name, unencrypted",
                outway.listen
            ),
            "listen on 127.0.0.1, or let only your own applications reach this address",
        );
    }
    check_observability(config, findings);
    let socket = std::path::absolute(&config.admin.socket);
    let length = socket.as_ref().map_or(0, |path| path.as_os_str().len());
    if length > SOCKET_PATH_BYTES_MAX {
        findings.error(
            "admin.socket",
            format!("the path of the socket has {length} bytes"),
            format!("choose a path of at most {SOCKET_PATH_BYTES_MAX} bytes, counted from `/`"),
        );
    }
}

fn listeners(config: &Config) -> Vec<(&'static str, SocketAddr)> {
    let manager = config
        .manager
        .as_ref()
        .map(|manager| ("manager", manager.listen));
    let inway = config.inway.as_ref().map(|inway| ("inway", inway.listen));
    let outway = config
        .outway
        .as_ref()
        .map(|outway| ("outway", outway.listen));
    let observability = Some(("observability", config.observability.listen));
    [manager, inway, outway, observability]
        .into_iter()
        .flatten()
        .collect()
}

fn check_shared_ports(listeners: &[(&'static str, SocketAddr)], findings: &mut Findings<'_>) {
    for (index, (role, listen)) in listeners.iter().enumerate() {
        let (before, _) = listeners.split_at(index);
        let taken = before.iter().find(|(_, other)| collide(*listen, *other));
        if let Some((other, _)) = taken {
            findings.error(
                format!("{role}.listen"),
                format!("{listen} is already taken by `{other}.listen`"),
                "give each part a port of its own",
            );
        }
    }
}

/// Whether two listeners cannot both have their address.
fn collide(a: SocketAddr, b: SocketAddr) -> bool {
    let overlap = a.ip() == b.ip() || a.ip().is_unspecified() || b.ip().is_unspecified();
    a.port() != 0 && a.port() == b.port() && overlap
}

fn check_address(
    role: &str,
    listen: SocketAddr,
    address: Option<&HttpsAddress>,
    findings: &mut Findings<'_>,
) {
    let key = format!("{role}.address");
    let Some(address) = address else {
        if !listen.ip().is_loopback() {
            findings.warning(
                format!("{role}.listen"),
                format!(
                    "no `{key}` is given, so that other organisations are told `https://localhost:{}`",
                    listen.port()
                ),
                format!("add `{key}` with the name and port under which others reach it"),
            );
        }
        return;
    };
    let only_here = address.host() == "localhost";
    if !only_here && !matches!(address.port(), 443 | 8443) {
        findings.note(
            key,
            format!("others are told port {}", address.port()),
            "use 443 or 8443 between organisations (Digikoppeling REST-API, FSC profile); other ports are often closed on the way",
        );
    }
}

/// A manager and an inway behind one name and port only work with something in front that tells
/// them apart.
fn check_same_address(config: &Config, findings: &mut Findings<'_>) {
    let manager = config
        .manager
        .as_ref()
        .and_then(|manager| manager.address.as_ref());
    let inway = config
        .inway
        .as_ref()
        .and_then(|inway| inway.address.as_ref());
    if let (Some(manager), Some(inway)) = (manager, inway)
        && (manager.host(), manager.port()) == (inway.host(), inway.port())
    {
        findings.error(
            "inway.address",
            format!("manager and inway have the same address, `{inway}`"),
            "give each a name or port of its own",
        );
    }
}

fn check_upstream(
    index: usize,
    upstream: &UpstreamUrl,
    listeners: &[(&'static str, SocketAddr)],
    findings: &mut Findings<'_>,
) {
    let host = upstream.host().trim_matches(['[', ']']);
    let local = host == "localhost"
        || host
            .parse()
            .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback() || ip.is_unspecified());
    let ourselves = listeners
        .iter()
        .find(|(_, listen)| local && listen.port() != 0 && listen.port() == upstream.port());
    if let Some((role, _)) = ourselves {
        findings.error(
            format!("inway.services[{index}].upstream_url"),
            format!("`{upstream}` is our own `{role}`, so that a call would go in circles"),
            "name the source that answers",
        );
    }
}

fn check_observability(config: &Config, findings: &mut Findings<'_>) {
    if !config.observability.listen.ip().is_loopback() {
        findings.note(
            "observability.listen",
            format!(
                "health and metrics can be read by whoever reaches {}",
                config.observability.listen
            ),
            "let only your monitoring reach it",
        );
    }
    if let Some(endpoint) = config.observability.otlp_endpoint.as_deref() {
        let uri: Option<http::Uri> = endpoint.parse().ok();
        let usable = uri.is_some_and(|uri| {
            uri.scheme_str() == Some("http")
                && uri
                    .authority()
                    .is_some_and(|authority| !authority.host().is_empty())
        });
        if !usable {
            findings.error(
                "observability.otlp_endpoint",
                format!("`{endpoint}` is not an address of a collector"),
                "write for example `http://127.0.0.1:4317`; for TLS, run a collector on this machine",
            );
        }
    }
}
