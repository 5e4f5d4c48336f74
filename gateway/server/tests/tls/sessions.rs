//! No session is ever taken up again: a certificate is judged at every connection.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::HandshakeKind;
use tokio_rustls::rustls::version::{TLS12, TLS13};

use crate::stage::{Stage, stock_client, within};

/// Asks something and reads the answer to its end. Tickets would come with it.
async fn ask(stream: &mut TlsStream<TcpStream>) -> io::Result<Vec<u8>> {
    let request = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request).await?;
    let mut answer = Vec::new();
    within(stream.read_to_end(&mut answer)).await?;
    Ok(answer)
}

#[tokio::test]
async fn a_client_that_wants_to_resume_shakes_hands_again_and_sends_nothing_early() {
    let stage = Stage::start().await;
    for version in [&TLS12, &TLS13] {
        let config = stock_client(version);
        for _ in 0..3 {
            let mut stream = stage.connect(Arc::clone(&config)).await;
            assert!(ask(&mut stream).await.unwrap().ends_with(b"yes"));
            let connection = stream.get_ref().1;
            assert_eq!(connection.protocol_version(), Some(version.version));
            assert_eq!(connection.handshake_kind(), Some(HandshakeKind::Full));
            assert_eq!(connection.tls13_tickets_received(), 0);
            assert!(!connection.is_early_data_accepted());
        }
    }
}

#[tokio::test]
async fn a_session_from_before_the_revocation_opens_no_door() {
    let stage = Stage::start().await;
    let configs = [&TLS12, &TLS13].map(stock_client);
    for config in &configs {
        let mut stream = stage.connect(Arc::clone(config)).await;
        assert!(ask(&mut stream).await.unwrap().ends_with(b"yes"));
    }
    stage.revoke_the_client();
    for config in configs {
        // In TLS 1.3 the client is done before the server has judged it.
        let refused = match stage.try_to_connect(config).await {
            Ok(mut stream) => ask(&mut stream).await.unwrap_err(),
            Err(refused) => refused,
        };
        assert!(
            refused.to_string().contains("CertificateRevoked"),
            "{refused}"
        );
    }
}
