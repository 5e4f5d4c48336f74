//! `sluis peer`: the organisations that the gateway knows.

use clap::{Args, Subcommand};
use serde_json::json;
use sluis_certs::PeerId;
use sluis_fsc::Address;
use sluis_proto::admin::v1::{
    AnnounceRequest, CheckPeersRequest, Peer, PeerState, ShowStatusRequest,
};

use super::show::{Table, alarm_json, alarm_line, counted, moment, peers, presentable};
use super::target::{Target, refused};
use super::{CommandError, Console, write_json};

/// How long it is told that an organisation's manager moved.
const MOVE_TOLD_SECONDS: i64 = 7 * 86_400;

/// List the organisations that the gateway knows, and announce ourselves to them
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the organisations that the gateway knows
    ///
    /// Lists the organisations that announced themselves, that the directory told of, or with which
    /// there are contracts: which FSC they speak, whether their manager answered when it was last
    /// asked, and what is not as it was agreed with them.
    List(List),
    /// Ask every organisation now whether it still has what was agreed, and list them
    ///
    /// Asks the managers of all organisations now, without waiting for `manager.peer_check_seconds`,
    /// and lists what came of it. A thing has to be found twice in a row to be told: what is signed
    /// reaches one organisation after another, and managers are restarted.
    Check(List),
    Announce(Announce),
}

/// Which organisations to show, and how
#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    target: Target,
    /// Only organisations whose name contains this, in any case
    #[arg(long, value_name = "TEXT", default_value = "")]
    name: String,
    /// Write JSON, for programs
    #[arg(long)]
    json: bool,
}

/// Tell another organisation's gateway who we are and where our manager is reached
///
/// Tells another organisation's gateway who we are and where our manager is reached, so that it can
/// bring us contracts. The gateway does this by itself at its start, to the configured directory.
#[derive(Debug, Args)]
struct Announce {
    /// The organisation, by Peer ID (for a Dutch government organisation its OIN); the configured
    /// directory when left out
    #[arg(value_name = "PEER-ID")]
    peer: Option<PeerId>,
    /// Where its manager is reached, when the gateway does not know: `https://host:port`
    #[arg(long, value_name = "URL", value_parser = Address::parse, requires = "peer")]
    address: Option<Address>,
    #[command(flatten)]
    target: Target,
    /// Write JSON, for programs
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, console: &mut Console<'_>) -> Result<(), CommandError> {
    match &arguments.command {
        Command::List(list) => list.run(false, console),
        Command::Check(list) => list.run(true, console),
        Command::Announce(announce) => announce.run(console),
    }
}

impl List {
    fn run(&self, anew: bool, console: &mut Console<'_>) -> Result<(), CommandError> {
        self.target.ask(console, async |client, console| {
            if anew {
                let checked = client.peers().check(CheckPeersRequest {}).await;
                checked.map_err(refused)?;
            }
            let now = console.clock.unix_seconds();
            let peers = peers(client, &self.name).await?;
            if self.json {
                let peers: Vec<_> = peers.iter().map(as_json).collect();
                return write_json(console.out, &json!({ "peers": peers }));
            }
            if peers.is_empty() {
                let missing = if self.name.is_empty() {
                    let status = client.status().show(ShowStatusRequest {}).await;
                    let status = status.map_err(refused)?.into_inner();
                    self.nobody(&status.directory_peer_id)
                } else {
                    format!(
                        "that is known has a name with `{}` in it; leave out --name to see all",
                        presentable(&self.name)
                    )
                };
                writeln!(console.out, "no organisation {missing}")?;
                return Ok(());
            }
            let mut table = Table::new(&[
                "PEER ID",
                "NAME",
                "MANAGER",
                "FSC",
                "STATE",
                "SINCE",
                "LAST SEEN",
            ]);
            for peer in &peers {
                table.row([
                    peer.peer_id.as_str(),
                    or_dash(&peer.name),
                    or_dash(&peer.manager_address),
                    or_dash(&peer.fsc_version),
                    state(peer),
                    &moment(peer.state_since_unix_seconds),
                    &moment(peer.last_seen_unix_seconds),
                ]);
            }
            table.write(console.out, 0)?;
            let count = u64::try_from(peers.len()).unwrap_or_default();
            writeln!(console.out, "{}", counted(count, "organisation"))?;
            let attention: Vec<String> =
                peers.iter().flat_map(|peer| attention(peer, now)).collect();
            if !attention.is_empty() {
                writeln!(console.out, "\nneeds attention:")?;
            }
            for line in attention {
                writeln!(console.out, "  - {}", presentable(&line))?;
            }
            Ok(())
        })
    }

