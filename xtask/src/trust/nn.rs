//! The command in a folder of its own: run to its end, or started and left to whoever kills it.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use xshell::{Shell, cmd};

use crate::built::built;

/// A process that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// The command as users have it.
#[derive(Clone, Debug)]
pub(super) struct Nn {
    program: PathBuf,
}

/// How a process ended, and what it said.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) code: Option<i32>,
    pub(super) signal: Option<i32>,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: String,
}

impl Nn {
    /// Builds it.
    pub(super) fn build(shell: &Shell) -> Result<Self> {
        let messages =
            cmd!(shell, "cargo build --release --package nn-cli --bin nn --message-format=json-render-diagnostics")
                .read()?;
        let program = built(&messages, "bin")?.pop().context("cargo built no command")?;
        Ok(Self { program })
    }

    /// The words of `line`, to be run in `folder`.
    pub(super) fn command(&self, folder: &Path, line: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.args(line.split_whitespace());
        self.placed(command, folder)
    }

    /// The same within a limit that a shell sets: `ulimit -v 524288`.
    pub(super) fn limited(&self, folder: &Path, limit: &str, line: &str) -> Command {
        let mut command = Command::new("bash");
        command.arg("-c").arg(format!("{limit}; exec \"$0\" \"$@\"")).arg(&self.program);
        command.args(line.split_whitespace());
        self.placed(command, folder)
    }

    fn placed(&self, mut command: Command, folder: &Path) -> Command {
        for name in ["NN_SEED", "NN_SIMD", "NN_THREADS", "NO_COLOR"] {
            command.env_remove(name);
        }
        command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the words of `line` to their end.
    pub(super) fn run(&self, folder: &Path, line: &str) -> Result<Ended> {
        ended(&mut self.command(folder, line))
    }

    /// The same of what must succeed; gives standard output.
    pub(super) fn succeed(&self, folder: &Path, line: &str) -> Result<Vec<u8>> {
        let ended = self.run(folder, line)?;
        if ended.code != Some(0) {
            bail!("nn {line}: {}", ended.told());
        }
        Ok(ended.stdout)
    }
}

/// Runs a command to its end.
pub(super) fn ended(command: &mut Command) -> Result<Ended> {
    wait(command.spawn().with_context(|| format!("{command:?}"))?)
}

/// Waits for the end of a process, and takes in what it says. One that hangs is killed, and so ends by a signal.
pub(super) fn wait(child: Child) -> Result<Ended> {
    let process = child.id();
    let (ends, end) = mpsc::channel::<()>();
    let watch = thread::spawn(move || {
        if end.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            let _ = Command::new("kill").args(["-KILL", &process.to_string()]).status();
        }
    });
    let output = child.wait_with_output()?;
    drop(ends);
    // Nothing in it can panic.
    let _ = watch.join();
    Ok(Ended::of(output))
}

impl Ended {
    fn of(output: Output) -> Self {
        let Output { status, stdout, stderr } = output;
        let stderr = String::from_utf8_lossy(&stderr).into_owned();
        Self { code: status.code(), signal: status.signal(), stdout, stderr }
    }

    /// Whether it ended as the command does where something is wrong: exit 1 and one line that says what.
    pub(super) fn is_refusal(&self) -> bool {
        self.code == Some(1) && self.stderr.starts_with("error: ") && self.stderr.lines().count() == 1
    }

    /// How it ended, in a line.
    pub(super) fn told(&self) -> String {
        let how = match (self.code, self.signal) {
            (Some(code), _) => format!("exit {code}"),
            (None, Some(signal)) => format!("signal {signal}"),
            (None, None) => "no exit".to_owned(),
        };
        let lines: Vec<&str> = self.stderr.lines().take(3).collect();
        format!("{how}, {:?}", lines.join(" / "))
    }
}

/// Waits until a process has its own answer to Ctrl-C, which is when training is about to begin; `false` where it ended before.
pub(super) fn wait_until_it_listens(child: &mut Child) -> Result<bool> {
    let start = Instant::now();
    while child.try_wait()?.is_none() {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let caught = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigCgt:")?.trim(), 16).ok());
        if caught.is_some_and(|signals| signals & 2 != 0) {
            return Ok(true);
        }
        if PATIENCE < start.elapsed() {
            bail!("a process never listened to Ctrl-C");
        }
        thread::sleep(Duration::from_millis(1));
    }
    Ok(false)
}

/// The most memory that a process has had in place so far, in kilobytes; `None` where it has ended.
pub(super) fn peak_memory(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB")?.trim().parse().ok())
}

/// An empty folder.
pub(super) fn make_fresh(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())
}

/// The names of all files in a folder, sorted.
pub(super) fn files(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}
