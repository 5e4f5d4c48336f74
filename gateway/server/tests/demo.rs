//! `sluis demo`, run as whoever tries Sluis runs it.
#![cfg(test)]

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use regex::Regex;
use sluis::clock::Clock;
use sluis::demo::call::call;
use sluis::demo::parties::ALL;
use sluis::demo::persons::passes_elfproef;
use sluis::demo::runner::{DemoError, Options, run};
use sluis::demo::show::Show;
use tempfile::TempDir;

const STEPS: usize = 13;

fn demo(temporary: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sluis"));
    command
        .arg("demo")
        .args(arguments)
        .env("TMPDIR", temporary.path())
        .stdin(Stdio::null());
    command
}

fn ran(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

/// The gateways that run with files below `folder`, by process id and configuration.
fn gateways(folder: &Path) -> Vec<(u32, String)> {
    let folder = folder.to_str().unwrap();
    let mut found = Vec::new();
    for process in fs::read_dir("/proc").unwrap() {
        let process = process.unwrap();
        let Some(id) = process.file_name().to_str().and_then(|id| id.parse().ok()) else {
            continue;
        };
        // A process may be gone by now.
        let arguments = fs::read(process.path().join("cmdline")).unwrap_or_default();
        let arguments = String::from_utf8_lossy(&arguments).replace('\0', " ");
        if arguments.contains(" serve ") && arguments.contains(folder) {
            found.push((id, arguments));
        }
    }
    found
}

fn signal(name: &str, id: u32) {
    let kill = format!("kill -{name} {id}");
    assert!(
        Command::new("sh")
            .args(["-c", &kill])
            .status()
            .unwrap()
            .success()
    );
}

/// A demo whose output is read while it runs.
struct Running {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Running {
    fn start(mut command: Command) -> Running {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Running { child, out }
    }

    /// What it says, up to and including the line that begins with `start`.
    fn until(&mut self, start: &str) -> String {
        let mut said = String::new();
        loop {
            let before = said.len();
            assert!(self.out.read_line(&mut said).unwrap() > 0, "{said}");
            if said[before..].starts_with(start) {
                return said;
            }
        }
    }

    fn end(mut self) -> (Option<i32>, String, String) {
        let (mut out, mut err) = (String::new(), String::new());
        self.out.read_to_string(&mut out).unwrap();
        let mut stderr = self.child.stderr.take().unwrap();
        stderr.read_to_string(&mut err).unwrap();
        (self.child.wait().unwrap().code(), out, err)
    }
}

impl Drop for Running {
    /// A test that fails leaves nothing running.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_story_turns_out_as_it_should_and_leaves_nothing_behind() {
    let temporary = tempfile::tempdir().unwrap();
    let output = demo(&temporary, &["--exit"]).output().unwrap();
    let (code, out, err) = ran(&output);
    println!("{out}");
    assert_eq!((code, &*err), (Some(0), ""));
    assert!(out.contains(&format!("All {STEPS} steps turned out as they should.")));

    let order = [
        "Sluis: four organisations",
        "Files: ",
        "Four gateways run",
        " 1  ",
    ];
    let mut lines = out.lines();
    for start in order {
        assert!(lines.any(|line| line.starts_with(start)), "{start}");
    }
    let steps = Regex::new(r"(?m)^ ?\d+  \S.*$").unwrap();
    assert_eq!(steps.find_iter(&out).count(), STEPS);
    for label in ["asked", "happened", "why", "[ok]"] {
        let label = Regex::new(&format!("(?m)^    {}  ", regex::escape(label))).unwrap();
        assert!(label.find_iter(&out).count() >= STEPS, "{label}");
    }
    assert!(!out.contains('\u{1b}'), "colours without a terminal");
    for line in out.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
    for number in Regex::new(r"\b\d{9}\b").unwrap().find_iter(&out) {
        assert!(!passes_elfproef(number.as_str()), "a BSN in the story");
    }

    assert_eq!(gateways(temporary.path()), []);
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
}

/// Keeps what can be read by now: what was written and then flushed.
#[derive(Default)]
struct Flushed {
    written: Vec<u8>,
    readable: usize,
}

impl Write for Flushed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.readable = self.written.len();
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_part_is_on_the_screen_before_any_gateway_is_ready() {
    let temporary = tempfile::tempdir().unwrap();
    let options = Options {
        exit: true,
        folder: None,
        temporary: temporary.path().to_owned(),
        // Gateways that never are.
        program: PathBuf::from("false"),
    };
    let mut screen = Flushed::default();
    let mut show = Show::new(&mut screen, false);
    let ended = run(&options, Clock::system(), &mut show).await;
    assert!(matches!(ended, Err(DemoError::Process(_))), "{ended:?}");
    let seen = String::from_utf8(screen.written[..screen.readable].to_vec()).unwrap();
    assert!(
        seen.starts_with("Sluis: four organisations on this machine"),
        "{seen}"
    );
    for party in ALL {
        assert!(seen.contains(party.name), "{}: {seen}", party.name);
    }
    assert!(seen.contains("\nFiles: "), "{seen}");
    assert!(!seen.contains("Four gateways run"), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lines_to_paste_work_until_it_is_told_to_stop() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("kept");
    let mut running = Running::start(demo(&temporary, &["--folder", folder.to_str().unwrap()]));
    let said = running.until("Ctrl-C stops everything");
    let said = said.split_once("All 13 steps").unwrap().1;

    let mut statuses = Vec::new();
    for (at, request) in questions(said) {
        let answer = call(at, request).await.unwrap();
        println!("{:?}", answer.body);
        statuses.push(answer.status.as_u16());
    }
    assert_eq!(statuses, [200, 403, 200]);

    let commands = Regex::new(r"(?m)^  (\S+sluis) (.*) \\\n    --config (\S+)$").unwrap();
    let mut count = 0;
    for command in commands.captures_iter(said) {
        let output = Command::new(&command[1])
            .args(command[2].split(' '))
            .args(["--config", &command[3]])
            .output()
            .unwrap();
        let (code, out, err) = ran(&output);
        assert_eq!((code, &*err), (Some(0), ""), "{}: {out}", &command[2]);
        assert!(!out.contains("999904000"));
        count += 1;
    }
    assert_eq!(count, 5);

    assert_eq!(gateways(&folder).len(), 4);
    signal("INT", running.child.id());
    let (code, _, err) = running.end();
    assert_eq!((code, &*err), (Some(0), ""));
    assert_eq!(gateways(&folder), []);
    assert!(folder.join("voorbeeld/data/audit/audit.db").is_file());
    assert_eq!(holding(&folder, b"999904000"), Vec::<PathBuf>::new());
}

/// The `curl` lines, as requests.
fn questions(said: &str) -> Vec<(SocketAddr, Request<Full<Bytes>>)> {
    let header = Regex::new(r"-H '([^:']+): ([^']+)'").unwrap();
    let body = Regex::new(r"(?s)-d '(.+?)'").unwrap();
    let url = Regex::new(r"'http://([^/']+)(/[^']*)'").unwrap();
    said.split("\n\n")
        .filter(|block| block.contains("curl -sS"))
        .map(|block| {
            let url = url.captures(block).unwrap();
            let mut request = Request::post(&url[2]);
            for header in header.captures_iter(block) {
                request = request.header(&header[1], &header[2]);
            }
            let body = body.captures(block).unwrap()[1].to_owned();
            let request = request.body(Full::from(body)).unwrap();
            (url[1].parse().unwrap(), request)
        })
        .collect()
}

/// The files below `folder` in which `wanted` stands.
fn holding(folder: &Path, wanted: &[u8]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            found.extend(holding(&entry.path(), wanted));
        } else if kind.is_file() {
            let bytes = fs::read(entry.path()).unwrap();
            if bytes.windows(wanted.len()).any(|window| window == wanted) {
                found.push(entry.path());
            }
        }
    }
    found
}

#[test]
fn a_step_that_turns_out_otherwise_is_named_and_the_exit_code_says_so() {
    let temporary = tempfile::tempdir().unwrap();
    let mut running = Running::start(demo(&temporary, &["--exit"]));
    running.until(" 1  ");
    let killed = gateways(temporary.path())
        .into_iter()
        .find(|(_, arguments)| arguments.contains("/ssc/"))
        .unwrap();
    signal("KILL", killed.0);
    let (code, out, err) = running.end();
    println!("{out}{err}");
    assert_eq!(code, Some(1));
    assert!(out.contains("[wrong]"));
    assert!(
        out.contains("did not turn out as they should:")
            || out.contains("did not turn out as it should:")
    );
    assert!(err.contains("named above"), "{err}");
    assert_eq!(gateways(temporary.path()), []);
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
}

#[test]
fn stopping_it_in_the_middle_stops_everything() {
    let temporary = tempfile::tempdir().unwrap();
    let mut running = Running::start(demo(&temporary, &["--exit"]));
    running.until(" 2  ");
    signal("TERM", running.child.id());
    let (code, _, err) = running.end();
    assert_eq!(code, Some(1));
    assert!(err.contains("stopped before its story ended"), "{err}");
    assert_eq!(gateways(temporary.path()), []);
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
}

#[test]
fn gateways_do_not_outlive_a_demo_that_is_killed() {
    let temporary = tempfile::tempdir().unwrap();
    let mut running = Running::start(demo(&temporary, &["--exit"]));
    running.until(" 1  ");
    let before = gateways(temporary.path());
    assert_eq!(before.len(), 4);
    running.child.kill().unwrap();
    running.end();
    // Each stops by itself when its standard input closes; the time only bounds the waiting.
    let started = std::time::Instant::now();
    while !gateways(temporary.path()).is_empty() {
        assert!(started.elapsed().as_secs() < 20, "gateways are left");
        std::thread::yield_now();
    }
}

#[test]
fn wrong_input_is_answered_with_what_to_do() {
    let temporary = tempfile::tempdir().unwrap();
    let (code, _, err) = ran(&demo(&temporary, &["--exit", "--loud"]).output().unwrap());
    assert_eq!(code, Some(2));
    assert!(err.contains("--loud"), "{err}");

    let mine = temporary.path().join("mine.txt");
    fs::write(&mine, "precious").unwrap();
    let folder = temporary.path().to_str().unwrap();
    let (code, _, err) = ran(&demo(&temporary, &["--exit", "--folder", folder])
        .output()
        .unwrap());
    assert_eq!(code, Some(1));
    assert!(err.contains("is not empty; name another one"), "{err}");
    assert_eq!(fs::read_to_string(&mine).unwrap(), "precious");

    let file = mine.to_str().unwrap();
    let (code, _, err) = ran(&demo(&temporary, &["--exit", "--folder", file])
        .output()
        .unwrap());
    assert_eq!(code, Some(1));
    assert!(err.contains("cannot be used"), "{err}");
}
