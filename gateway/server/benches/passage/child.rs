//! A measured process: started on a core of its own and stopped by its own id, whatever happens.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{ChildStdout, Command, Stdio};

use crate::Failure;

/// The core of the measured process, and that of load generator and source.
const PROXY_CORE: &str = "0";
const LOAD_CORE: &str = "1";

/// A process that ends with this value, also on a panic.
#[derive(Debug)]
pub(crate) struct Child {
    process: std::process::Child,
}

/// Which tools of the machine can be used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tools {
    /// `taskset`, on a machine with at least two cores.
    pub(crate) taskset: bool,
    /// `setpriv`, with which a process ends even when the bench is killed.
    setpriv: bool,
}

impl Tools {
    /// Looks what there is, and puts this process (load generator and source) on its core. To be called before any thread is
    /// started.
    pub(crate) fn find() -> Self {
        let own = std::process::id().to_string();
        Self {
            taskset: works("taskset", &["-c", PROXY_CORE, "true"])
                && works("taskset", &["-c", "-p", LOAD_CORE, &own]),
            setpriv: works("setpriv", &["--pdeathsig", "KILL", "true"]),
        }
    }

    /// Starts a program on the core of measured processes. What it says on standard output is piped, its errors are shown.
    pub(crate) fn start(
        self,
        program: &Path,
        arguments: &[&str],
        folder: &Path,
    ) -> Result<Child, Failure> {
        let mut words: Vec<&std::ffi::OsStr> = Vec::new();
        if self.taskset {
            words.extend(["taskset", "-c", PROXY_CORE].map(std::ffi::OsStr::new));
        }
        if self.setpriv {
            words.extend(["setpriv", "--pdeathsig", "KILL"].map(std::ffi::OsStr::new));
        }
        words.push(program.as_os_str());
        words.extend(arguments.iter().map(std::ffi::OsStr::new));
        // Both tools replace themselves by the program, so that its process id is the one we get here.
        let (first, rest) = words.split_first().ok_or("there is no program to start")?;
        let process = Command::new(first)
            .args(rest)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{} cannot be started: {error}", program.display()))?;
        Ok(Child { process })
    }
}

impl Child {
    /// The process id.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// The first line that the process says.
    pub(crate) fn first_line(&mut self) -> Result<String, Failure> {
        let output: ChildStdout = self
            .process
            .stdout
            .take()
            .ok_or("the output was read before")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }

    /// Fails when the process has ended.
    pub(crate) fn must_run(&mut self) -> Result<(), Failure> {
        match self.process.try_wait()? {
            None => Ok(()),
            Some(status) => Err(format!("a measured process ended early: {status}").into()),
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // It may have ended already; either way it is waited for, so that none is left behind.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn works(program: &str, arguments: &[&str]) -> bool {
    let status = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}
