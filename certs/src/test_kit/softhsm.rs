//! A real token in software, for tests: SoftHSM.

use std::path::PathBuf;
use std::time::Duration;

use cryptoki::context::Pkcs11;
use cryptoki::object::{Attribute, KeyType, ObjectClass};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use rustls_pki_types::PrivateKeyDer;

use super::softhsm_process::in_own_process;
use super::{children, contents};
use crate::pem;
use crate::{Pin, Pkcs11Settings};

pub(crate) const PIN: &str = "4821";
const SECURITY_OFFICER: &str = "officer";

/// Runs a test with SoftHSM, when it is installed. `name` is the full name of the test that calls this.
pub(crate) fn with_softhsm(name: &str, test: impl FnOnce(&SoftHsm)) {
    in_own_process(name, |module_file, _folder| {
        let module = crate::pkcs11::load_for_test(&module_file);
        test(&SoftHsm {
            module_file,
            module,
        });
        crate::wait_for_closed_tokens(Duration::from_secs(20));
    });
}

/// The module with its tokens.
pub(crate) struct SoftHsm {
    pub(crate) module_file: PathBuf,
    pub(crate) module: Pkcs11,
}

impl SoftHsm {
    /// Makes a token.
    pub(crate) fn token(&self, label: &str) -> SoftToken {
        let officer = AuthPin::from(SECURITY_OFFICER);
        // SoftHSM always has one more slot, with a token that is to be initialised.
        let free = self.module.get_slots_with_token().unwrap();
        let free = free
            .into_iter()
            .find(|slot| {
                !self
                    .module
                    .get_token_info(*slot)
                    .unwrap()
                    .token_initialized()
            })
            .unwrap();
        self.module.init_token(free, &officer, label).unwrap();
        let session = self.module.open_rw_session(free).unwrap();
        session.login(UserType::So, Some(&officer)).unwrap();
        session.init_pin(&AuthPin::from(PIN)).unwrap();
        session.logout().unwrap();
        SoftToken { session }
    }

    /// How a key of these tokens is used.
    pub(crate) fn settings(&self, uri: &str) -> Pkcs11Settings {
        Pkcs11Settings {
            uri: uri.parse().unwrap(),
            module_file: self.module_file.clone(),
            pin: Some(Pin::from_file_contents(format!("{PIN}\n").into_bytes()).unwrap()),
            sessions_max: 4,
            waiting_max: 64,
            timeout: Duration::from_secs(20),
            off_the_workers: |work| work(),
        }
    }
}

/// A token, as its owner sees it.
pub(crate) struct SoftToken {
    session: Session,
}

impl SoftToken {
    /// Puts a private key in the token.
    pub(crate) fn import(&self, label: &str, id: &[u8], key_pem: &str) {
        self.import_with(label, id, key_pem, &[]);
    }

    /// As [`Self::import`], with more attributes.
    pub(crate) fn import_with(&self, label: &str, id: &[u8], key_pem: &str, more: &[Attribute]) {
        let mut template = vec![
            Attribute::Class(ObjectClass::PRIVATE_KEY),
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Label(label.as_bytes().to_vec()),
            Attribute::Id(id.to_vec()),
        ];
        template.extend_from_slice(more);
        if !more.iter().any(|one| matches!(one, Attribute::Sign(_))) {
            template.push(Attribute::Sign(true));
        }
        template.extend(numbers(key_pem));
        self.log_in();
        self.session.create_object(&template).unwrap();
    }

    /// Takes the keys of a name out of the token.
    pub(crate) fn destroy(&self, label: &str) {
        self.log_in();
        let named = [Attribute::Label(label.as_bytes().to_vec())];
        for object in self.session.find_objects(&named).unwrap() {
            self.session.destroy_object(object).unwrap();
        }
    }

    /// Logs out, and with it every session of this process.
    pub(crate) fn log_out(&self) {
        self.log_in();
        self.session.logout().unwrap();
    }

    fn log_in(&self) {
        // Another session of this process may have done it.
        let _ = self
            .session
            .login(UserType::User, Some(&AuthPin::from(PIN)));
    }
}

/// The numbers of a private key, PKCS#8 (RFC 5958, RFC 8017 appendix A.1.2, RFC 5915).
fn numbers(key_pem: &str) -> Vec<Attribute> {
    let PrivateKeyDer::Pkcs8(der) = pem::private_key(key_pem.as_bytes()).unwrap() else {
        panic!("the key is no PKCS#8");
    };
    let outer = children(der.secret_pkcs8_der());
    let algorithm = children(&outer[1]);
    let inner = children(contents(&outer[2]));
    if algorithm.len() == 2 && algorithm[1][0] == 0x06 {
        return vec![
            Attribute::KeyType(KeyType::EC),
            Attribute::EcParams(algorithm[1].clone()),
            Attribute::Value(contents(&inner[1]).to_vec()),
        ];
    }
    let number = |position: usize| -> Vec<u8> {
        let digits = contents(&inner[position]).iter().copied();
        digits.skip_while(|digit| *digit == 0).collect()
    };
    vec![
        Attribute::KeyType(KeyType::RSA),
        Attribute::Modulus(number(1)),
        Attribute::PublicExponent(number(2)),
        Attribute::PrivateExponent(number(3)),
        Attribute::Prime1(number(4)),
        Attribute::Prime2(number(5)),
        Attribute::Exponent1(number(6)),
        Attribute::Exponent2(number(7)),
        Attribute::Coefficient(number(8)),
    ]
}
