//! One session with a token, and the key in it.

use cryptoki::context::Pkcs11;
use cryptoki::mechanism::MechanismType;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use cryptoki::slot::{Slot, TokenInfo};

use super::login::login;
use super::module;
use super::pool::Token;
use super::scheme::{KeyKind, Scheme};
use super::uri::Wanted;
use super::{Pkcs11Error, Pkcs11Settings};
use crate::verify_signature;

/// Most keys that are counted when several fit.
const KEYS_MAX: usize = 100;

/// What is signed to see whether the key is the certificate's.
const PROBE: &[u8] = b"sluis: does this key belong to the certificate?";

/// A key in a token and the certificate that it must belong to.
pub(super) struct OwnedKey {
    pub(super) settings: Pkcs11Settings,
    pub(super) certificate_der: Vec<u8>,
    pub(super) kind: KeyKind,
}

/// Something to do with the key.
pub(super) enum Work {
    /// Make a signature of what [`Scheme::input`] made of a message.
    Sign(Scheme, Vec<u8>),
    /// Make a signature that must verify with the certificate; gives none.
    Check,
}

/// A session that is logged in and has found its key.
pub(super) struct TokenSession {
    session: Session,
    key: ObjectHandle,
}

impl Token for OwnedKey {
    type Session = TokenSession;
    type Work = Work;
    type Done = Vec<u8>;

    /// Finds token and key, logs in, and makes a first signature that must verify with the certificate.
    ///
    /// So also when a session is made anew: a token can come back with another key of the same name.
    fn open(&self) -> Result<TokenSession, Pkcs11Error> {
        let settings = &self.settings;
        let module = module::load(&settings.module_file)?;
        let (slot, info) = find_token(&module, settings)?;
        let mechanisms = module.get_mechanism_list(slot)?;
        has_all(&mechanisms, self.kind)?;
        let session = module.open_ro_session(slot)?;
        login(&module, slot, &session, settings)?;
        let key = find_key(&session, settings, &info)?;
        check_use(&session, key, self.kind)?;
        let opened = TokenSession { session, key };
        self.check(&opened)?;
        Ok(opened)
    }

    fn work(&self, session: &TokenSession, work: &Work) -> Result<Vec<u8>, Pkcs11Error> {
        match work {
            Work::Sign(scheme, input) => session.sign(*scheme, input),
            Work::Check => self.check(session).map(|()| Vec::new()),
        }
    }
}

impl OwnedKey {
    fn check(&self, session: &TokenSession) -> Result<(), Pkcs11Error> {
        let algorithm = self.kind.algorithm();
        let scheme = Scheme::of_jws(algorithm, self.kind).ok_or(Pkcs11Error::Unsupported)?;
        // Of whatever length: a key of another kind is the key of another.
        let signature = session.sign_plainly(scheme, &scheme.input(PROBE))?;
        verify_signature(&self.certificate_der, algorithm, PROBE, &signature)
            .map_err(|_| Pkcs11Error::KeyOfAnother)
    }
}

impl TokenSession {
    fn sign(&self, scheme: Scheme, input: &[u8]) -> Result<Vec<u8>, Pkcs11Error> {
        let signature = self.sign_plainly(scheme, input)?;
        if scheme.is_length(signature.len()) {
            Ok(signature)
        } else {
            Err(Pkcs11Error::Failed(format!(
                "with a signature of {} bytes, which does not fit the key",
                signature.len()
            )))
        }
    }

    fn sign_plainly(&self, scheme: Scheme, input: &[u8]) -> Result<Vec<u8>, Pkcs11Error> {
        Ok(self.session.sign(&scheme.mechanism(), self.key, input)?)
    }
}

fn find_token(
    module: &Pkcs11,
    settings: &Pkcs11Settings,
) -> Result<(Slot, TokenInfo), Pkcs11Error> {
    let wanted = &settings.uri.wanted;
    let uri = || settings.uri.to_string();
    let mut found = Vec::new();
    let mut others = Vec::new();
    let right_library = fits_library(module, wanted)?;
    for slot in module.get_slots_with_token()? {
        // A token may be pulled out between two calls; then it is not there.
        let Ok(info) = module.get_token_info(slot) else {
            continue;
        };
        if !info.token_initialized() {
            continue;
        }
        if right_library && fits_token(&info, wanted) && fits_slot(module, slot, wanted) {
            found.push((slot, info));
        } else {
            others.push(info.label().to_owned());
        }
    }
    match (found.pop(), found.len()) {
        (Some(only), 0) => Ok(only),
        (Some(_), more) => Err(Pkcs11Error::SeveralTokens {
            wanted: uri(),
            count: more.saturating_add(1),
        }),
        (None, _) => Err(Pkcs11Error::NoToken {
            wanted: uri(),
            found: others,
        }),
    }
}

