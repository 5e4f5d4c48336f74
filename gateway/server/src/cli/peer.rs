//! `sluis peer`: the organisations that the gateway knows.

use clap::{Args, Subcommand};
use serde_json::json;
use sluis_certs::PeerId;
use sluis_fsc::Address;
use sluis_proto::admin::v1::{AnnounceRequest, Peer};

use super::show::{Table, counted, moment, peers, presentable};
use super::target::{Target, refused};
use super::{CommandError, Console, write_json};

/// List the organisations that the gateway knows, and announce ourselves to them
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(List),
    Announce(Announce),
}

/// List the organisations that the gateway knows
///
/// Lists the organisations that announced themselves, that the directory told of, or with which
/// there are contracts.
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
        Command::List(list) => list.run(console),
        Command::Announce(announce) => announce.run(console),
    }
}

impl List {
    fn run(&self, console: &mut Console<'_>) -> Result<(), CommandError> {
        self.target.ask(console, async |client, console| {
            let peers = peers(client, &self.name).await?;
            if self.json {
                let peers: Vec<_> = peers.iter().map(as_json).collect();
                return write_json(console.out, &json!({ "peers": peers }));
            }
            if peers.is_empty() {
                writeln!(console.out, "no organisation {}", self.missing())?;
                return Ok(());
            }
            let mut table = Table::new(&["PEER ID", "NAME", "MANAGER", "FSC", "LAST SEEN"]);
            for peer in &peers {
                table.row([
                    peer.peer_id.as_str(),
                    or_dash(&peer.name),
                    or_dash(&peer.manager_address),
                    or_dash(&peer.fsc_version),
                    &moment(peer.last_seen_unix_seconds),
                ]);
            }
            table.write(console.out, 0)?;
            let count = u64::try_from(peers.len()).unwrap_or_default();
            writeln!(console.out, "{}", counted(count, "organisation"))?;
            Ok(())
        })
    }

    fn missing(&self) -> String {
        if self.name.is_empty() {
            let next = self.target.command("peer announce");
            format!("is known yet; announce yourself to the directory with: {next}")
        } else {
            format!(
                "that is known has a name with `{}` in it; leave out --name to see all",
                presentable(&self.name)
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

fn as_json(peer: &Peer) -> serde_json::Value {
    json!({
        "peer_id": peer.peer_id,
        "name": peer.name,
        "manager_address": peer.manager_address,
        "fsc_version": peer.fsc_version,
        "last_seen": moment(peer.last_seen_unix_seconds),
    })
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}
