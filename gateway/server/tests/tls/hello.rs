//! A client's first message, octet by octet: for what no good client can be made to say.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::stage::within;

pub(crate) const SSL_3_0: u16 = 0x0300;
pub(crate) const TLS_1_0: u16 = 0x0301;
pub(crate) const TLS_1_1: u16 = 0x0302;
pub(crate) const TLS_1_2: u16 = 0x0303;
pub(crate) const TLS_1_3: u16 = 0x0304;

/// A ClientHello (RFC 5246 section 7.4.1.2, RFC 8446 section 4.1.2).
#[derive(Clone)]
pub(crate) struct Hello {
    pub(crate) version: u16,
    pub(crate) suites: Vec<u16>,
    pub(crate) compressions: Vec<u8>,
    pub(crate) groups: Vec<u16>,
    pub(crate) schemes: Vec<u16>,
    pub(crate) extended_master_secret: bool,
    pub(crate) protocols: Vec<&'static [u8]>,
}

impl Hello {
    /// One that is accepted with one of these suites.
    pub(crate) fn new(version: u16, suites: &[u16]) -> Self {
        Self {
            version,
            suites: suites.to_vec(),
            compressions: vec![0],
            // X25519, secp256r1
            groups: vec![0x001d, 0x0017],
            // rsa_pss_rsae_sha512, rsa_pss_rsae_sha256, rsa_pkcs1_sha256
            schemes: vec![0x0806, 0x0804, 0x0401],
            extended_master_secret: true,
            protocols: vec![b"http/1.1"],
        }
    }

    /// The record to send.
    pub(crate) fn record(&self) -> Vec<u8> {
        let legacy = self.version.min(TLS_1_2).to_be_bytes();
        let mut body = legacy.to_vec();
        body.extend([7; 32]);
        body.push(0);
        body.extend(counted_16(&numbers(&self.suites)));
        body.extend(counted_8(&self.compressions));
        if self.version >= TLS_1_0 {
            body.extend(counted_16(&self.extensions()));
        }
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        let message = [&[1], &length[1..], &body].concat();
        [&[22, 3, 1][..], &counted_16(&message)].concat()
    }

    fn extensions(&self) -> Vec<u8> {
        let mut extensions = Vec::new();
        let mut add = |kind: u16, value: &[u8]| {
            extensions.extend(kind.to_be_bytes());
            extensions.extend(counted_16(value));
        };
        add(10, &counted_16(&numbers(&self.groups)));
        add(11, &counted_8(&[0]));
        add(13, &counted_16(&numbers(&self.schemes)));
        let protocols: Vec<u8> = self
            .protocols
            .iter()
            .flat_map(|name| counted_8(name))
            .collect();
        add(16, &counted_16(&protocols));
        if self.extended_master_secret {
            add(23, &[]);
        }
        add(0xff01, &[0]);
        if self.version == TLS_1_3 {
            add(43, &counted_8(&TLS_1_3.to_be_bytes()));
            let share = [&0x001d_u16.to_be_bytes()[..], &counted_16(&[9; 32])].concat();
            add(51, &counted_16(&share));
        }
        extensions
    }

    /// Says it and hears the first words of the answer.
    pub(crate) async fn say(&self, to: SocketAddr) -> Reply {
        let mut stream = TcpStream::connect(to).await.unwrap();
        stream.write_all(&self.record()).await.unwrap();
        within(Reply::read(&mut stream)).await
    }
}

/// How a server begins its answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// ServerHello.
    Accepted {
        suite: u16,
        compression: u8,
        extensions: Vec<u16>,
    },
    /// The number of the alert (RFC 8446 section 6).
    Refused(u8),
}

impl Reply {
    async fn read(stream: &mut TcpStream) -> Self {
        let mut head = [0; 5];
        stream.read_exact(&mut head).await.unwrap();
        let mut record = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
        stream.read_exact(&mut record).await.unwrap();
        if head[0] == 21 {
            return Self::Refused(record[1]);
        }
        assert_eq!((head[0], record[0]), (22, 2), "a ServerHello");
        // Message head (4), version (2), random (32), session.
        let suite = 4 + 2 + 32 + 1 + usize::from(record[38]);
        let number = |at: usize| u16::from_be_bytes([record[at], record[at + 1]]);
        let mut extensions = Vec::new();
        let mut at = suite + 5;
        while at < at.max(suite + 5 + usize::from(number(suite + 3))) {
            extensions.push(number(at));
            at += 4 + usize::from(number(at + 2));
        }
        Self::Accepted {
            suite: number(suite),
            compression: record[suite + 2],
            extensions,
        }
    }

    /// The suite that was chosen.
    pub(crate) fn suite(&self) -> Option<u16> {
        match self {
            Self::Accepted { suite, .. } => Some(*suite),
            Self::Refused(_) => None,
        }
    }
}

fn numbers(numbers: &[u16]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.to_be_bytes())
        .collect()
}

fn counted_8(bytes: &[u8]) -> Vec<u8> {
    [&[u8::try_from(bytes.len()).unwrap()], bytes].concat()
}

fn counted_16(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
    [&length, bytes].concat()
}
