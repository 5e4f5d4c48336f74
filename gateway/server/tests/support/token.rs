//! Tokens as the manager of Uitvoeringsinstituut Werk issues them, and worse.

use sluis::demo::parties::{UIW, VOORBEELD};
use sluis_certs::{Identity, PeerId};
use sluis_fsc::token::{ActorClaim, Claims, Grounds, issue};
use sluis_fsc::{Address, GroupId};

use super::World;

/// The certificate and key of a party.
pub fn identity(world: &World, party: &str) -> Identity {
    let pki = world.federation.root.join(party).join("pki");
    let read = |name: &str| std::fs::read(pki.join(name)).unwrap();
    Identity::from_pem(&read("chain.pem"), &read("key.pem")).unwrap()
}

/// A token as the manager of Uitvoeringsinstituut Werk would issue it, with something changed.
pub async fn forged(world: &World, signer: &Identity, change: impl FnOnce(&mut Claims)) -> String {
    let now = world.clock.unix_seconds();
    let inway = world.uiw.addresses().inway.unwrap().port();
    let uiw = PeerId::new(UIW.oin).unwrap();
    let index = world.uiw.contracts().index();
    let voorbeeld = world.voorbeeld.contracts().index();
    let entry = voorbeeld
        .connections_to(UIW.oin, "brp-personen")
        .first()
        .expect("a contract");
    assert!(index.by_hash(&entry.grant_hash).is_some());
    let mut claims = Claims::for_grant(&Grounds {
        grant: &entry.grant,
        validity: entry.validity(),
        group_id: &GroupId::parse("sluis.demo").unwrap(),
        issuer: &uiw,
        inway: &Address::parse(&format!("https://localhost:{inway}")).unwrap(),
        client: identity(world, VOORBEELD.short).peer(),
        now_unix_seconds: now,
        lifetime_seconds: 300,
        actor_claim: ActorClaim::default(),
        additional_data: serde_json::Map::new(),
    })
    .unwrap();
    change(&mut claims);
    format!("Bearer {}", issue(&claims, signer).unwrap())
}
