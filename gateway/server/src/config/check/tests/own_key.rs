//! A private key in a file, or in a PKCS#11 token. With a real token: `tests/hsm`.

use super::*;

fn with_key(key: &str) -> String {
    CONFIG.replace("key_file: key.pem", key)
}

#[test]
fn a_key_is_in_a_file_or_in_a_token() {
    let folder = Folder::new();
    let cases = [
        ("previous: []", "error certificate: no private key is named"),
        (
            r#"key_file: key.pem, key_uri: "pkcs11:token=a", pkcs11_module_file: m.so"#,
            "error certificate: both `key_file` and `key_uri` are named",
        ),
        (
            r#"key_uri: "pkcs11:token=a""#,
            "error certificate: `key_uri` needs `pkcs11_module_file`",
        ),
        (
            "key_file: key.pem, pin_file: pin",
            "error certificate: `pkcs11_module_file` and `pin_file` are for a key in a PKCS#11 token",
        ),
        (
            r#"key_uri: "pkcs11:token=a?pin-value=4821", pkcs11_module_file: m.so"#,
            "error certificate.key_uri: PKCS#11 URI must not name a PIN",
        ),
        (
            "key_file: key.pem, pin: 4821",
            "error certificate.pin: this key does not exist",
        ),
    ];
    for (key, expected) in cases {
        let found = folder.found(&with_key(key));
        only(&found, expected);
        assert!(!found[0].contains("4821"), "{found:?}");
    }
}

#[test]
fn what_a_token_needs_must_be_there() {
    let folder = Folder::new();
    let key = r#"key_uri: "pkcs11:token=a", pkcs11_module_file: m.so, pin_file: pin"#;
    only(
        &folder.found(&with_key(key)),
        "error certificate.pin_file: `",
    );
    fs::write(folder.path("pin"), "4821\nmore\n").unwrap();
    let found = folder.found(&with_key(key));
    assert!(found.contains(&format!(
        "error certificate.pin_file: `{}`: the file must hold a PIN of 1 to 255 bytes on one line, and nothing else",
        folder.path("pin").display()
    )), "{found:#?}");

    write_private_file(&folder.path("pin"), b"4821\n").unwrap();
    let found = folder.found(&with_key(key));
    only(
        &found,
        &format!(
            "error certificate.pkcs11_module_file: `{}` cannot be loaded as a PKCS#11 module: ",
            folder.path("m.so").display()
        ),
    );
    fs::set_permissions(folder.path("pin"), fs::Permissions::from_mode(0o644)).unwrap();
    let found = folder.found(&with_key(key));
    assert!(
        found
            .iter()
            .any(|one| one.starts_with("warning certificate.pin_file: ")),
        "{found:#?}"
    );
}
