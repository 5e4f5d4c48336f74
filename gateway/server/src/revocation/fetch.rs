//! Fetching one list over plain HTTP.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{
    ACCEPT, CONTENT_LENGTH, ETAG, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    LAST_MODIFIED, LOCATION, USER_AGENT,
};
use http::{HeaderMap, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::config::{ListHost, ListUrl};

/// Most redirections that are followed for one list.
const REDIRECTS_MAX: usize = 3;
/// Longest `ETag` and `Last-Modified` that are sent back, in bytes.
const VALIDATOR_BYTES_MAX: usize = 256;

/// Fetches lists from hosts that may be asked. Cheap to clone.
#[derive(Clone)]
pub(super) struct Fetcher {
    client: Client<HttpConnector, Empty<Bytes>>,
    hosts: Arc<BTreeSet<ListHost>>,
    bytes_max: usize,
    timeout: Duration,
}

/// What a server said about a list, to be sent back to it: `ETag` and `Last-Modified` (RFC 9110 section 13).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Validators {
    pub(super) etag: Option<HeaderValue>,
    pub(super) last_modified: Option<HeaderValue>,
}

/// What came of asking.
#[derive(Debug)]
pub(super) enum Fetched {
    /// What was fetched before is what the server has.
    Unchanged,
    /// A list, or whatever the server takes for it.
    Bytes {
        bytes: Bytes,
        validators: Validators,
    },
}

impl Fetcher {
    /// Asks `hosts` only, also when one of them refers to another.
    pub(super) fn new(
        hosts: BTreeSet<ListHost>,
        bytes_max: usize,
        connect_timeout: Duration,
        timeout: Duration,
    ) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(connect_timeout));
        Self {
            // A host is asked a few times a day: no connection is kept.
            client: Client::builder(TokioExecutor::new())
                .pool_max_idle_per_host(0)
                .build(connector),
            hosts: Arc::new(hosts),
            bytes_max,
            timeout,
        }
    }

    /// Whether the host of this address may be asked.
    pub(super) fn may_ask(&self, url: &ListUrl) -> bool {
        self.hosts.contains(&url.host())
    }

    /// Fetches a list, unless it is the one that `validators` came with.
    pub(super) async fn fetch(
        &self,
        url: &ListUrl,
        validators: &Validators,
    ) -> Result<Fetched, FetchError> {
        tokio::time::timeout(self.timeout, self.follow(url, validators))
            .await
            .unwrap_or(Err(FetchError::Timeout))
    }

    async fn follow(&self, url: &ListUrl, validators: &Validators) -> Result<Fetched, FetchError> {
        let mut url = url.clone();
        for _ in 0..=REDIRECTS_MAX {
            if !self.may_ask(&url) {
                let host = url.host().to_string();
                return Err(FetchError::HostNotAllowed { host });
            }
            let answer = self.ask(&url, validators).await?;
            match answer.status() {
                StatusCode::OK => return self.read(answer).await,
                StatusCode::NOT_MODIFIED if validators.any() => return Ok(Fetched::Unchanged),
                StatusCode::MOVED_PERMANENTLY
                | StatusCode::FOUND
                | StatusCode::SEE_OTHER
                | StatusCode::TEMPORARY_REDIRECT
                | StatusCode::PERMANENT_REDIRECT => {
                    url = target(&url, answer.headers()).ok_or(FetchError::Redirect)?;
                }
                status => return Err(FetchError::Status(status.as_u16())),
            }
        }
        Err(FetchError::Redirect)
    }

    async fn ask(
        &self,
        url: &ListUrl,
        validators: &Validators,
    ) -> Result<Response<Incoming>, FetchError> {
        let mut request = Request::get(url.as_str())
            .header(USER_AGENT, "sluis")
            .header(ACCEPT, "application/pkix-crl, */*;q=0.5");
        let conditions: [(HeaderName, &Option<HeaderValue>); 2] = [
            (IF_NONE_MATCH, &validators.etag),
            (IF_MODIFIED_SINCE, &validators.last_modified),
        ];
        for (name, value) in conditions {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        let request = request
            .body(Empty::new())
            .map_err(|_| FetchError::Redirect)?;
        let answer = self.client.request(request).await;
        answer.map_err(|_| FetchError::Connection)
    }

    async fn read(&self, answer: Response<Incoming>) -> Result<Fetched, FetchError> {
        let too_large = || FetchError::TooLarge(self.bytes_max);
        let announced = answer.headers().get(CONTENT_LENGTH);
        let announced = announced.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if announced.is_some_and(|length| length > self.bytes_max) {
            return Err(too_large());
        }
        let validators = Validators::of(answer.headers());
        let body = Limited::new(answer.into_body(), self.bytes_max);
        match body.collect().await {
            Ok(body) => Ok(Fetched::Bytes {
                bytes: body.to_bytes(),
                validators,
            }),
            Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
            Err(_) => Err(FetchError::Connection),
        }
    }
}

impl Validators {
    fn of(headers: &HeaderMap) -> Self {
        let value = |name| {
            let value = headers.get(name).cloned();
            value.filter(|value: &HeaderValue| value.len() <= VALIDATOR_BYTES_MAX)
        };
        Self {
            etag: value(ETAG),
            last_modified: value(LAST_MODIFIED),
        }
    }

    fn any(&self) -> bool {
        self.etag.is_some() || self.last_modified.is_some()
    }
}

/// Where an answer refers to: another address, or another path on the same host.
fn target(from: &ListUrl, headers: &HeaderMap) -> Option<ListUrl> {
    let location = headers.get(LOCATION)?.to_str().ok()?;
    if location.starts_with('/') && !location.starts_with("//") {
        let from: Uri = from.as_str().parse().ok()?;
        return format!("http://{}{location}", from.authority()?)
            .parse()
            .ok();
    }
    location.parse().ok()
}

/// Why a list was not fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum FetchError {
    /// The host is on no list of hosts; the certificate or a redirection names it.
    #[error("host `{host}` is not in trust.crl_hosts; add it if it may be asked")]
    HostNotAllowed {
        /// The host, with its port unless that is 80.
        host: String,
    },
    /// No answer, or one that breaks off.
    #[error("the connection failed or broke off; check that the host can be reached from here")]
    Connection,
    /// It took too long.
    #[error("fetching took longer than limits.crl_fetch_timeout_ms")]
    Timeout,
    /// The server said no.
    #[error("the server answered with status {0}")]
    Status(u16),
    /// Redirections without end, or to something else than a list over plain HTTP.
    #[error("the server redirects too often, or to something else than an `http://` address")]
    Redirect,
    /// The answer is larger than allowed.
    #[error("the answer has more than {0} bytes (limits.crl_bytes_max)")]
    TooLarge(usize),
}

impl FetchError {
    /// A stable label for metrics and logs.
    pub(super) fn reason(&self) -> &'static str {
        match self {
            Self::HostNotAllowed { .. } => "host-not-allowed",
            Self::Connection => "connection",
            Self::Timeout => "timeout",
            Self::Status(_) => "status",
            Self::Redirect => "redirect",
            Self::TooLarge(_) => "too-large",
        }
    }
}
