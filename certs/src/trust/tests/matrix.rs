//! What a gateway under PKIoverheid must refuse, in both hierarchies, under the rules of production. Every test has
//! the number of its row in `docs/conformance/pkioverheid.md`.

mod contents;
mod lists;
mod oins;
mod paths;

use rcgen::CertificateParams;

use super::super::*;
use crate::dev_pki::{Authority, DevPki, IssuedLeaf, LeafOptions, Shape};
use crate::test_kit::{
    HOST, NOW, certificates, crls_of, leaf_options, rsa_leaf_key, shaped_pki, with_field,
};
use crate::{AnchorPin, AnchorRule, RevocationLists};

/// No test number: those are refused in production.
const OIN: &str = "00000003123456780000";
const G4_PRODUCTION: &str = "2.16.528.1.1003.1.2.44.15.35.11";
const G4_TRIAL: &str = "2.16.528.1.1003.1.2.41.15.35.11";

type Chain = Vec<CertificateDer<'static>>;
/// Passes, or the rule that is broken.
type Verdict = Result<(), Rule>;

/// A hierarchy of PKIoverheid as a test PKI, trusted as production trusts the real one.
struct Hierarchy {
    shape: Shape,
    pki: DevPki,
}

fn both() -> [Hierarchy; 2] {
    [Shape::G1, Shape::G4].map(|shape| Hierarchy {
        shape,
        pki: shaped_pki(shape),
    })
}

impl Hierarchy {
    fn options(&self) -> LeafOptions<'static> {
        LeafOptions {
            policy_oids: (self.shape == Shape::G4).then_some(&[G4_PRODUCTION]),
            key_pem: Some(rsa_leaf_key()),
            ..leaf_options(OIN)
        }
    }

    fn issue(&mut self) -> IssuedLeaf {
        self.pki.issue(&self.options()).unwrap()
    }

    /// A chain of which nothing can be said.
    fn chain(&mut self) -> Chain {
        certificates(&self.issue().chain_pem)
    }

    fn chain_of(&mut self, options: &LeafOptions<'_>) -> Chain {
        certificates(&self.pki.issue(options).unwrap().chain_pem)
    }

    /// A chain whose leaf `change` has spoiled.
    fn changed(&mut self, change: impl FnOnce(&mut CertificateParams)) -> Chain {
        let options = self.options();
        let issued = self.pki.issue_changed(&options, change).unwrap();
        certificates(&issued.chain_pem)
    }

    /// A chain of which one certificate (0 is the leaf) has another field, signed by its issuer all the same.
    fn with_field(&mut self, index: usize, position: usize, field: &[u8]) -> Chain {
        let mut chain = self.chain();
        let der = with_field(&chain[index], position, field);
        chain[index] = self.signed(index, &der);
        chain
    }

    /// A chain of which one certificate has some octets replaced by as many others.
    fn with_octets(&mut self, index: usize, from: &[u8], to: &[u8]) -> Chain {
        assert_eq!(from.len(), to.len());
        let mut chain = self.chain();
        let mut der = chain[index].to_vec();
        let mut places = (0..=der.len() - from.len()).filter(|at| der[*at..].starts_with(from));
        let at = places.next().unwrap();
        assert_eq!(places.next(), None, "one place to change");
        der[at..at + from.len()].copy_from_slice(to);
        chain[index] = self.signed(index, &der);
        chain
    }

    fn signed(&self, index: usize, der: &[u8]) -> CertificateDer<'static> {
        let issuer = [Authority::Issuing, Authority::Domain, Authority::Root][index];
        self.pki.sign_again(issuer, der).into()
    }

    fn rules(&self) -> TrustRules {
        let root = certificates(&self.pki.anchors_pem());
        TrustRules {
            anchors: AnchorRule::Pinned(vec![AnchorPin::of(&root[0])]),
            ..TrustRules::of(Profile::Production)
        }
    }

    fn trust(&self) -> Trust {
        self.trust_with(&crls_of(&self.pki))
    }

    fn trust_with(&self, lists: &[Vec<u8>]) -> Trust {
        let lists = RevocationLists::from_files(lists).unwrap();
        Trust::new(self.rules(), self.pki.anchors_pem().as_bytes(), lists).unwrap()
    }
}

fn verdict(trust: &Trust, chain: &[CertificateDer<'_>], now: i64) -> Verdict {
    let verified = trust.verify(chain, Usage::Client, now);
    verified.map(drop).map_err(|error| error.rule())
}

/// As [`verdict`], with the lists as they are, now.
fn judged(hierarchy: &Hierarchy, chain: &[CertificateDer<'_>]) -> Verdict {
    verdict(&hierarchy.trust(), chain, NOW)
}
