//! Commands at the target: what the outside cannot do.

use std::process::Stdio;

use tokio::process::Command;

use crate::case::{Stop, not_run};
use crate::target::{CommandLine, Target};

/// Most bytes of a command's complaint that are shown.
const COMPLAINT_CHARACTERS_MAX: usize = 400;

/// Runs a command line of the target file with `{name}` replaced, in the folder of that file.
///
/// A case whose command is absent or fails is not run: that says nothing about the target.
pub(crate) async fn run(
    target: &Target,
    name: &str,
    command: Option<&CommandLine>,
    values: &[(&str, &str)],
) -> Result<(), Stop> {
    let wait = target.wait();
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
    // A path counts from that folder, as every path in the file does; a bare name is looked up.
    let path = match program.contains('/') {
        true => std::path::absolute(target.folder.join(program)).unwrap_or_default(),
        false => program.into(),
    };
    let output = Command::new(path)
        .args(arguments)
        .current_dir(&target.folder)
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

    async fn run_line(line: Option<&str>) -> Result<(), Stop> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("target.yaml");
        std::fs::write(&path, crate::init::SAMPLE).unwrap();
        let target = Target::load(&path).unwrap();
        let command = line.map(|line| CommandLine::Line(line.to_owned()));
        let values = [("content_hash", "$1$1$x")];
        run(&target, "accept_contract", command.as_ref(), &values).await
    }

    async fn reason(line: &str) -> String {
        match run_line(Some(line)).await {
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
    async fn a_command_is_run_in_the_folder_of_the_target_file() {
        assert_eq!(reason("test -f target.yaml").await, "done");
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
        let absent = run_line(None).await;
        assert!(matches!(absent, Err(Stop::NotRun(_))));
    }
}
