//! What to try after the story, while the gateways still run.

use std::io;
use std::path::Path;

use super::folder::DemoFolder;
use super::parties::{UIW, VOORBEELD};
use super::party_files::PartyFiles;
use super::show::{Show, Tone};
use super::stage::Stage;
use super::story::{Question, Reason, conclude_for_persons};

/// Tells what to try.
pub(super) async fn tell(
    stage: &Stage,
    program: &Path,
    folder: &DemoFolder,
    show: &mut Show<'_>,
) -> io::Result<()> {
    show.gap()?;
    let outway = stage.outway().to_string();
    let intro = match conclude_for_persons(stage).await {
        Ok(_) => format!(
            "The gateways go on, and {} and {} concluded a new contract. To paste in another terminal, as an application of {0}:",
            VOORBEELD.name, UIW.name
        ),
        Err(error) => format!(
            "The gateways go on, but there is no new contract ({error}). To paste in another terminal, as an application of {}:",
            VOORBEELD.name
        ),
    };
    show.line(Tone::Title, &intro)?;
    let not_agreed = Reason {
        purpose: "terugvordering-bijstand",
        role: "medewerker-terugvordering",
        channel: "intern",
    };
    for (title, question) in [
        (
            "a permitted question",
            Question::person(Reason::APPLICATION),
        ),
        (
            "the same for a purpose that is not in the contract",
            Question::person(not_agreed),
        ),
        (
            "how far her cases are",
            Question::cases(Reason::CASE_STATUS),
        ),
    ] {
        show.gap()?;
        show.verbatim(&format!("# {title}\n{}", question.curl(&outway)))?;
    }
    show.gap()?;
    show.line(
        Tone::Title,
        "As an administrator (`curl -i` shows the transaction id of an answer):",
    )?;
    show.gap()?;
    let sluis = quoted(program);
    let config = |files: &PartyFiles| quoted(&files.config);
    let (voorbeeld, uiw) = (config(&stage.voorbeeld.files), config(&stage.uiw.files));
    let id = stage
        .notes
        .passages
        .get(1)
        .map_or("TRANSACTION-ID", |noted| &noted.id);
    for (command, config) in [
        ("status".to_owned(), &voorbeeld),
        ("contract list".to_owned(), &voorbeeld),
        (format!("audit show {id}"), &voorbeeld),
        (format!("audit show {id}"), &uiw),
        ("audit verify".to_owned(), &uiw),
    ] {
        show.verbatim(&format!("{sluis} {command} \\\n  --config {config}"))?;
    }
    show.gap()?;
    let files = if folder.is_temporary() {
        " and removes its files"
    } else {
        "; the files stay"
    };
    show.line(Tone::Title, &format!("Ctrl-C stops everything{files}."))
}

/// A path as a terminal takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain =
        |character: char| character.is_ascii_alphanumeric() || "/._-+".contains(character);
    if text.chars().all(is_plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_quoted_where_a_terminal_needs_it() {
        assert_eq!(quoted(Path::new("/tmp/a-b_c.yaml")), "/tmp/a-b_c.yaml");
        assert_eq!(quoted(Path::new("/tmp/a b")), "'/tmp/a b'");
        assert_eq!(quoted(Path::new("/tmp/it's")), "'/tmp/it'\\''s'");
    }
}
