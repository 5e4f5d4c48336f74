//! Who is slow, or comes with many.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::hello::{Hello, TLS_1_2, TLS_1_3};
use crate::stage::{Stage, client, long_chain_client, within};

/// However far it got: nothing said, half a record, a whole hello and then silence.
#[tokio::test]
async fn a_handshake_that_takes_too_long_loses_its_connection() {
    let stage = Stage::start_with(|limits| {
        limits.tls_handshake_timeout = Duration::from_millis(200);
    })
    .await;
    let hello = Hello::new(TLS_1_3, &[0x1302]).record();
    for said in [0, 3, hello.len() / 2, hello.len()] {
        let mut stream = TcpStream::connect(stage.address).await.unwrap();
        stream.write_all(&hello[..said]).await.unwrap();
        let mut answer = Vec::new();
        // The end comes as an end or as a reset, depending on what was not read yet.
        let _ = within(stream.read_to_end(&mut answer)).await;
        assert_eq!(answer.is_empty(), said < hello.len(), "{said} octets");
    }
    assert_eq!(stage.connections.count(), 0);
}

/// The operating system keeps those who wait, and the listener serves those who are in.
#[tokio::test]
async fn no_more_connections_are_taken_than_the_limit_says() {
    let stage = Stage::start_with(|limits| limits.connections_max = 2).await;
    let first = stage.connect(client(|_| ())).await;
    let silent = TcpStream::connect(stage.address).await.unwrap();
    let mut waiting = TcpStream::connect(stage.address).await.unwrap();
    let hello = Hello::new(TLS_1_2, &[0xc030]).record();
    waiting.write_all(&hello).await.unwrap();
    let answer = tokio::time::timeout(Duration::from_millis(200), waiting.read_u8()).await;
    assert!(answer.is_err(), "a third was served");
    drop(silent);
    assert_eq!(within(waiting.read_u8()).await.unwrap(), 22, "its turn");
    drop(first);
}

/// Beyond what a handshake may hold, a record is refused before it is read whole.
#[tokio::test]
async fn a_record_that_is_too_long_is_refused() {
    let stage = Stage::start().await;
    let mut stream = TcpStream::connect(stage.address).await.unwrap();
    stream.write_all(&[22, 3, 1, 0xff, 0xff, 1]).await.unwrap();
    let mut answer = [0; 7];
    within(stream.read_exact(&mut answer)).await.unwrap();
    assert_eq!(answer[0], 21, "an alert: {answer:?}");
}

/// More certificates than a chain can have, up to more than a message of the handshake may hold.
#[tokio::test]
async fn a_chain_that_is_too_long_is_refused() {
    let stage = Stage::start().await;
    for (certificates, reason) in [(17, "CertificateUnknown"), (120, "")] {
        let mut refused = stage.try_to_connect(long_chain_client(certificates)).await;
        if let Ok(stream) = &mut refused {
            // In TLS 1.3 the client is done before the server has judged it.
            let _ = stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await;
            let read = within(stream.read_u8()).await;
            refused = Err(read.expect_err("an answer"));
        }
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains(reason), "{certificates}: {refused}");
    }
    stage.connect(long_chain_client(3)).await;
}
