//! A caller that can say anything: one TLS connection per request, any header, any body.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use serde_json::{Value, json};
use sluis_certs::{Identity, Trust, tls};
use sluis_fsc::contract::{Content, Draft};
use sluis_fsc::grant::GrantData;
use sluis_fsc::signature::{self, SignatureType};
use sluis_fsc::{Address, GroupId};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::world::{NOW, Party, World, today};

/// Somebody with a certificate and without a manager.
pub(crate) struct Raw {
    pub(crate) identity: Identity,
    trust: Trust,
    time: std::sync::Arc<dyn tokio_rustls::rustls::time_provider::TimeProvider>,
    /// What to say in `Fsc-Manager-Address`.
    pub(crate) address: Address,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The code in the header, which must be the one in the body.
    pub(crate) fn code(&self) -> String {
        let header = self
            .headers
            .get("fsc-error-code")
            .map(|value| value.to_str().unwrap().to_owned());
        let body = self.json();
        assert_eq!(header.as_deref(), body["code"].as_str(), "{body}");
        if header.is_some() {
            assert_eq!(body["domain"], "ERROR_DOMAIN_MANAGER");
            assert!(
                body["message"]
                    .as_str()
                    .is_some_and(|message| !message.is_empty())
            );
        }
        header.unwrap_or_default()
    }

    /// Status and code together.
    pub(crate) fn verdict(&self) -> (u16, String) {
        (self.status.as_u16(), self.code())
    }
}

impl Raw {
    pub(crate) fn new(world: &World, identity: Identity) -> Self {
        Self {
            identity,
            trust: world.trust.clone(),
            time: world.clock.time_provider(),
            address: Address::parse("https://localhost:1").unwrap(),
        }
    }

    pub(crate) async fn send(
        &self,
        to: &Party,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        let config = tls::client_config(
            &self.identity,
            &self.trust,
            to.id(),
            &[b"http/1.1"],
            self.time.clone(),
        );
        let tcp = TcpStream::connect((to.address.host(), to.address.port()))
            .await
            .unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let stream = TlsConnector::from(config.unwrap())
            .connect(name, tcp)
            .await
            .unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .unwrap();
        let driver = tokio::spawn(connection);
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", to.address.authority());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = sender
            .send_request(request.body(Full::new(body.into())).unwrap())
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        driver.abort();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    pub(crate) async fn get(&self, to: &Party, path: &str) -> Answer {
        self.send(to, Method::GET, path, &[], Bytes::new()).await
    }

    pub(crate) async fn announce(&self, to: &Party) -> Answer {
        self.send(
            to,
            Method::PUT,
            "/v1/announce",
            &[("fsc-manager-address", self.address.as_str())],
            Bytes::new(),
        )
        .await
    }

    /// Sends content and signature as they are.
    pub(crate) async fn post_contract(
        &self,
        to: &Party,
        content: &Value,
        signature: &str,
    ) -> Answer {
        let body = json!({ "content": content, "signature": signature }).to_string();
        self.send(
            to,
            Method::POST,
            "/v1/contracts",
            &self.json_headers(),
            body,
        )
        .await
    }

    /// Submits with a proper accept signature.
    pub(crate) async fn submit(&self, to: &Party, content: &Content) -> Answer {
        self.post_contract(
            to,
            &value_of(content),
            &self.sign(content, SignatureType::Accept),
        )
        .await
    }

    /// Places a signature as it is.
    pub(crate) async fn put(
        &self,
        to: &Party,
        hash: &str,
        action: &str,
        content: &Content,
        signature: &str,
    ) -> Answer {
        let body = json!({ "content": value_of(content), "signature": signature }).to_string();
        self.send(
            to,
            Method::PUT,
            &format!("/v1/contracts/{hash}/{action}"),
            &self.json_headers(),
            body,
        )
        .await
    }

    /// Places a proper signature.
    pub(crate) async fn place(
        &self,
        to: &Party,
        content: &Content,
        signature_type: SignatureType,
    ) -> Answer {
        let signature = self.sign(content, signature_type);
        self.put(
            to,
            content.hash().as_str(),
            signature_type.as_str(),
            content,
            &signature,
        )
        .await
    }

    pub(crate) async fn token(&self, to: &Party, form: &str) -> Answer {
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        self.send(to, Method::POST, "/v1/token", &headers, form.to_owned())
            .await
    }

    pub(crate) fn sign(&self, content: &Content, signature_type: SignatureType) -> String {
        signature::sign(content.hash(), signature_type, NOW, &self.identity).unwrap()
    }

    fn json_headers(&self) -> [(&str, &str); 2] {
        [
            ("content-type", "application/json"),
            ("fsc-manager-address", self.address.as_str()),
        ]
    }
}

/// Content as it travels.
pub(crate) fn value_of(content: &Content) -> Value {
    serde_json::from_str(content.canonical_json()).unwrap()
}

/// A contract of the group of the tests, valid today.
pub(crate) fn contract(grants: Vec<GrantData>) -> Content {
    contract_in("test.example", grants)
}

pub(crate) fn contract_in(group: &str, grants: Vec<GrantData>) -> Content {
    Content::new(&Draft {
        iv: uuid::Uuid::now_v7(),
        group_id: GroupId::parse(group).unwrap(),
        validity: today(),
        grants,
        created_at: NOW,
    })
    .unwrap()
}
