//! `sluis reload`: takes over files that were replaced.

use clap::Args;
use sluis_proto::admin::v1::ReloadRequest;

use super::target::{Target, refused};
use super::{CommandError, Console};

/// Take over the certificate, trust and policy that were replaced on disk
///
/// Has the running gateway judge its files again, as `sluis check-config` does: certificates with their keys, trust anchors,
/// revocation lists and the policy folder. When all are good they are in force at once, and no connection is lost. When one
/// is not, nothing changes and the answer says why. The configuration file itself is read at the start only.
///
/// Exit code 0: the files are in force. 1: they are refused, or the gateway is not running.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    target: Target,
}

pub(super) fn run(arguments: &Arguments, console: &mut Console<'_>) -> Result<(), CommandError> {
    arguments.target.ask(console, async |client, console| {
        let answer = client.files().reload(ReloadRequest {}).await;
        let changed = answer.map_err(refused)?.into_inner().changed;
        if changed.is_empty() {
            writeln!(console.out, "the files hold what is in force already")?;
        } else {
            writeln!(
                console.out,
                "now in force from disk: {}",
                changed.join(", ")
            )?;
        }
        Ok(())
    })
}