    /// What to know when no organisation is known yet, with the Peer ID of the directory of the configuration, or nothing.
    fn nobody(&self, directory: &str) -> String {
        if directory.is_empty() {
            let next = self.target.command("peer announce PEER-ID --address URL");
            format!(
                "is known yet; set `manager.directory` in the configuration, or announce yourself to one with: {next}"
            )
        } else {
            format!(
                "is known yet besides the directory {directory} of the configuration; one is known when it has announced itself to us, or when there is a contract with it"
            )
        }
    }
}

impl Announce {
    fn run(&self, console: &mut Console<'_>) -> Result<(), CommandError> {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let request = AnnounceRequest {
            peer_id: text(self.peer.as_ref().map(PeerId::as_str)),
            manager_address: text(self.address.as_ref().map(Address::as_str)),
        };
        self.target.ask(console, async |client, console| {
            let answer = client.peers().announce(request).await.map_err(refused)?;
            let peer = answer.into_inner().peer.unwrap_or_default();
            if self.json {
                return write_json(console.out, &as_json(&peer));
            }
            let speaks = match peer.fsc_version.as_str() {
                "" => "has not told which FSC it speaks".to_owned(),
                version => format!("speaks FSC {}", presentable(version)),
            };
            writeln!(
                console.out,
                "announced to {} ({}) at {}, which {speaks}",
                or_dash(&presentable(&peer.name)),
                presentable(&peer.peer_id),
                or_dash(&presentable(&peer.manager_address)),
            )?;
            Ok(())
        })
    }
}

/// How the manager of an organisation answered.
fn state(peer: &Peer) -> &'static str {
    match peer.state() {
        PeerState::Unspecified => "-",
        PeerState::Answers => "answers",
        PeerState::Silent => "SILENT",
    }
}

/// What a person should know of an organisation, and do.
fn attention(peer: &Peer, now: i64) -> Vec<String> {
    let who = match peer.name.as_str() {
        "" => peer.peer_id.clone(),
        name => format!("{name} ({})", peer.peer_id),
    };
    let mut lines: Vec<String> = peer.alarms.iter().map(alarm_line).collect();
    if !peer.advice.is_empty() {
        lines.push(format!("{who}: {}", peer.advice));
    }
    if lines.is_empty() && peer.state() == PeerState::Silent {
        let follows = "an alarm follows when the next check finds it silent too";
        let then = match peer.agreed_contracts {
            0 if peer.is_directory => format!("it is our directory: {follows}"),
            0 => "no contract is agreed with it, so nothing has to be done".to_owned(),
            count => format!("{} with it: {follows}", counted(count.into(), "contract")),
        };
        lines.push(format!("{who}: {}; {then}", peer.last_error));
    }
    if !peer.moved_from.is_empty() && now - peer.moved_unix_seconds < MOVE_TOLD_SECONDS {
        lines.push(format!(
            "{who}: its manager moved from {} to {}, as was noticed on {}; nothing, when that was expected",
            peer.moved_from,
            peer.manager_address,
            moment(peer.moved_unix_seconds)
        ));
    }
    lines
}

fn as_json(peer: &Peer) -> serde_json::Value {
    let at = |seconds: i64| (seconds != 0).then(|| moment(seconds));
    json!({
        "peer_id": peer.peer_id,
        "name": peer.name,
        "manager_address": peer.manager_address,
        "fsc_version": peer.fsc_version,
        "last_seen": moment(peer.last_seen_unix_seconds),
        "state": match peer.state() {
            PeerState::Unspecified => "unknown",
            PeerState::Answers => "answers",
            PeerState::Silent => "silent",
        },
        "state_since": at(peer.state_since_unix_seconds),
        "checked": at(peer.checked_unix_seconds),
        "last_error": peer.last_error,
        "moved_from": peer.moved_from,
        "moved": at(peer.moved_unix_seconds),
        "alarms": peer.alarms.iter().map(alarm_json).collect::<Vec<_>>(),
        "advice": peer.advice,
        "agreed_contracts": peer.agreed_contracts,
        "is_directory": peer.is_directory,
    })
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}
