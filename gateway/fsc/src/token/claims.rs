//! What an access token says.

use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};
use sluis_certs::{CertificateThumbprint, PeerId};

use super::TokenError;
use crate::{
    Address, GrantHash, GroupId, ServiceName, ShapeError,
    grant::Grant,
    jws,
    members::{Members, invalid},
};

/// The claims of an access token, by the names of the standard.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Claims {
    /// The grant that allows the connection.
    pub gth: GrantHash,
    /// The group.
    pub gid: GroupId,
    /// The Peer that the token is for. Under delegation see [`ActorClaim`]; read both parties with
    /// [`Claims::parties`].
    pub sub: PeerId,
    /// The Peer that issued the token and offers the service.
    pub iss: PeerId,
    /// The service.
    pub svc: ServiceName,
    /// The inway.
    pub aud: Address,
    /// From when on the token no longer counts, in Unix seconds.
    pub exp: i64,
    /// From when on the token counts, in Unix seconds.
    pub nbf: i64,
    /// `cnf.x5t#S256`: the certificate with which the token may be used.
    #[serde(serialize_with = "confirmation")]
    pub cnf: CertificateThumbprint,
    /// `act.sub`, set when one Peer connects on behalf of another.
    #[serde(serialize_with = "actor", skip_serializing_if = "Option::is_none")]
    pub act: Option<PeerId>,
    /// The Peer on whose behalf the service is offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pdi: Option<PeerId>,
    /// The `properties` of the grant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prp: Option<Map<String, Value>>,
    /// Additional data of the issuer; empty when it has none.
    pub add: Map<String, Value>,
}

/// Whom `act.sub` names when the outway's Peer connects on behalf of a delegator.
///
/// The standard contradicts itself. The description of the claim says that it is the delegator of the
/// grant, and FSC Logging takes `sub` as the Peer of the outway; the last example of the same section
/// has it the other way round, as RFC 8693 does. [`Claims::parties`] understands both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ActorClaim {
    /// `sub` is the outway's Peer, `act.sub` the delegator: the description, and FSC Logging.
    #[default]
    Delegator,
    /// `sub` is the delegator, `act.sub` the outway's Peer: the example, and RFC 8693.
    Outway,
}

/// Who takes part in a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parties {
    /// The Peer whose outway calls.
    pub outway: PeerId,
    /// The Peer on whose behalf it calls, if any.
    pub connection_delegator: Option<PeerId>,
    /// The Peer that offers the service.
    pub service: PeerId,
    /// The Peer on whose behalf the service is offered, if any.
    pub publication_delegator: Option<PeerId>,
}

impl Claims {
    /// Who takes part, given the Peer at the other end of the connection. That Peer is the outway;
    /// under delegation the other of `sub` and `act.sub` is the delegator.
    ///
    /// # Errors
    /// [`TokenError::OtherPeer`] when the token is for another Peer than `connecting`.
    pub fn parties(&self, connecting: &PeerId) -> Result<Parties, TokenError> {
        let connection_delegator = match &self.act {
            None if self.sub == *connecting => None,
            Some(act) if self.sub == *connecting => Some(act.clone()),
            Some(act) if act == connecting => Some(self.sub.clone()),
            _ => return Err(TokenError::OtherPeer),
        };
        Ok(Parties {
            outway: connecting.clone(),
            connection_delegator,
            service: self.iss.clone(),
            publication_delegator: self.pdi.clone(),
        })
    }

    /// Who takes part, given the Peer at the other end of the connection, after every claim that repeats
    /// what the grant says has been held against it: `gth`, `svc`, `iss`, `act` and `pdi`. Whoever
    /// calls or offers on behalf of another can so neither hide that nor name another.
    ///
    /// # Errors
    /// [`TokenError::OtherPeer`] when the token or the grant is for another Peer than `connecting`,
    /// [`TokenError::WrongIssuer`], or [`TokenError::NotTheGrant`] with the claim that differs.
    pub fn parties_under(&self, grant: &Grant, connecting: &PeerId) -> Result<Parties, TokenError> {
        let differs = |claim| Err(TokenError::NotTheGrant { claim });
        if self.gth != *grant.hash() {
            return differs("gth");
        }
        if self.svc != *grant.service_name() {
            return differs("svc");
        }
        if self.iss != *grant.service_peer() {
            return Err(TokenError::WrongIssuer);
        }
        let parties = self.parties(connecting)?;
        if grant.outway().map(|outway| &outway.peer_id) != Some(&parties.outway) {
            return Err(TokenError::OtherPeer);
        }
        if parties.connection_delegator.as_ref() != grant.connection_delegator() {
            return differs("act");
        }
        if parties.publication_delegator.as_ref() != grant.publication_delegator() {
            return differs("pdi");
        }
        Ok(parties)
    }

    /// Reads claims. Claims that the standard does not name are ignored, as RFC 7519 wants.
    pub(super) fn read(payload: Map<String, Value>) -> Result<Self, ShapeError> {
        let mut members = Members::new("", payload);
        let mut cnf = members.object("cnf")?;
        let act = match members.optional_object("act")? {
            Some(mut act) => Some(act.parsed("sub", PeerId::new)?),
            None => None,
        };
        let gth = members.parsed("gth", GrantHash::parse)?;
        if gth.grant_type().is_publication() {
            return Err(invalid(
                "gth".into(),
                "it is the hash of a publication grant, not of a connection",
            ));
        }
        Ok(Self {
            gth,
            gid: members.parsed("gid", GroupId::parse)?,
            sub: members.parsed("sub", PeerId::new)?,
            iss: members.parsed("iss", PeerId::new)?,
            svc: members.parsed("svc", ServiceName::parse)?,
            aud: members.parsed("aud", Address::parse)?,
            exp: members.unix_seconds("exp")?,
            nbf: members.unix_seconds("nbf")?,
            cnf: cnf.parsed("x5t#S256", jws::thumbprint_of)?,
            act,
            pdi: members.optional_parsed("pdi", PeerId::new)?,
            prp: members.optional_map("prp")?,
            add: members.optional_map("add")?.unwrap_or_default(),
        })
    }
}

fn confirmation<S: Serializer>(
    thumbprint: &CertificateThumbprint,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut members = serializer.serialize_map(Some(1))?;
    members.serialize_entry("x5t#S256", thumbprint)?;
    members.end()
}

fn actor<S: Serializer>(actor: &Option<PeerId>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut members = serializer.serialize_map(Some(1))?;
    members.serialize_entry("sub", actor)?;
    members.end()
}
