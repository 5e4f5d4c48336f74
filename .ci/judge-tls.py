"""Judges what sslyze found by the TLS guidelines of NCSC-NL (2025-05), as Internet.nl applies them.

usage: judge-tls.py CERTIFICATE KEY REPORT...

Prints a line per objection and ends with 1 if there is any; otherwise one line with what was found.

The scanner tries most suites of TLS 1.2 with a library that is too old for extended master secret, which the gateway
requires. So every suite is tried here once more with the library of Python, and what NCSC asks and sslyze does not look at:
that a client without extended master secret is refused, and that TLS 1.3 gives no tickets.
"""

import json
import socket
import ssl
import sys
import warnings

GOOD_OR_SUFFICIENT = {
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_128_CCM_SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-CHACHA20-POLY1305",
}
CURVES = {"X25519", "X448", "secp256r1", "secp384r1", "secp521r1"}
HASHES = {"sha256", "sha384", "sha512"}
RSA_BITS_MIN = 3072
FORBIDDEN_VERSIONS = ["ssl_2_0", "ssl_3_0", "tls_1_0", "tls_1_1"]
# What must be false, by scan.
FLAWS = {
    "tls_compression": "supports_compression",
    "tls_1_3_early_data": "supports_early_data",
    "heartbleed": "is_vulnerable_to_heartbleed",
    "openssl_ccs_injection": "is_vulnerable_to_ccs_injection",
}
# OpenSSL's SSL_OP_NO_EXTENDED_MASTER_SECRET, which Python has no name for.
WITHOUT_EXTENDED_MASTER_SECRET = 1
TIMEOUT_SECONDS = 10


def main(certificate, key, *reports):
    objections, suites = [], set()
    for place, scans in sorted(read(reports).items()):
        found = set(judge(scans)) | set(probe(place, certificate, key, suites))
        objections += [f"{place[0]}:{place[1]}: {objection}" for objection in sorted(found)]
    for objection in objections:
        print(objection)
    if not objections:
        print("TLS 1.2 and 1.3 with", " ".join(sorted(suites)), "and nothing that NCSC does not call good or sufficient")
    return 1 if objections else 0


def read(reports):
    """The scans by place (host and port) and name."""
    places = {}
    for report in reports:
        with open(report, encoding="utf-8") as file:
            for server in json.load(file)["server_scan_results"]:
                location = server["server_location"]
                scans = places.setdefault((location["hostname"], location["port"]), {})
                for name, scan in (server["scan_result"] or {}).items():
                    if scan["status"] != "NOT_SCHEDULED":
                        scans[name] = scan
    return places


def judge(scans):
    """What is to be said against one place."""
    result = {}
    for name, scan in scans.items():
        if scan["status"] == "COMPLETED":
            result[name] = scan["result"]
        else:
            yield f"the scan {name} did not succeed: {scan['error_reason']}"
    for name in [*FORBIDDEN_VERSIONS, "tls_1_2", "tls_1_3"]:
        version = result.get(f"{name}_cipher_suites")
        if version is None:
            yield f"{name} was not scanned"
        elif version["is_tls_version_supported"] != (name not in FORBIDDEN_VERSIONS):
            yield f"{name} is {'spoken' if version['is_tls_version_supported'] else 'not spoken'}"
        else:
            for accepted in version["accepted_cipher_suites"]:
                if accepted["cipher_suite"]["openssl_name"] not in GOOD_OR_SUFFICIENT:
                    yield f"weak suite {accepted['cipher_suite']['name']}"
    for name, flaw in FLAWS.items():
        if result.get(name, {}).get(flaw) is not False:
            yield f"{flaw.replace('_', ' ')}"
    renegotiation = result.get("session_renegotiation", {})
    if renegotiation.get("client_renegotiations_success_count") != 0:
        yield "clients can renegotiate"
    resumption = result.get("session_resumption", {})
    for kind in ["session_id", "tls_ticket"]:
        if resumption.get(f"{kind}_resumption_result") != "NOT_SUPPORTED":
            yield f"sessions can be resumed ({kind})"
    if not result.get("tls_extended_master_secret", {}).get("supports_ems_extension"):
        yield "no extended master secret"
    if not result.get("tls_fallback_scsv", {}).get("supports_fallback_scsv"):
        yield "a downgrade is not noticed (TLS_FALLBACK_SCSV)"
    if not result.get("robot", {}).get("robot_result", "").startswith("NOT_VULNERABLE"):
        yield "vulnerable to ROBOT"
    for curve in result.get("elliptic_curves", {}).get("supported_curves", [{"name": "none"}]):
        if curve["name"] not in CURVES:
            yield f"weak curve {curve['name']}"
    for deployment in result.get("certificate_info", {}).get("certificate_deployments", []):
        for certificate in deployment["received_certificate_chain"]:
            key = certificate["public_key"]
            if key["algorithm"] == "RSAPublicKey" and key["key_size"] < RSA_BITS_MIN:
                yield f"an RSA key of {key['key_size']} bits in the chain"
            if certificate["signature_hash_algorithm"]["name"] not in HASHES:
                yield f"a certificate signed with {certificate['signature_hash_algorithm']['name']}"


def probe(place, certificate, key, suites):
    """Tries every suite that the library has, one by one, and adds those that are accepted to `suites`."""

    def connect(version, cipher=None, options=0):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.load_cert_chain(certificate, key)
        context.minimum_version = context.maximum_version = version
        context.options |= options
        if cipher:
            context.set_ciphers(f"{cipher}:@SECLEVEL=0")
        with socket.create_connection(place, TIMEOUT_SECONDS) as plain:
            with context.wrap_socket(plain, server_hostname=place[0]) as secure:
                # An answer comes after every message of the handshake, tickets included.
                secure.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                secure.recv(1)
                return secure.cipher()[0], secure.session

    every = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    every.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    names = [cipher["name"] for cipher in every.get_ciphers() if cipher["protocol"] != "TLSv1.3"]
    accepted = set()
    for name in names:
        try:
            accepted.add(connect(ssl.TLSVersion.TLSv1_2, name)[0])
        except (ssl.SSLError, OSError):
            pass
    for weak in accepted - GOOD_OR_SUFFICIENT:
        yield f"weak suite {weak}"
    if not accepted:
        yield f"none of {len(names)} suites of TLS 1.2 was accepted"
    try:
        connect(ssl.TLSVersion.TLSv1_2, options=WITHOUT_EXTENDED_MASTER_SECRET)
        yield "a client without extended master secret is not refused"
    except (ssl.SSLError, OSError):
        pass
    suites |= accepted
    try:
        suite, session = connect(ssl.TLSVersion.TLSv1_3)
    except (ssl.SSLError, OSError) as error:
        yield f"no connection with TLS 1.3: {error}"
    else:
        suites.add(suite)
        if session is not None and session.has_ticket:
            yield "TLS 1.3 gives a ticket to resume with"


if __name__ == "__main__":
    warnings.simplefilter("ignore", DeprecationWarning)
    sys.exit(main(*sys.argv[1:]))
