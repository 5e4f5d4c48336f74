//! The PKCS#11 module: a shared library, loaded once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};

use super::Pkcs11Error;

/// Every module that this process has loaded. One process may initialise a module once only, and a thread
/// may hang in a call to it, so that a module is never unloaded.
static LOADED: Mutex<BTreeMap<PathBuf, Pkcs11>> = Mutex::new(BTreeMap::new());

/// The module in a file, loaded and initialised.
pub(super) fn load(file: &Path) -> Result<Pkcs11, Pkcs11Error> {
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(module) = loaded.get(file) {
        return Ok(module.clone());
    }
    let refused = |problem: String| Pkcs11Error::Module {
        path: file.to_owned(),
        problem,
    };
    let module = Pkcs11::new(file).map_err(|error| refused(loading_problem(error)))?;
    // Several threads use the module at once: it must lock with what the operating system has.
    match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        Err(error) => return Err(refused(Pkcs11Error::from(error).to_string())),
    }
    loaded.insert(file.to_owned(), module.clone());
    Ok(module)
}

fn loading_problem(error: Error) -> String {
    match error {
        Error::LibraryLoading(error) => error.to_string(),
        other => Pkcs11Error::from(other).to_string(),
    }
}
