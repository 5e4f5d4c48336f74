//! Logging in to a token, without ever locking it.
//!
//! A token counts wrong PINs and is locked after a few. A gateway tries again by nature: every new session
//! logs in, and a supervisor starts a process anew. So a PIN that was refused is not given a second time,
//! and none is given when the token says that the next wrong one locks it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cryptoki::context::Pkcs11;
use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, SessionState, UserType};
use cryptoki::slot::{Slot, TokenInfo};

use super::{Pin, PinProblem, Pkcs11Error, Pkcs11Settings};

/// A token: module, serial number and label.
type TokenName = (PathBuf, String, String);

/// The PINs that each token refused, in this process. The lock of a token is held while it is logged in to:
/// two threads with the same wrong PIN would be two attempts.
static REFUSED: Mutex<BTreeMap<TokenName, Arc<Mutex<Vec<Pin>>>>> = Mutex::new(BTreeMap::new());

/// Logs in as the token's user, unless the token needs no login or the process is logged in already:
/// PKCS#11 logs in an application, not a session.
pub(super) fn login(
    module: &Pkcs11,
    slot: Slot,
    session: &Session,
    settings: &Pkcs11Settings,
) -> Result<(), Pkcs11Error> {
    let info = module.get_token_info(slot)?;
    if !info.login_required() {
        return Ok(());
    }
    let refused = refused_by(settings, &info);
    let mut refused = lock(&refused);
    let state = session.get_session_info()?.session_state();
    if matches!(state, SessionState::RoUser | SessionState::RwUser) {
        return Ok(());
    }
    let refusal = |problem| Pkcs11Error::Pin {
        token: info.label().to_owned(),
        problem,
    };
    let Some(pin) = &settings.pin else {
        return Err(refusal(PinProblem::Missing));
    };
    if refused.contains(pin) {
        return Err(refusal(PinProblem::RefusedBefore));
    }
    // Asked again: another thread may have tried while this one waited.
    let now = module.get_token_info(slot)?;
    if now.user_pin_locked() {
        return Err(refusal(PinProblem::Locked));
    }
    if now.user_pin_final_try() {
        return Err(refusal(PinProblem::FinalTry));
    }
    match session.login(UserType::User, Some(&pin.secret())) {
        Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
        Err(Error::Pkcs11(code, function)) => {
            let problem = match code {
                RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange => {
                    PinProblem::Refused
                }
                RvError::PinLocked => PinProblem::Locked,
                RvError::PinExpired | RvError::UserPinNotInitialized => PinProblem::ToBeChanged,
                _ => return Err(Error::Pkcs11(code, function).into()),
            };
            refused.push(pin.clone());
            Err(refusal(problem))
        }
        Err(error) => Err(error.into()),
    }
}

fn refused_by(settings: &Pkcs11Settings, info: &TokenInfo) -> Arc<Mutex<Vec<Pin>>> {
    let name = (
        settings.module_file.clone(),
        info.serial_number().to_owned(),
        info.label().to_owned(),
    );
    Arc::clone(lock(&REFUSED).entry(name).or_default())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
