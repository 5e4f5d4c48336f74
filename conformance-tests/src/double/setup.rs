//! Starts a double with a stage around it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use sluis_certs::dev_pki::{DevPki, DevPkiOptions, KeyType, LeafOptions};
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::door::{Door, Judge};
use super::inway::InwaySide;
use super::manager::ManagerSide;
use super::outway::OutwaySide;
use super::{Fault, Gateway, State};
use crate::stage::Stage;
use crate::target::{CommandLine, Target};
use crate::wire::{
    Address, CONNECTIONS_MAX, Credential, Listening, bind, serve, serve_at, serve_with,
};
use crate::{clock, init};

/// Names of the double's manager and inway; the target file says where they are.
const MANAGER: &str = "manager.voorbeeld";
const INWAY: &str = "inway.voorbeeld";
/// The port of FSC that needs no privilege.
const PORT: u16 = 8443;
/// How long one call or event may take, in seconds: enough for a busy machine.
pub(super) const WAIT_SECONDS: u64 = 12;
/// How many of those places are tried; another process may have one.
const TRIES: usize = 16;
/// Connections at once of a manager that takes few.
const FEW_PLACES: usize = 8;
/// Places on the loopback network that were given out.
static PLACES: AtomicU32 = AtomicU32::new(0);

/// A folder with a test PKI, on which doubles are played.
pub(crate) struct Theatre {
    folder: TempDir,
}

/// A double that runs until it is dropped, with the stage to play it on.
pub(crate) struct Performance {
    pub(crate) stage: Stage,
    _gateway: Arc<Gateway>,
    _listening: [Listening; 3],
    _hooks: TempDir,
}

impl Theatre {
    pub(crate) fn build() -> Self {
        let folder = tempfile::tempdir().unwrap();
        init::run(folder.path(), true, &mut Vec::new()).unwrap();
        let now = clock::unix_seconds();
        let options = DevPkiOptions {
            key_type: KeyType::EcdsaP256,
            now_unix_seconds: now,
            crl_valid_seconds: 86_400,
        };
        let mut pki = DevPki::load(&folder.path().join("pki/ca"), &options).unwrap();
        let names = ["localhost", MANAGER, INWAY];
        let leaf = LeafOptions::new(
            "00000099000000002000",
            "Uitvoeringsinstituut Werk",
            &names,
            now,
        );
        let leaf = pki.issue(&leaf).unwrap();
        std::fs::write(folder.path().join("chain.pem"), leaf.chain_pem).unwrap();
        std::fs::write(folder.path().join("key.pem"), leaf.key_pem).unwrap();
        Self { folder }
    }

