//! The binary itself, as an administrator runs it: start with a sample file, ask, stop with SIGTERM.
#![cfg(test)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// Longest that any of this may take.
const PATIENCE: Duration = Duration::from_secs(30);

fn sluis() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sluis"));
    command.env_remove("SLUIS_CONFIG");
    command
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A sample file on free ports, with the PKI that its first lines ask for.
fn sample(folder: &Path, name: &str) -> PathBuf {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/samples");
    copy(&samples, folder);
    let peers = ["00000099000000001000=Gemeente Voorbeeld"];
    let mut pki = sluis();
    pki.arg("dev-pki").arg(folder.join("pki"));
    for peer in peers {
        pki.args(["--peer", peer]);
    }
    assert!(pki.output().unwrap().status.success());
    let file = folder.join(name);
    let text = fs::read_to_string(&file).unwrap();
    let lines = text.lines().map(|line| match line.split_once("listen: ") {
        Some((indent, _)) => format!("{indent}listen: 127.0.0.1:0"),
        None => line.replace("log_format: text", "log_format: json"),
    });
    fs::write(&file, lines.collect::<Vec<_>>().join("\n")).unwrap();
    file
}

/// A running gateway; killed when it takes too long or the test fails.
struct Running {
    child: Child,
    log: BufReader<ChildStderr>,
    done: mpsc::Sender<()>,
}

impl Running {
    fn start(config: &Path) -> Self {
        let mut child = sluis()
            .args(["serve", "--config"])
            .arg(config)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        let (done, wait) = mpsc::channel();
        let id = child.id();
        thread::spawn(move || {
            if wait.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
                signal("KILL", id);
            }
        });
        Self { child, log, done }
    }

    /// The next log line with this message.
    fn logged(&mut self, message: &str) -> Value {
        let mut seen = String::new();
        loop {
            let mut line = String::new();
            let length = self.log.read_line(&mut line).unwrap();
            assert!(length > 0, "no `{message}` in:\n{seen}");
            match serde_json::from_str::<Value>(&line) {
                Ok(line) if line["message"] == message => return line,
                _ => seen.push_str(&line),
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.done.send(());
    }
}

fn signal(name: &str, id: u32) {
    let kill = format!("kill -{name} {id}");
    Command::new("sh").args(["-c", &kill]).status().unwrap();
}

/// Asks over plain HTTP; gives back the answer with its head.
fn ask(address: &Value, request: &str) -> String {
    let mut stream = TcpStream::connect(address.as_str().unwrap()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "{request}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_sample_runs_answers_and_stops() {
    let folder = tempfile::tempdir().unwrap();
    let mut gateway = Running::start(&sample(folder.path(), "consumer.yaml"));
    let at = gateway.logged("the gateway runs");
    let head = "HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n";
    for _ in 0..3 {
        let answer = ask(
            &at["observability"],
            &format!("GET /health/ready {head}\r\n"),
        );
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        // Refused: there is no contract. The refusal is logged while the process runs on.
        let question = format!("GET /brp/personen {head}sluis-purpose: bijstand-aanvraag\r\n\r\n");
        let answer = ask(&at["outway"], &question);
        assert!(answer.contains("fsc-error-code"), "{answer}");
    }
    let answer = ask(&at["observability"], &format!("GET /metrics {head}\r\n"));
    assert!(answer.contains("sluis_verdicts_total"), "{answer}");
    signal("TERM", gateway.child.id());
    gateway.logged("the gateway has stopped");
    assert_eq!(gateway.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_hangup_has_the_files_looked_at_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut gateway = Running::start(&sample(folder.path(), "consumer.yaml"));
    gateway.logged("the gateway runs");
    let key = folder.path().join("pki/00000099000000001000/key.pem");
    let good = fs::read(&key).unwrap();
    fs::write(&key, "no key").unwrap();
    signal("HUP", gateway.child.id());
    let refused = gateway.logged("the files on disk are refused; what was in force stays in force");
    assert_eq!(
        refused["level"].as_str().map(str::to_lowercase).as_deref(),
        Some("error")
    );
    let problem = refused["problem"].as_str().unwrap();
    assert!(problem.contains("certificate.key_file"), "{problem}");
    assert!(problem.contains("key.pem"), "{problem}");
    fs::write(&key, good).unwrap();
    signal("HUP", gateway.child.id());
    gateway.logged("the files on disk are in force");
    signal("TERM", gateway.child.id());
    gateway.logged("the gateway has stopped");
    assert_eq!(gateway.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_wrong_configuration_is_an_exit_code_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sluis.yaml");
    fs::write(&file, "group_id: x\n").unwrap();
    for command in [&["serve", "--config"][..], &["check-config"]] {
        let output = sluis().args(command).arg(&file).output().unwrap();
        assert_eq!(output.status.code(), Some(78), "{command:?}");
        let shown = [output.stdout, output.stderr].concat();
        let shown = String::from_utf8(shown).unwrap();
        assert!(
            shown.contains("certificate: this section is missing"),
            "{shown}"
        );
    }
    let output = sluis()
        .arg("check-config")
        .env("SLUIS_CONFIG", &file)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(78));
    assert_eq!(
        sluis().arg("serve").output().unwrap().status.code(),
        Some(2)
    );
}
