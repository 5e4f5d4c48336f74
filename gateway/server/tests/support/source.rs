//! Systems behind an inway that misbehave, and one that says what it heard.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// What the source does once it has read the head of a request.
#[derive(Clone)]
pub enum Behaviour {
    /// Answers with these bytes and keeps the connection.
    Says(Arc<str>),
    /// Answers with these bytes and closes the connection.
    SaysAndCloses(Arc<str>),
    /// Says nothing until the connection ends.
    IsSilent,
    /// Sends a head for a long body and one piece of it; the rest never comes. Tells when the connection ended.
    Dribbles(Arc<Notify>),
}

/// A source on a raw socket.
pub struct RawSource {
    pub address: SocketAddr,
    connections: Arc<AtomicU64>,
}

impl RawSource {
    pub async fn start(behaviour: Behaviour) -> RawSource {
        let listener = super::bind().await;
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&connections);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                counter.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(behave(stream, behaviour.clone()));
            }
        });
        RawSource {
            address,
            connections,
        }
    }

    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn behave(mut stream: TcpStream, behaviour: Behaviour) {
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(count) => head.extend_from_slice(&buffer[..count]),
        }
    }
    match behaviour {
        Behaviour::Says(text) => {
            stream.write_all(text.as_bytes()).await.unwrap();
            drain(&mut stream).await;
        }
        Behaviour::SaysAndCloses(text) => stream.write_all(text.as_bytes()).await.unwrap(),
        Behaviour::IsSilent => drain(&mut stream).await,
        Behaviour::Dribbles(ended) => {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/pdf\r\ncontent-length: 1000000\r\n\r\n";
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.write_all(&[b'x'; 1000]).await.unwrap();
            drain(&mut stream).await;
            ended.notify_one();
        }
    }
}

async fn drain(stream: &mut TcpStream) {
    let mut buffer = [0; 4096];
    while stream.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
}
