//! Running the command line as an administrator does.

use std::ffi::OsString;
use std::io::BufRead;
use std::path::Path;

use serde_json::Value;
use sluis::cli::{Console, run_with};
use sluis::clock::Clock;
use sluis::demo::party_files::PartyFiles;
use sluis::environment::Environment;

/// What a command wrote, and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: u8,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    #[track_caller]
    pub(crate) fn done(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (0, ""), "{}", self.out);
        self.out
    }

    #[track_caller]
    pub(crate) fn json(self) -> Value {
        let out = self.done();
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
    }

    /// Fails with this exit code and every one of these texts.
    #[track_caller]
    pub(crate) fn fails(self, code: u8, texts: &[&str]) {
        assert_eq!(self.code, code, "{self:?}");
        for text in texts {
            assert!(self.err.contains(text), "`{text}` is not in {}", self.err);
        }
    }
}

/// Runs a command line for the gateway of a party.
pub(crate) async fn sluis(party: &PartyFiles, words: &[&str]) -> Ran {
    run(&party.config, words).await
}

/// Runs a command line for the gateway of a configuration file.
pub(crate) async fn run(config: &Path, words: &[&str]) -> Ran {
    raw(with_config(config, words), Environment::default()).await
}

fn with_config(config: &Path, words: &[&str]) -> Vec<OsString> {
    let mut words: Vec<OsString> = words.iter().map(OsString::from).collect();
    words.insert(0, "sluis".into());
    words.extend(["--config".into(), config.into()]);
    words
}

/// Runs a command line for the gateway of a party, with somebody who answers.
pub(crate) async fn answering(party: &PartyFiles, words: &[&str], answer: &'static str) -> Ran {
    let words = with_config(&party.config, words);
    at_console(words, Environment::default(), Some(answer.as_bytes())).await
}

/// Runs a command line as it stands.
pub(crate) async fn raw(words: Vec<OsString>, environment: Environment) -> Ran {
    at_console(words, environment, None).await
}

async fn at_console(
    words: Vec<OsString>,
    environment: Environment,
    mut input: Option<&'static [u8]>,
) -> Ran {
    // A command waits for its answers itself, so it cannot stand on a thread that serves others.
    let ran = tokio::task::spawn_blocking(move || {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut console = Console {
            out: &mut out,
            err: &mut err,
            input: input.as_mut().map(|input| input as &mut dyn BufRead),
            environment: &environment,
            clock: Clock::system(),
        };
        let code = run_with(words, &mut console);
        (code, out, err)
    });
    let (code, out, err) = ran.await.unwrap();
    Ran {
        code,
        out: String::from_utf8(out).unwrap(),
        err: String::from_utf8(err).unwrap(),
    }
}

/// The line of `text` that holds `words`.
#[track_caller]
pub(crate) fn line<'a>(text: &'a str, words: &str) -> &'a str {
    let found = text.lines().find(|line| line.contains(words));
    found.unwrap_or_else(|| panic!("`{words}` is not in:\n{text}"))
}
