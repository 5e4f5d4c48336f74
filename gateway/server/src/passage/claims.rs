//! What the caller says of itself: purpose, role, channel, user and application.
//!
//! FSC has no place for these, and suppliers use different header names, so the names are configuration. They are read, taken
//! off, and what is sent on is our own set: purpose, role and channel. User and application stay with the organisation that
//! knows them.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::Refusal;

/// Longest value of such a header, in bytes. It is the column size of the GEMMA Verwerkingenlogging, which suppliers keep to.
pub(super) const CLAIM_BYTES_MAX: usize = 242;

static PURPOSE: HeaderName = HeaderName::from_static("sluis-purpose");
static ROLE: HeaderName = HeaderName::from_static("sluis-role");
static CHANNEL: HeaderName = HeaderName::from_static("sluis-channel");

/// The header names under which each claim may come; the first that is present counts.
#[derive(Debug, Clone)]
pub struct ClaimHeaders {
    /// Processing activity of the register.
    pub purpose: Vec<HeaderName>,
    /// Role of the employee.
    pub role: Vec<HeaderName>,
    /// Channel: desk, paper, web.
    pub channel: Vec<HeaderName>,
    /// The employee; recorded as a pseudonym only, never sent on.
    pub user: Vec<HeaderName>,
    /// The application; recorded, never sent on.
    pub application: Vec<HeaderName>,
}

/// What the caller says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    /// Processing activity of the register.
    pub purpose: Option<Arc<str>>,
    /// Role of the employee.
    pub role: Option<Arc<str>>,
    /// Channel.
    pub channel: Option<Arc<str>>,
    /// The employee.
    pub user: Option<Arc<str>>,
    /// The application.
    pub application: Option<Arc<str>>,
}

impl Claims {
    /// Reads the claims and takes their headers off.
    pub(super) fn take(headers: &mut HeaderMap, names: &ClaimHeaders) -> Result<Claims, Refusal> {
        Ok(Claims {
            purpose: take(headers, &names.purpose)?,
            role: take(headers, &names.role)?,
            channel: take(headers, &names.channel)?,
            user: take(headers, &names.user)?,
            application: take(headers, &names.application)?,
        })
    }

    /// Writes what the next hop may know.
    pub(super) fn forward(&self, headers: &mut HeaderMap) {
        for (name, claim) in [
            (&PURPOSE, &self.purpose),
            (&ROLE, &self.role),
            (&CHANNEL, &self.channel),
        ] {
            if let Some(value) = claim
                .as_ref()
                .and_then(|claim| HeaderValue::from_str(claim).ok())
            {
                headers.insert(name.clone(), value);
            }
        }
    }
}

fn take(headers: &mut HeaderMap, names: &[HeaderName]) -> Result<Option<Arc<str>>, Refusal> {
    let mut found = None;
    for name in names {
        if found.is_none() && headers.contains_key(name) {
            found = Some(single(headers, name)?);
        }
        headers.remove(name);
    }
    Ok(found.filter(|claim| !claim.is_empty()))
}

fn single(headers: &HeaderMap, name: &HeaderName) -> Result<Arc<str>, Refusal> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) if value.len() <= CLAIM_BYTES_MAX => value
            .to_str()
            .map(|text| Arc::from(text.trim()))
            .map_err(|_| Refusal::ClaimUnreadable(name.as_str().to_owned())),
        _ => Err(Refusal::ClaimUnreadable(name.as_str().to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> ClaimHeaders {
        let list = |names: &[&'static str]| {
            names
                .iter()
                .map(|name| HeaderName::from_static(name))
                .collect()
        };
        ClaimHeaders {
            purpose: list(&["sluis-purpose", "x-doelbinding"]),
            role: list(&["sluis-role"]),
            channel: list(&["sluis-channel"]),
            user: list(&["x-gebruiker"]),
            application: list(&["x-toepassing"]),
        }
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn a_suppliers_header_counts_and_is_replaced_by_ours() {
        let mut headers = headers(&[
            ("x-doelbinding", "bijstand-aanvraag"),
            ("x-gebruiker", "j.jansen"),
            ("accept", "*/*"),
        ]);
        let claims = Claims::take(&mut headers, &names()).unwrap();
        assert_eq!(claims.purpose.as_deref(), Some("bijstand-aanvraag"));
        assert_eq!(claims.user.as_deref(), Some("j.jansen"));
        claims.forward(&mut headers);
        let left: Vec<_> = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
            .collect();
        assert_eq!(
            left,
            [("accept", "*/*"), ("sluis-purpose", "bijstand-aanvraag")]
        );
    }

    #[test]
    fn the_first_configured_name_wins_and_the_others_are_taken_off() {
        let mut headers = headers(&[("x-doelbinding", "b"), ("sluis-purpose", "a")]);
        assert_eq!(
            Claims::take(&mut headers, &names())
                .unwrap()
                .purpose
                .as_deref(),
            Some("a")
        );
        assert!(headers.is_empty());
    }

    #[test]
    fn a_repeated_or_overlong_or_unreadable_claim_is_refused() {
        let long = "x".repeat(CLAIM_BYTES_MAX + 1);
        for bad in [
            headers(&[("sluis-purpose", "a"), ("sluis-purpose", "b")]),
            headers(&[("sluis-role", &long)]),
            HeaderMap::from_iter([(CHANNEL.clone(), HeaderValue::from_bytes(b"\xff").unwrap())]),
        ] {
            assert!(matches!(
                Claims::take(&mut bad.clone(), &names()),
                Err(Refusal::ClaimUnreadable(_))
            ));
        }
        let longest = "x".repeat(CLAIM_BYTES_MAX);
        assert!(Claims::take(&mut headers(&[("sluis-role", &longest)]), &names()).is_ok());
    }
}
