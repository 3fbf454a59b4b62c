//! A directory of its own for each test, in which the real binary runs.

use assert_cmd::cargo::cargo_bin_cmd;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Twelve samples of two classes that are easy to part.
pub(crate) const FRUIT: &str = "weight,colour,kind\n\
    150,red,apple\n160,red,apple\n170,green,apple\n155,green,apple\n165,red,apple\n158,red,apple\n\
    8,blue,berry\n9,blue,berry\n7,red,berry\n6,blue,berry\n10,red,berry\n9,blue,berry\n";

/// The bytes as gzip packs them.
pub(crate) fn packed(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes.as_ref()).unwrap();
    encoder.finish().unwrap()
}

/// A `.npy` of f64 in C order, as NumPy writes it.
pub(crate) fn npy(columns: usize, numbers: &[f64]) -> Vec<u8> {
    let numbers_of_rows: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    npy_of("'<f8'", "False", &format!("({}, {columns})", numbers.len() / columns), &numbers_of_rows)
}

/// A `.npy` whose header says what one likes.
pub(crate) fn npy_of(descr: &str, fortran_order: &str, shape: &str, numbers: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': {descr}, 'fortran_order': {fortran_order}, 'shape': {shape}, }}");
    let header = format!("{header:117}\n");
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", length.as_slice(), header.as_bytes(), numbers].concat()
}

/// An IDX of bytes.
pub(crate) fn idx(shape: &[u32], bytes: &[u8]) -> Vec<u8> {
    idx_of(8, shape, bytes)
}

/// An IDX of another type of numbers.
pub(crate) fn idx_of(number: u8, shape: &[u32], bytes: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, number, shape.len() as u8];
    file.extend(shape.iter().flat_map(|axis| axis.to_be_bytes()));
    file.extend_from_slice(bytes);
    file
}

/// Waits until a process has its own answer to Ctrl-C: before, it would just die. Linux tells; elsewhere time must do.
#[cfg(unix)]
pub(crate) fn wait_until_it_listens(process: u32) {
    let listens = || -> Option<bool> {
        let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"))?;
        Some(u64::from_str_radix(caught.trim(), 16).ok()? & 2 != 0)
    };
    let start = Instant::now();
    while listens() != Some(true)
        && start.elapsed() < Duration::from_secs(if cfg!(target_os = "linux") { 60 } else { 2 })
    {
        thread::sleep(Duration::from_millis(5));
    }
}

/// Ctrl-C.
#[cfg(unix)]
pub(crate) fn interrupt(process: u32) {
    let mut kill = std::process::Command::new("kill");
    kill.args(["-INT", &process.to_string()]).stderr(Stdio::null()).status().unwrap();
}

/// A temporary directory.
pub(crate) struct Sandbox(TempDir);

/// What a run of the command gave.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// With a file in it.
    pub(crate) fn with(name: &str, text: impl AsRef<[u8]>) -> Self {
        let sandbox = Self::new();
        sandbox.write(name, text);
        sandbox
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// The names of all files, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
        let mut names: Vec<String> = fs::read_dir(self.0.path()).unwrap().map(name).collect();
        names.sort();
        names
    }

    /// The command, ready to run here.
    pub(crate) fn command(&self) -> assert_cmd::Command {
        let mut command = cargo_bin_cmd!("nn");
        command.current_dir(self.0.path());
        for name in ["NN_SEED", "NN_SIMD", "NN_THREADS", "NO_COLOR"] {
            command.env_remove(name);
        }
        command
    }

    /// The words of `line` as a process of its own, which may be killed; its output is read by `wait_with_output`.
    pub(crate) fn process(&self, line: &str) -> std::process::Command {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_nn"));
        command.args(line.split_whitespace()).current_dir(self.path(""));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Starts the words of `line` and gives it Ctrl-C so long after it has begun to listen for that.
    #[cfg(unix)]
    pub(crate) fn interrupted(&self, line: &str, after: Duration) -> Output {
        let child = self.process(line).spawn().unwrap();
        wait_until_it_listens(child.id());
        thread::sleep(after);
        interrupt(child.id());
        child.wait_with_output().unwrap()
    }

    /// Runs the words of `line`.
    pub(crate) fn nn(&self, line: &str) -> Run {
        self.nn_on(line, b"")
    }

    /// Runs the words of `line` with this on standard input.
    pub(crate) fn nn_on(&self, line: &str, input: &[u8]) -> Run {
        let output = self.command().args(line.split_whitespace()).write_stdin(input).output().unwrap();
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs `line`, which must succeed without a word on standard error, and gives standard output.
    pub(crate) fn ok(&self, line: &str) -> String {
        let run = self.nn(line);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "nn {line}: {run:?}");
        run.stdout
    }

    /// Runs `line`, whose standard output must be one JSON value.
    pub(crate) fn json(&self, line: &str) -> Value {
        let text = self.ok(line);
        assert_eq!(text.lines().count(), 1, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Runs `line`, which must fail with one line on standard error and leave every file as it was; gives that line.
    pub(crate) fn refuses(&self, line: &str) -> String {
        self.refuses_on(line, b"")
    }

    /// The same with this on standard input.
    pub(crate) fn refuses_on(&self, line: &str, input: &[u8]) -> String {
        let state = || self.files().into_iter().map(|name| (fs::read(self.path(&name)).ok(), name)).collect::<Vec<_>>();
        let before = state();
        let run = self.nn_on(line, input);
        assert_eq!((run.code, run.stdout.as_str()), (1, ""), "nn {line}: {run:?}");
        assert!(before == state(), "nn {line} left something behind: {:?}", self.files());
        let message = run.stderr.strip_prefix("error: ").unwrap_or_else(|| panic!("{run:?}"));
        let message = message.strip_suffix('\n').unwrap_or_else(|| panic!("{run:?}"));
        assert!(!message.contains('\n'), "{run:?}");
        message.to_owned()
    }

    /// Runs `line`, which must be refused as wrong usage.
    pub(crate) fn misuse(&self, line: &str) -> String {
        let run = self.nn(line);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "nn {line}: {run:?}");
        run.stderr
    }
}
