//! What is not as it was agreed with other organisations: found at a check, kept until it is mended.

use rusqlite::{Connection, Row, params};

use super::contract_table::millis;
use super::{Contracts, StoreError};

/// In how many checks in a row a thing must be found before it is an alarm. What is signed reaches the parties of a contract
/// one after another, and managers are restarted; neither lasts until the next check.
const SEEN_TO_RAISE: u32 = 2;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlarmKind {
    /// The manager of an organisation with which we have agreements does not answer, or not as an FSC manager.
    PeerSilent,
    /// The manager of an organisation moved and does not answer at its new address.
    PeerMoved,
    /// The manager of an organisation with which we have agreements speaks another version of FSC.
    PeerVersion,
    /// A manager answers, and what it has cannot be compared with what we have.
    NotComparable,
    /// A party to a contract that is valid here does not have it.
    ContractMissing,
    /// A party to a contract that is valid here has it as not valid.
    ContractNotValid,
    /// A directory does not list a service that we publish there.
    PublicationMissing,
    /// The directory does not list a service any more that our outway calls.
    ServiceMissing,
}

impl AlarmKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::PeerSilent,
        Self::PeerMoved,
        Self::PeerVersion,
        Self::NotComparable,
        Self::ContractMissing,
        Self::ContractNotValid,
        Self::PublicationMissing,
        Self::ServiceMissing,
    ];

    /// The name in the store, in metrics and in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PeerSilent => "peer-silent",
            Self::PeerMoved => "peer-moved",
            Self::PeerVersion => "peer-version",
            Self::NotComparable => "not-comparable",
            Self::ContractMissing => "contract-missing",
            Self::ContractNotValid => "contract-not-valid",
            Self::PublicationMissing => "publication-missing",
            Self::ServiceMissing => "service-missing",
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::PeerSilent => {
                "ask the organisation whether its manager runs and is reached there; until it answers it hears nothing that is signed here, and gives no new tokens"
            }
            Self::PeerMoved => {
                "ask the organisation for its address, and announce ourselves there with `sluis peer announce PEER-ID --address URL`"
            }
            Self::PeerVersion => {
                "agree with the organisation when it changes to FSC 2.0.0; contracts of another version cannot be converted, so propose them anew afterwards"
            }
            Self::NotComparable => {
                "ask the organisation to see to its manager; until then nobody here can tell whether it still has what was agreed"
            }
            Self::ContractMissing => {
                "ask the organisation what became of it; if it was lost there, propose it anew with `sluis contract propose --like ID`"
            }
            Self::ContractNotValid => {
                "compare with `sluis contract show ID` and ask the organisation; revoke the contract if it is over, else let the organisation send its signatures again"
            }
            Self::PublicationMissing => {
                "ask the administrator of the directory; if it was lost there, publish the service anew with `sluis contract propose --publish`"
            }
            Self::ServiceMissing => {
                "ask the organisation that offers it whether the service ends; calls go on as long as the contract is valid and its inway takes them"
            }
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Something that was found wrong, once or more often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// What kind of thing.
    pub kind: AlarmKind,
    /// The Peer ID of the organisation where it was found.
    pub peer_id: String,
    /// Which contract (its content hash) or service (peer and name) it is about; empty when it is about the organisation.
    pub subject: String,
    /// What is wrong, in one sentence.
    pub what: String,
    /// When it was first found, Unix milliseconds.
    pub since_ms: u64,
    /// In how many checks in a row it was found.
    pub seen: u32,
}

impl Alarm {
    /// Whether it was found often enough to be more than a hitch.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.seen >= SEEN_TO_RAISE
    }

    /// Whether both are about the same thing.
    #[must_use]
    pub fn is_about_the_same_as(&self, other: &Self) -> bool {
        (self.kind, &self.peer_id, &self.subject) == (other.kind, &other.peer_id, &other.subject)
    }
}

impl Contracts {
    /// Everything that was found wrong and is not mended, by organisation; what was found once only is among it.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn alarms(&self) -> Result<Vec<Alarm>, StoreError> {
        self.store().read(all).await
    }

    /// Keeps these in place of what was known of the same things, and forgets what is mended; all or nothing.
    pub(crate) async fn put_alarms(
        &self,
        found: Vec<Alarm>,
        mended: Vec<Alarm>,
    ) -> Result<(), StoreError> {
        self.store()
            .write(move |connection| put(connection, &found, &mended), |()| {})
            .await
    }
}

fn all(connection: &Connection) -> Result<Vec<Alarm>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT kind, peer_id, subject, what, since_ms, seen FROM alarms ORDER BY peer_id, kind, subject",
    )?;
    let rows = statement.query_map([], alarm_of)?;
    // A kind that this version does not know has been written by a later one; it will find it again.
    Ok(rows
        .filter_map(Result::transpose)
        .collect::<Result<_, _>>()?)
}

fn put(connection: &Connection, found: &[Alarm], mended: &[Alarm]) -> Result<(), StoreError> {
    for alarm in mended {
        connection.execute(
            "DELETE FROM alarms WHERE kind = ?1 AND peer_id = ?2 AND subject = ?3",
            params![alarm.kind.as_str(), alarm.peer_id, alarm.subject],
        )?;
    }
    for alarm in found {
        connection.execute(
            "INSERT INTO alarms (kind, peer_id, subject, what, since_ms, seen) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (kind, peer_id, subject) DO UPDATE SET what = excluded.what, seen = excluded.seen",
            params![
                alarm.kind.as_str(),
                alarm.peer_id,
                alarm.subject,
                alarm.what,
                i64::try_from(alarm.since_ms).unwrap_or(i64::MAX),
                alarm.seen,
            ],
        )?;
    }
    Ok(())
}

fn alarm_of(row: &Row<'_>) -> rusqlite::Result<Option<Alarm>> {
    let kind: String = row.get(0)?;
    let Some(kind) = AlarmKind::parse(&kind) else {
        return Ok(None);
    };
    Ok(Some(Alarm {
        kind,
        peer_id: row.get(1)?,
        subject: row.get(2)?,
        what: row.get(3)?,
        since_ms: millis(row.get(4)?),
        seen: row.get(5)?,
    }))
}
