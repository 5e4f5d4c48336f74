mod inway;
mod issuing;
mod outway;

use serde_json::{Map, Value, json};
use sluis_certs::{Attribute, Peer, PeerId};

use super::*;
use crate::{Address, GroupId, contract::Content, fixtures::*};

const LIFETIME: i64 = 300;

/// A grant that admits the test client, made from this one.
fn admitting(mut grant: Value) -> Content {
    if let Some(thumbprint) = grant.pointer_mut("/outway/identification/public_key_thumbprint") {
        *thumbprint = json!(CLIENT.identity.peer().public_key_thumbprint);
    }
    content(&[grant])
}

struct Case {
    content: Content,
    group: GroupId,
    issuer: PeerId,
    inway: Address,
    client: Peer,
    actor_claim: ActorClaim,
}

impl Case {
    fn new(grant: Value) -> Self {
        Self {
            content: admitting(grant),
            group: group(),
            issuer: peer(SERVICE_PEER),
            inway: Address::parse("https://inway.example").unwrap(),
            client: CLIENT.identity.peer().clone(),
            actor_claim: ActorClaim::default(),
        }
    }

    fn grounds(&self) -> Grounds<'_> {
        Grounds {
            grant: &self.content.grants()[0],
            validity: self.content.validity(),
            group_id: &self.group,
            issuer: &self.issuer,
            inway: &self.inway,
            client: &self.client,
            now_unix_seconds: NOW,
            lifetime_seconds: LIFETIME,
            actor_claim: self.actor_claim,
            additional_data: Map::new(),
        }
    }

    fn claims(&self) -> Claims {
        Claims::for_grant(&self.grounds()).unwrap()
    }
}

fn signers() -> SigningCertificates {
    let certificates = [
        RSA.certificate(),
        P256.certificate(),
        P384.certificate(),
        P521.certificate(),
    ];
    SigningCertificates::new(&peer(SERVICE_PEER), Attribute::SerialNumber, certificates).unwrap()
}

fn client() -> PeerId {
    peer(OUTWAY_PEER)
}
