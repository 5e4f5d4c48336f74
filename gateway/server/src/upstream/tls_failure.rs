//! Telling a failed TLS handshake from an address where nobody answers.

use std::error::Error;
use std::io;
use std::iter::successors;

use sluis_certs::{VerifyError, tls};
use tokio_rustls::rustls;

/// Why TLS failed, as a label of [`tls::handshake_reason`], when that is what kept a request from its answer. A certificate
/// that the other side does not accept is told after our side of the handshake is done, so this looks at every error of a
/// connection and not only at those of making one.
pub(crate) fn tls_failure(error: &(dyn Error + 'static)) -> Option<&'static str> {
    successors(Some(error), |&error| error.source())
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .find(|io| {
            io.get_ref()
                .is_some_and(|inner| inner.is::<rustls::Error>() || inner.is::<VerifyError>())
        })
        .map(|io| tls::handshake_reason(io))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_certificate_is_told_from_a_port_where_nobody_listens() {
        let alert = rustls::Error::AlertReceived(rustls::AlertDescription::CertificateRevoked);
        let refused = io::Error::new(io::ErrorKind::InvalidData, alert);
        assert_eq!(tls_failure(&refused), Some("refused-by-peer"));
        let nobody = io::Error::from(io::ErrorKind::ConnectionRefused);
        assert_eq!(tls_failure(&nobody), None);
        let slow = io::Error::new(io::ErrorKind::TimedOut, "connecting took too long");
        assert_eq!(tls_failure(&slow), None);
    }
}
