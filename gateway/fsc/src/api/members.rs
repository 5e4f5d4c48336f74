//! Who is a member of a Regulated Area (FSC Regulated Area, draft of 2025: `regulated-area.yaml` 0.0.1).

use serde::{Deserialize, Serialize};
use sluis_certs::PeerId;

use super::{PageRequest, Pagination, form};
use crate::AreaName;

/// The answer of `GET /regulated-areas/{name}/members`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembersPage {
    /// The members.
    pub members: Vec<MemberEntry>,
    /// Where the list goes on.
    #[serde(default)]
    pub pagination: Pagination,
}

/// A member in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberEntry {
    /// The member.
    pub peer: Member,
}

/// A member; who validated it is left out, because every Membership Administrator speaks for the whole area.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The Peer.
    pub id: PeerId,
    /// What it is in the area.
    pub role: MemberRole,
}

/// What a Peer is in a Regulated Area. Both are members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MemberRole {
    /// It takes part.
    #[serde(rename = "MEMBER")]
    Member,
    /// It decides who takes part.
    #[serde(rename = "MEMBERSHIP_ADMINISTRATOR")]
    MembershipAdministrator,
}

/// The query of `GET /regulated-areas/{name}/members`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MembersQuery {
    /// Which page.
    pub page: PageRequest,
    /// Only these Peers, as far as they are members. The draft lets a Membership Administrator ignore paging then; one that
    /// ignores this gives everybody.
    pub peer_ids: Vec<PeerId>,
}

impl MembersQuery {
    /// Path and query, without the `/v1` in front. The path has no slash at its end, as in the text of the draft; its
    /// OpenAPI file has one.
    #[must_use]
    pub fn to_path(&self, area: &AreaName) -> String {
        let mut pairs = self.page.pairs();
        if !self.peer_ids.is_empty() {
            let ids: Vec<&str> = self.peer_ids.iter().map(PeerId::as_str).collect();
            pairs.push(("peer_id", ids.join(",")));
        }
        let query = form::encode(pairs.iter().map(|(name, value)| (*name, value.as_str())));
        format!("/regulated-areas/{area}/members?{query}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_the_draft_is_read() {
        let text = r#"{"members": [
            {"peer": {"id": "00000099000000001000", "role": "MEMBER",
                      "validated_by": {"membership_administrator_peer_id": "00000099000000002000"}}},
            {"peer": {"id": "00000099000000002000", "role": "MEMBERSHIP_ADMINISTRATOR"}}
        ], "pagination": {"next_cursor": "x"}}"#;
        let page: MembersPage = serde_json::from_str(text).unwrap();
        let roles: Vec<MemberRole> = page.members.iter().map(|one| one.peer.role).collect();
        assert_eq!(
            roles,
            [MemberRole::Member, MemberRole::MembershipAdministrator]
        );
        assert_eq!(page.pagination.next_cursor, "x");
        for bad in [r#"{}"#, r#"{"members": [{"peer": {"id": "1"}}]}"#] {
            assert!(serde_json::from_str::<MembersPage>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_question_names_the_peers() {
        let query = MembersQuery {
            page: PageRequest::first(100),
            peer_ids: ["00000099000000001000", "00000099000000002000"]
                .map(|id| PeerId::new(id).unwrap())
                .to_vec(),
        };
        let path = query.to_path(&AreaName::parse("test-area").unwrap());
        assert!(
            path.starts_with("/regulated-areas/test-area/members?"),
            "{path}"
        );
        assert!(
            path.ends_with("peer_id=00000099000000001000%2C00000099000000002000"),
            "{path}"
        );
    }
}
