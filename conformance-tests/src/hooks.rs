//! Commands at the target: what the outside cannot do.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::case::{Stop, not_run};
use crate::target::CommandLine;

/// Most bytes of a command's complaint that are shown.
const COMPLAINT_CHARACTERS_MAX: usize = 400;

/// Runs a command line with `{name}` replaced, within a time.
///
/// A case whose command is absent or fails is not run: that says nothing about the target.
pub(crate) async fn run(
    name: &str,
    command: Option<&CommandLine>,
    values: &[(&str, &str)],
    wait: Duration,
) -> Result<(), Stop> {
    let Some(command) = command else {
        return Err(not_run(format!(
            "the target file has no command `commands.{name}`"
        )));
    };
    let words: Vec<String> = command
        .words()
        .into_iter()
        .map(|word| fill(word, values))
        .collect();
    let Some((program, arguments)) = words.split_first() else {
        return Err(not_run(format!("the command `commands.{name}` is empty")));
    };
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = match tokio::time::timeout(wait, output).await {
        Err(_) => {
            let seconds = wait.as_secs();
            return Err(not_run(format!(
                "the command `commands.{name}` did not end within {seconds} s"
            )));
        }
        Ok(Err(error)) => {
            return Err(not_run(format!(
                "the command `commands.{name}` (`{program}`) cannot be started: {error}"
            )));
        }
        Ok(Ok(output)) => output,
    };
    if output.status.success() {
        return Ok(());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    let complaint: String = complaint
        .trim()
        .chars()
        .take(COMPLAINT_CHARACTERS_MAX)
        .collect();
    Err(not_run(format!(
        "the command `commands.{name}` failed ({}): {complaint}",
        output.status
    )))
}

fn fill(mut word: String, values: &[(&str, &str)]) -> String {
    for (name, value) in values {
        word = word.replace(&format!("{{{name}}}"), value);
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn reason(line: &str) -> String {
        let command = CommandLine::Line(line.to_owned());
        let values = [("content_hash", "$1$1$x")];
        match run(
            "accept_contract",
            Some(&command),
            &values,
            Duration::from_secs(5),
        )
        .await
        {
            Ok(()) => "done".to_owned(),
            Err(Stop::NotRun(reason)) => reason,
            Err(Stop::Failed(_)) => "failed".to_owned(),
        }
    }

    #[tokio::test]
    async fn a_command_gets_its_values_unread_by_any_shell() {
        assert_eq!(reason("test {content_hash} = $1$1$x").await, "done");
    }

    #[tokio::test]
    async fn a_command_that_cannot_do_its_work_leaves_the_case_unrun() {
        assert!(reason("false").await.contains("failed"));
        assert!(
            reason("/no/such/program")
                .await
                .contains("cannot be started")
        );
        assert!(reason("").await.contains("is empty"));
        let absent = run("accept_contract", None, &[], Duration::from_secs(1)).await;
        assert!(matches!(absent, Err(Stop::NotRun(_))));
    }
}
