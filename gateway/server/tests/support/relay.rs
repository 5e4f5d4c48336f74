//! A line on which one can see what passes between two others.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use sluis::demo::party_files::PartyFiles;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;

/// Passes on connections, counts them, and keeps what came first over each.
pub struct Relay {
    pub address: SocketAddr,
    leads_to: Arc<Mutex<Option<SocketAddr>>>,
    first: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Relay {
    pub async fn start() -> Relay {
        let listener = super::bind().await;
        let address = listener.local_addr().unwrap();
        let leads_to: Arc<Mutex<Option<SocketAddr>>> = Arc::default();
        let first: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let (target, heard) = (Arc::clone(&leads_to), Arc::clone(&first));
        tokio::spawn(async move {
            loop {
                let (mut from, _) = listener.accept().await.unwrap();
                let (target, heard) = (*target.lock().unwrap(), Arc::clone(&heard));
                tokio::spawn(async move {
                    let mut to = TcpStream::connect(target.unwrap()).await.unwrap();
                    let mut piece = vec![0; 16_384];
                    let count = from.read(&mut piece).await.unwrap();
                    piece.truncate(count);
                    heard.lock().unwrap().push(piece.clone());
                    to.write_all(&piece).await.unwrap();
                    // Either side may end it in any way.
                    let _ = copy_bidirectional(&mut from, &mut to).await;
                });
            }
        });
        Relay {
            address,
            leads_to,
            first,
        }
    }

    /// Where connections go from now on.
    pub fn leads_to(&self, address: SocketAddr) {
        *self.leads_to.lock().unwrap() = Some(address);
    }

    /// Has others reach the inway of this party through the relay; for before its gateway reads its files.
    pub fn stands_before_the_inway_of(&self, files: &PartyFiles) {
        let inway = files.plan.ports.inway;
        self.leads_to(([127, 0, 0, 1], inway).into());
        let text = std::fs::read_to_string(&files.config).unwrap();
        let own = format!("address: https://localhost:{inway}\n");
        assert_eq!(text.matches(&own).count(), 1, "{text}");
        let ours = format!("address: https://localhost:{}\n", self.address.port());
        std::fs::write(&files.config, text.replace(&own, &ours)).unwrap();
    }

    /// What came first over each connection; in TLS the client's hello, which says what it can speak.
    pub fn first(&self) -> Vec<Vec<u8>> {
        self.first.lock().unwrap().clone()
    }
}

/// Whether `wanted` stands somewhere in `bytes`.
pub fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}