    /// Starts a double with this fault whose tokens live this long; one call or event may take `wait_seconds`.
    pub(crate) async fn play(
        &self,
        fault: Option<Fault>,
        token_seconds: i64,
        wait_seconds: u64,
    ) -> Performance {
        let folder = self.folder.path();
        let hooks = tempfile::tempdir().unwrap();
        for folder in ["accept", "ca"] {
            std::fs::create_dir(hooks.path().join(folder)).unwrap();
        }
        let mut target = Target::load(&folder.join("target.yaml")).unwrap();
        let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
        let (chain, key) = (read("chain.pem"), read("key.pem"));
        let credential = Arc::new(Credential::from_pem(&chain, &key).unwrap());
        let (manager, manager_address) = place(
            MANAGER,
            fault == Some(Fault::ManagerOnOtherPort),
            &mut target,
        )
        .await;
        let (inway, inway_address) =
            place(INWAY, fault == Some(Fault::InwayOnOtherPort), &mut target).await;
        let outway = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
            .await
            .unwrap();
        fill_in(&mut target, folder, hooks.path());
        target.wait_seconds = wait_seconds;
        let judge = Arc::new(Judge::new(
            fault,
            read("pki/anchors.pem"),
            target.trust.crl_files.clone(),
            hooks.path().join("reload"),
        ));
        target.manager_address = manager_address.to_string();
        let inway_target = target.inway.as_mut().unwrap();
        inway_target.address = inway_address.to_string();
        let outway_target = target.outway.as_mut().unwrap();
        outway_target.address = format!("http://{}", outway.local_addr().unwrap());
        let gateway = Arc::new(Gateway {
            fault,
            group_id: target.group_id.clone(),
            service: inway_target.service.clone(),
            manager_address,
            inway_address,
            source: OnceLock::new(),
            token_seconds,
            hooks: hooks.path().to_owned(),
            state: Mutex::new(State::default()),
            credential: Arc::clone(&credential),
            judge: Arc::clone(&judge),
            wait: Duration::from_secs(wait_seconds),
            turn: tokio::sync::Mutex::default(),
        });
        let side = Arc::new(ManagerSide(Arc::clone(&gateway)));
        let door = Arc::new(Door::new(&judge, &chain, &key, true));
        let places = match fault {
            Some(Fault::HasFewPlaces) => FEW_PLACES,
            _ => CONNECTIONS_MAX,
        };
        let manager = serve_at(places, manager, door, side);
        let side = Arc::new(InwaySide(Arc::clone(&gateway)));
        let door = Arc::new(Door::new(&judge, &chain, &key, false));
        let inway = serve_with(inway, door, side);
        let outway = serve(outway, None, Arc::new(OutwaySide(Arc::clone(&gateway)))).unwrap();
        let stage = Stage::start(target).await.unwrap();
        let source = format!("http://127.0.0.1:{}", stage.source_port);
        gateway
            .source
            .set(Address::parse(&source, "source").unwrap())
            .unwrap();
        Performance {
            stage,
            _gateway: gateway,
            _listening: [manager, inway, outway],
            _hooks: hooks,
        }
    }
}

fn fill_in(target: &mut Target, folder: &Path, hooks: &Path) {
    let words = |program: &str, file: &str| {
        let path = hooks.join(file).to_string_lossy().into_owned();
        Some(CommandLine::Words(vec![program.to_owned(), path]))
    };
    target.commands.accept_contract = words("touch", "accept/{content_hash}");
    target.commands.break_transaction_log = words("touch", "broken");
    target.commands.mend_transaction_log = words("rm", "broken");
    target.commands.take_over_crl = words("touch", "reload");
    target.commands.restart = words("touch", "restart");
    // Certificates are issued and revoked by each double for itself.
    let pki = target.test_pki.as_mut().unwrap();
    for file in std::fs::read_dir(&pki.ca_folder).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), hooks.join("ca").join(file.file_name())).unwrap();
    }
    pki.ca_folder = hooks.join("ca");
    let crl_file = hooks.join("issuing-ca.crl.pem");
    let list = target.trust.crl_files.last_mut().unwrap();
    std::fs::copy(&*list, &crl_file).unwrap();
    *list = crl_file.clone();
    pki.crl_file = Some(crl_file);
    target.inway.as_mut().unwrap().source_listen = Some("127.0.0.1:0".parse().unwrap());
    target.outway.as_mut().unwrap().certificate_file = folder.join("chain.pem");
    target.clock_skew_seconds = 1;
}

/// Binds a listener on a port of FSC, at a place of its own on the loopback network. Where that network is one address only, the
/// listener gets a free port there, and the cases about ports are not run.
async fn place(name: &str, is_wrong: bool, target: &mut Target) -> (TcpListener, Address) {
    let port = if is_wrong { PORT + 1 } else { PORT };
    for _ in 0..TRIES {
        let number = PLACES
            .fetch_add(1, Ordering::Relaxed)
            .wrapping_add(std::process::id() << 8);
        let [_, a, b, c] = (number % 0x00fe_fefe + 0x0001_0101).to_be_bytes();
        let ip = IpAddr::from([127, a, b, c]);
        if let Ok(listener) = bind(SocketAddr::new(ip, port)).await {
            target.resolve.insert(name.to_owned(), ip);
            return (listener, Address::own(name, port));
        }
    }
    println!(
        "no place with port {port} on the loopback network; the cases about ports are not run"
    );
    let listener = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .unwrap();
    let address = Address::own("localhost", listener.local_addr().unwrap().port());
    (listener, address)
}