fn fits(wanted: &Option<String>, found: &str) -> bool {
    // The module fills its fields up with blanks.
    wanted
        .as_ref()
        .is_none_or(|wanted| wanted.trim_end_matches(' ') == found.trim_end_matches(' '))
}

fn fits_library(module: &Pkcs11, wanted: &Wanted) -> Result<bool, Pkcs11Error> {
    let info = module.get_library_info()?;
    let version = info.library_version();
    let found = (version.major(), version.minor());
    Ok(fits(&wanted.library_manufacturer, info.manufacturer_id())
        && fits(&wanted.library_description, info.library_description())
        && wanted.library_version.is_none_or(|wanted| wanted == found))
}

fn fits_token(info: &TokenInfo, wanted: &Wanted) -> bool {
    fits(&wanted.token, info.label())
        && fits(&wanted.manufacturer, info.manufacturer_id())
        && fits(&wanted.serial, info.serial_number())
        && fits(&wanted.model, info.model())
}

fn fits_slot(module: &Pkcs11, slot: Slot, wanted: &Wanted) -> bool {
    if wanted.slot_id.is_some_and(|id| id != slot.id()) {
        return false;
    }
    if wanted.slot_manufacturer.is_none() && wanted.slot_description.is_none() {
        return true;
    }
    module.get_slot_info(slot).is_ok_and(|info| {
        fits(&wanted.slot_manufacturer, info.manufacturer_id())
            && fits(&wanted.slot_description, info.slot_description())
    })
}

fn has_all(mechanisms: &[MechanismType], kind: KeyKind) -> Result<(), Pkcs11Error> {
    let missing = kind
        .mechanisms()
        .iter()
        .find(|(mechanism, _)| !mechanisms.contains(mechanism));
    match missing {
        Some((_, name)) => Err(Pkcs11Error::NoMechanism(name)),
        None => Ok(()),
    }
}

fn find_key(
    session: &Session,
    settings: &Pkcs11Settings,
    info: &TokenInfo,
) -> Result<ObjectHandle, Pkcs11Error> {
    let wanted = &settings.uri.wanted;
    let mut template = vec![
        Attribute::Class(ObjectClass::PRIVATE_KEY),
        Attribute::Token(true),
    ];
    template.extend(
        wanted
            .object
            .as_ref()
            .map(|label| Attribute::Label(label.as_bytes().to_vec())),
    );
    template.extend(wanted.id.clone().map(Attribute::Id));
    let found: Vec<ObjectHandle> = session
        .iter_objects(&template)?
        .take(KEYS_MAX)
        .collect::<Result<_, _>>()?;
    let (wanted, token) = (settings.uri.to_string(), info.label().to_owned());
    match found.as_slice() {
        [key] => Ok(*key),
        [] => Err(Pkcs11Error::NoKey { wanted, token }),
        _ => Err(Pkcs11Error::SeveralKeys {
            wanted,
            token,
            count: found.len(),
        }),
    }
}

/// What a token does not tell about a key, the first signature will.
fn check_use(session: &Session, key: ObjectHandle, kind: KeyKind) -> Result<(), Pkcs11Error> {
    let key_type = match kind {
        KeyKind::Rsa => KeyType::RSA,
        KeyKind::Ec(_) => KeyType::EC,
    };
    let asked = [
        AttributeType::KeyType,
        AttributeType::Sign,
        AttributeType::AlwaysAuthenticate,
    ];
    for attribute in session.get_attributes(key, &asked).unwrap_or_default() {
        match attribute {
            Attribute::KeyType(other) if other != key_type => {
                return Err(Pkcs11Error::KeyOfAnother);
            }
            Attribute::Sign(false) => return Err(Pkcs11Error::NotForSigning),
            Attribute::AlwaysAuthenticate(true) => return Err(Pkcs11Error::AlwaysAuthenticate),
            _ => {}
        }
    }
    Ok(())
}
