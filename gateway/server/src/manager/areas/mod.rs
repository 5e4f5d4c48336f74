//! Regulated Areas: services that only their members may use and publish (FSC Regulated Area, draft of 2025).
//!
//! Who is a member the Membership Administrators of the configuration say, never one that only a contract names. It is asked
//! before a contract is signed and before a token is issued; what cannot be found out is not allowed.

mod area;
mod verdict;

use std::collections::BTreeSet;

use sluis_certs::PeerId;
use sluis_fsc::contract::Content;
use sluis_fsc::error::ErrorCode;
use sluis_fsc::grant::{GrantData, RegulatedArea};

use super::Refusal;
use super::settings::AreaSettings;
use super::state::State;
use area::Area;

pub(super) use verdict::Membership;

/// What the `/token` endpoint says of a peer that is no member; the words are the draft's.
pub(super) const NO_MEMBER: &str = "Peer is not a member of the Regulated Area";

/// The Regulated Areas of the configuration.
pub(super) struct Areas {
    areas: Vec<Area>,
}

/// Who must be a member before something is signed or issued.
struct Concern<'a> {
    area: &'a Area,
    peers: BTreeSet<&'a PeerId>,
}

impl Areas {
    pub(super) fn new(settings: &[AreaSettings]) -> Self {
        Self {
            areas: settings.iter().cloned().map(Area::new).collect(),
        }
    }

    /// Whether there are none, so that nothing of this counts.
    pub(super) fn is_empty(&self) -> bool {
        self.areas.is_empty()
    }

    /// The area to which a service of ours belongs.
    fn of_service(&self, service: &str) -> Option<&Area> {
        self.areas.iter().find(|area| area.has_service(service))
    }

    /// The area that a grant has to do with for us: as the provider of a service in one, or as the directory in which a
    /// service of one is published.
    fn of_grant(&self, grant: &GrantData, own: &PeerId) -> Option<&Area> {
        if grant.outway().is_some() {
            let service = grant.service_name().as_str();
            return (grant.service_peer() == own)
                .then(|| self.of_service(service))
                .flatten();
        }
        let named = named_for_listing(grant, own)?;
        self.areas.iter().find(|area| *area.name() == named.name)
    }

    /// Whether the properties about an area in this grant are checked here, so that no person has to look at them.
    pub(super) fn understands(&self, grant: &GrantData, own: &PeerId) -> bool {
        self.of_grant(grant, own).is_some()
    }

    /// Who must be a member because of a grant; a sentence when the grant does not name the area as it must.
    fn concern<'a>(
        &'a self,
        grant: &'a GrantData,
        own: &'a PeerId,
    ) -> Result<Option<Concern<'a>>, String> {
        let Some(area) = self.of_grant(grant, own) else {
            let named = named_for_listing(grant, own).filter(|_| !self.is_empty());
            return match named {
                // To list it would be to say that somebody checked.
                Some(named) => Err(format!(
                    "the Regulated Area `{}` is none whose services are listed here",
                    named.name
                )),
                None => Ok(None),
            };
        };
        let (service, name) = (grant.service_name(), area.name());
        let named = RegulatedArea::of(grant).map_err(|error| error.to_string())?;
        let is_right = named.is_some_and(|named| {
            named.name == *name && area.is_administered_by(&named.administrator)
        });
        if !is_right {
            return Err(format!(
                "service `{service}` is part of Regulated Area `{name}`, and the grant does not name that area and one of its Membership Administrators in the properties `{}` and `{}`",
                RegulatedArea::NAME,
                RegulatedArea::ADMINISTRATOR
            ));
        }
        // Of a publication the draft asks it of whoever offers the service; of a connection of everybody in it.
        let peers = match grant.outway() {
            Some(_) => grant.peers(),
            None => [grant.service_peer()].into(),
        };
        Ok(Some(Concern { area, peers }))
    }
}

impl State {
    /// Refuses a contract whose grants name different areas, or of which only some name one.
    pub(super) fn check_areas(&self, content: &Content) -> Result<(), Refusal> {
        if self.areas.is_empty() {
            return Ok(());
        }
        let mut named = Vec::new();
        for grant in content.grants() {
            let area = RegulatedArea::of(grant.data());
            named.push(area.map_err(|error| Refusal::Unreadable(error.to_string()))?);
        }
        if named.iter().all(|area| Some(area) == named.first()) {
            return Ok(());
        }
        let message = "grants with different `regulated_area_name` or `membership_administrator_peer_id`, or with and without, do not go together in one contract; make one contract for each area";
        Err(Refusal::Fsc(
            ErrorCode::GrantCombinationNotAllowed,
            message.to_owned(),
        ))
    }

    /// Whether everybody is a member who has to be before we sign this contract.
    pub(super) async fn membership_for(&self, content: &Content) -> Membership {
        let grants = content.grants().iter().map(|grant| grant.data());
        self.membership(grants).await
    }

    /// Whether everybody is a member who has to be for these grants.
    pub(super) async fn membership(
        &self,
        grants: impl Iterator<Item = &GrantData> + Send,
    ) -> Membership {
        let mut known = Membership::AsItShouldBe;
        for grant in grants {
            let found = match self.areas.concern(grant, self.own()) {
                Ok(None) => Membership::AsItShouldBe,
                Ok(Some(concern)) => self.are_members(&concern).await,
                Err(what) => Membership::Not(what),
            };
            known = known.or_worse(found);
        }
        known
    }

    async fn are_members(&self, concern: &Concern<'_>) -> Membership {
        let Concern { area, peers } = concern;
        let now = self.clock.unix_seconds();
        match area.who_is_not(peers, &self.client, now).await {
            Ok(not) if not.is_empty() => Membership::AsItShouldBe,
            Ok(not) => Membership::Not(format!(
                "peer {} is not a member of the Regulated Area `{}`",
                not.iter()
                    .map(|peer| peer.as_str())
                    .collect::<Vec<_>>()
                    .join(" and peer "),
                area.name()
            )),
            Err(error) => Membership::Unknown(format!(
                "who is a member of the Regulated Area `{}` cannot be found out: {error}",
                area.name()
            )),
        }
    }

    /// Writes the area of a service of ours into a grant that publishes it, where the grant does not say one.
    pub(super) fn name_area(&self, grant: &mut GrantData) {
        if grant.service_peer() != self.own() || RegulatedArea::of(grant) != Ok(None) {
            return;
        }
        let area = self.areas.of_service(grant.service_name().as_str());
        let Some(named) = area.and_then(Area::as_named) else {
            return;
        };
        if let GrantData::ServicePublication { properties, .. }
        | GrantData::DelegatedServicePublication { properties, .. } = grant
        {
            named.write_to(properties.get_or_insert_default());
        }
    }
}

/// The area that a grant names which asks us as directory to list a service.
fn named_for_listing(grant: &GrantData, own: &PeerId) -> Option<RegulatedArea> {
    let named = RegulatedArea::of(grant).ok().flatten();
    named.filter(|_| grant.directory() == Some(own))
}

/// Whether a grant has a property that nobody here looks into.
pub(super) fn has_other_properties(
    grant: &GrantData,
    understood: &[&str],
    areas: &Areas,
    own: &PeerId,
) -> bool {
    let of_area = [RegulatedArea::NAME, RegulatedArea::ADMINISTRATOR];
    let is_understood = |name: &String| {
        let name = name.as_str();
        understood.contains(&name) || (of_area.contains(&name) && areas.understands(grant, own))
    };
    let names = grant.properties().into_iter().flat_map(|one| one.keys());
    names.into_iter().any(|name| !is_understood(name))
}
