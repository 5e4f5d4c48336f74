//! Systems behind an inway that misbehave, and one that says what it heard.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

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
    /// Sends a body that never ends, as fast as it is read.
    Floods,
    /// Reads as many bytes of body, then says that all is well.
    Swallows(usize),
}

/// A source on a raw socket.
pub struct RawSource {
    pub address: SocketAddr,
    connections: Arc<AtomicU64>,
    behaviour: Arc<Mutex<Behaviour>>,
    heard: Arc<Mutex<String>>,
}

impl RawSource {
    pub async fn start(behaviour: Behaviour) -> RawSource {
        let listener = super::bind().await;
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&connections);
        let behaviour = Arc::new(Mutex::new(behaviour));
        let heard = Arc::default();
        let (now, ear) = (Arc::clone(&behaviour), Arc::clone(&heard));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                counter.fetch_add(1, Ordering::SeqCst);
                let behaviour = now.lock().unwrap().clone();
                tokio::spawn(behave(stream, behaviour, Arc::clone(&ear)));
            }
        });
        RawSource {
            address,
            connections,
            behaviour,
            heard,
        }
    }

    /// Behaves like this on connections from now on.
    pub fn turns(&self, behaviour: Behaviour) {
        *self.behaviour.lock().unwrap() = behaviour;
    }

    /// What came first over the newest connection: the head and perhaps some of the body.
    pub fn heard(&self) -> String {
        self.heard.lock().unwrap().clone()
    }

    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn behave(mut stream: TcpStream, behaviour: Behaviour, ear: Arc<Mutex<String>>) {
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(count) => head.extend_from_slice(&buffer[..count]),
        }
    }
    *ear.lock().unwrap() = String::from_utf8_lossy(&head).into_owned();
    match behaviour {
        Behaviour::Says(text) => {
            stream.write_all(text.as_bytes()).await.unwrap();
            drain(&mut stream).await;
        }
        Behaviour::SaysAndCloses(text) => {
            stream.write_all(text.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
            drain(&mut stream).await;
        }
        Behaviour::Floods => {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/pdf\r\ncontent-length: 100000000000\r\n\r\nxxxxx";
            stream.write_all(head.as_bytes()).await.unwrap();
            while stream.write_all(&[b'x'; 65_536]).await.is_ok() {}
        }
        Behaviour::Swallows(size) => {
            let end = head
                .windows(4)
                .position(|window| window == b"\r\n\r\n")
                .unwrap()
                + 4;
            let mut left = size - (head.len() - end);
            while left > 0 {
                let count = stream.read(&mut buffer).await.unwrap();
                assert!(count > 0, "the body broke off");
                left -= count;
            }
            let answer = "HTTP/1.1 204 No Content\r\n\r\n";
            stream.write_all(answer.as_bytes()).await.unwrap();
            drain(&mut stream).await;
        }
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
