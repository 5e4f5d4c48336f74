//! Three organisations, of which one is the directory as well.

use sluis::clock::Clock;
use sluis::demo::federation::{GROUP_ID, Plans};
use sluis::demo::parties::{SSC, UIW, VOORBEELD};
use sluis::demo::party_files::{PartyFiles, PartyPlan, ServicePlan};
use sluis::demo::ports::free_ports;
use tempfile::TempDir;

use super::line::Line;
use super::party::Party;

/// The service that each of them offers.
pub(crate) const SERVICE: &str = "register";

/// Publications are accepted by the directory, delegated ones too; so that a gateway signs by itself when a contract comes in.
const DIRECTORY_RULES: &str = "rules:
  - { rule: gewoon, decide: accept, because: iedereen publiceert, when: { grants: [publication] } }
  - { rule: namens, decide: accept, because: iedereen publiceert, when: { grants: [publication, delegated-publication], offered_on_behalf_of: [anyone] } }
";
/// One organisation is not called on behalf of another.
const REJECTING_RULES: &str = "rules:
  - { rule: niet-namens, decide: reject, because: dat doen we niet, when: { grants: [delegated-connection], on_behalf_of: [\"00000099000000003000\"] } }
";

/// One accepts who wants to connect, unless on behalf of another.
const ACCEPTING_RULES: &str = "rules:
  - { rule: gewoon, decide: accept, because: dat mag, when: { grants: [connection] } }
";

/// The organisations, running.
pub(crate) struct Federation {
    pub(crate) parties: [Party; 3],
    pub(crate) clock: Clock,
    _folder: TempDir,
}

impl Federation {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::system();
        let now = clock.unix_seconds();
        let mut pki = Plans::pki(now).unwrap();
        let lines = free_ports(3).unwrap();
        let nowhere = ([127, 0, 0, 1], 9).into();
        let mut parties = Vec::new();
        for (party, line) in [VOORBEELD, UIW, SSC].into_iter().zip(&lines) {
            let mut plan = PartyPlan::new(party).unwrap();
            plan.services = vec![ServicePlan::new(SERVICE, nowhere)];
            plan.is_directory = party == VOORBEELD;
            if party != VOORBEELD {
                plan.directory = Some((VOORBEELD.oin.to_owned(), lines[0]));
            }
            let rules = match party {
                VOORBEELD => DIRECTORY_RULES,
                UIW => REJECTING_RULES,
                _ => ACCEPTING_RULES,
            };
            plan.policy = vec![("contracts.yaml".to_owned(), rules.to_owned())];
            let files = plan.write(folder.path(), GROUP_ID, &mut pki, now).unwrap();
            behind(&files, *line);
            let line = Line::start(*line, files.plan.ports.manager).await;
            parties.push(Party::new(files, line));
        }
        let Ok(mut parties) = <[Party; 3]>::try_from(parties) else {
            panic!("there are three of them");
        };
        for party in &mut parties {
            party.start().await;
        }
        Self {
            parties,
            clock,
            _folder: folder,
        }
    }

    pub(crate) async fn stop(mut self) {
        for party in &mut self.parties {
            party.stop().await;
        }
    }
}

/// Has others told that the manager is at the end of the line.
fn behind(files: &PartyFiles, line: u16) {
    let config = std::fs::read_to_string(&files.config).unwrap();
    let own = format!(
        "\n  address: https://localhost:{}\n",
        files.plan.ports.manager
    );
    assert!(config.contains(&own));
    let told = config.replace(&own, &format!("\n  address: https://localhost:{line}\n"));
    std::fs::write(&files.config, told).unwrap();
}
