//! Calls as an application or another organisation makes them.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, Version};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub version: Version,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Checks what every refusal must have: a code, the transaction id, the component and the remedy.
    pub fn assert_refusal(&self, status: u16, code: &str, component: &str) {
        assert_eq!(self.status.as_u16(), status, "{:?}", self.body);
        assert_eq!(self.header("fsc-error-code"), Some(code));
        let body = self.json();
        assert_eq!(body["code"], code);
        assert_eq!(body["component"], component);
        assert!(
            body["remedy"]
                .as_str()
                .is_some_and(|remedy| remedy.len() > 20),
            "{body}"
        );
        let id = self.header("fsc-transaction-id");
        assert_eq!(body["transaction_id"].as_str(), Some(id.expect("an id")));
    }
}

/// A question about persons by burgerservicenummer, as an application of the municipality asks it at the outway.
pub fn raadpleeg(bsn: &str, fields: &[&str], purpose: Option<&str>) -> Request<Full<Bytes>> {
    let body = serde_json::json!({
        "type": "RaadpleegMetBurgerservicenummer", "burgerservicenummer": [bsn], "fields": fields,
    });
    let mut request = Request::post("/brp/haalcentraal/api/brp/personen")
        .header("content-type", "application/json; charset=utf-8")
        .header("sluis-role", "inkomensconsulent")
        .header("sluis-channel", "balie");
    if let Some(purpose) = purpose {
        request = request.header("x-doelbinding", purpose);
    }
    request.body(Full::from(body.to_string())).unwrap()
}

/// A question about the case with this UUID, as the contact centre of the municipality asks it at the outway.
pub fn zaak(uuid: &str) -> Request<Full<Bytes>> {
    Request::get(format!("/zaken/zaken/api/v1/zaken/{uuid}"))
        .header("accept-crs", "EPSG:4326")
        .header("x-doelbinding", "zaakstatus-inlichten")
        .header("sluis-role", "klantcontactmedewerker")
        .header("sluis-channel", "telefoon")
        .body(Full::default())
        .unwrap()
}

/// Calls over plain HTTP/1.1.
pub async fn call(at: SocketAddr, request: Request<Full<Bytes>>) -> Answer {
    let stream = TcpStream::connect(at).await.unwrap();
    send(stream, at, request).await.expect("an answer")
}

/// Calls over TLS with HTTP/1.1; an error when no connection can be made or it ends before the answer.
pub async fn call_tls(
    at: SocketAddr,
    config: Arc<ClientConfig>,
    request: Request<Full<Bytes>>,
) -> Result<Answer, String> {
    let stream = TcpStream::connect(at)
        .await
        .map_err(|error| error.to_string())?;
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(config)
        .connect(name, stream)
        .await
        .map_err(|error| error.to_string())?;
    send(stream, at, request).await
}

async fn send<S>(
    stream: S,
    at: SocketAddr,
    mut request: Request<Full<Bytes>>,
) -> Result<Answer, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| error.to_string())?;
    let connection = tokio::spawn(connection);
    request
        .headers_mut()
        .entry("host")
        .or_insert_with(|| format!("localhost:{}", at.port()).parse().unwrap());
    let response = match sender.send_request(request).await {
        Ok(response) => response,
        // Why it ended is known to the connection: a TLS alert comes only after the handshake in TLS 1.3.
        Err(error) => {
            let ended = connection.await.map_err(|error| error.to_string())?;
            return Err(format!("{error:?}; {ended:?}"));
        }
    };
    let answer = read(response).await?;
    connection.abort();
    Ok(answer)
}

async fn read(response: Response<hyper::body::Incoming>) -> Result<Answer, String> {
    let (head, body) = response.into_parts();
    let body = body
        .collect()
        .await
        .map_err(|error| error.to_string())?
        .to_bytes();
    Ok(Answer {
        version: head.version,
        status: head.status,
        headers: head.headers,
        body,
    })
}
