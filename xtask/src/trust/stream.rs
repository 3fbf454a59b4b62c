//! Data without an end, in little memory.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::lessons::{Form, LESSONS, Stream};
use super::nn::{Nn, peak_memory, wait};
use super::{Found, Trial};

pub(super) const ABOUT: &str = "\
Data that are made while they are read, from standard input: `nn train MODEL --data - --stream 10000 --set epochs=1` within 512 MB of
addresses (`ulimit -v 524288`). One fast kind of model for each form of data takes all of it, every other one a hundredth. *Peak* is the
most memory that was in place at once.";

/// Rows that are learned at a time.
const ROWS: usize = 10_000;
/// Numbers of a sample, an image of 8 by 8 where it is one.
const FEATURES: usize = 64;
const LIMIT: &str = "ulimit -v 524288";
/// So many rows are made at a time; then they come again.
const BLOCK: usize = 4096;

pub(super) fn run(trial: &Trial<'_>) -> Result<Found> {
    let nn = Nn::build(trial.shell)?;
    let mut failures = Vec::new();
    let mut text =
        "| model | data | bytes | rows | seconds | MB a second | peak | |\n|---|---|--:|--:|--:|--:|--:|---|\n"
            .to_owned();
    for lesson in LESSONS.iter().filter(|lesson| trial.options.wants(lesson.model)) {
        let Some(stream) = lesson.stream else { continue };
        eprintln!("  {}", lesson.model);
        let share = if stream.is_fast { 1.0 } else { 0.01 };
        let bytes = (trial.options.gigabytes * share * 1e9) as u64;
        let line = format!(
            "train {} --data - --stream {ROWS} --set epochs=1 {} --quiet --force --out m.nn",
            lesson.model, stream.settings
        );
        let mut child = nn.limited(&trial.folder, LIMIT, &line).stdin(std::process::Stdio::piped()).spawn()?;
        let mut pipe = Metered { to: child.stdin.take().context("no pipe")?, process: child.id(), bytes: 0, peak: 0 };
        let start = Instant::now();
        let written = write_stream(&mut pipe, stream, bytes);
        let Metered { to, bytes: sent, mut peak, .. } = pipe;
        drop(to);
        while child.try_wait()?.is_none() && start.elapsed() < Duration::from_secs(24 * 3600) {
            peak = peak.max(peak_memory(child.id()).unwrap_or_default());
            std::thread::sleep(Duration::from_millis(5));
        }
        let seconds = start.elapsed().as_secs_f64();
        let ended = wait(child)?;
        let held = ended.code == Some(0) && written.is_ok();
        if !held {
            failures.push(format!("{}: after {sent} bytes: {}", lesson.model, ended.told()));
        }
        text += &format!(
            "| {} | {} | {sent} | {} | {seconds:.1} | {:.0} | {:.0} MB | {} |\n",
            lesson.model,
            format!("{:?}", stream.form).to_lowercase(),
            written.unwrap_or_default(),
            sent as f64 / seconds / 1e6,
            peak as f64 / 1024.0,
            if held { "" } else { "**failed**" }
        );
    }
    text += &format!("\nSamples of {FEATURES} numbers; {ROWS} of them are learned at a time.");
    Ok(Found { text, failures })
}

/// A pipe that counts, and looks at the memory of who reads it now and then.
struct Metered<W> {
    to: W,
    process: u32,
    bytes: u64,
    /// In kilobytes.
    peak: u64,
}

impl<W: Write> Write for Metered<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.bytes += written as u64;
        self.peak = self.peak.max(peak_memory(self.process).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Writes about so many bytes of samples, and tells how many samples they were.
fn write_stream(to: &mut impl Write, stream: Stream, bytes: u64) -> io::Result<u64> {
    let (block, width) = block(stream);
    let rows = (bytes / width as u64).max(2);
    to.write_all(&head(stream.form, rows))?;
    let mut left = rows;
    while 0 < left {
        let count = left.min(BLOCK as u64);
        to.write_all(&block[..count as usize * width])?;
        left -= count;
    }
    Ok(rows)
}

/// What stands before so many samples.
fn head(form: Form, rows: u64) -> Vec<u8> {
    match form {
        Form::Csv => {
            let names: Vec<String> = (0..FEATURES).map(|at| format!("x{at}")).collect();
            format!("{},y\n", names.join(",")).into_bytes()
        }
        Form::Npy => {
            let shape = format!("({rows}, {})", FEATURES + 1);
            let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
            // Numbers start at a multiple of 64 bytes.
            let header = format!("{header:117}\n");
            [b"\x93NUMPY\x01\x00", (header.len() as u16).to_le_bytes().as_slice(), header.as_bytes()].concat()
        }
        Form::Idx => {
            let axes = [rows as u32, 8, 8];
            [0, 0, 8, 3].into_iter().chain(axes.iter().flat_map(|axis| axis.to_be_bytes())).collect()
        }
    }
}

/// Samples, and how many bytes each of them has. Two classes that are easy to part: one has larger numbers in its first half, the other
/// in its second.
fn block(stream: Stream) -> (Vec<u8>, usize) {
    let mut block = Vec::new();
    let mut random = 1_u64;
    for row in 0..BLOCK {
        let class = row % 2;
        let numbers: Vec<u8> = (0..FEATURES)
            .map(|at| {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let low = (random >> 60) as u8 % 5;
                let digit = if (at < FEATURES / 2) == (class == 0) { 4 + low } else { low };
                if stream.bits { u8::from(4 <= digit) } else { digit }
            })
            .collect();
        match stream.form {
            Form::Csv => {
                numbers.iter().for_each(|digit| block.extend([b'0' + digit, b',']));
                block.extend([b'a' + class as u8, b'\n']);
            }
            Form::Npy => {
                let all = numbers.iter().copied().chain([class as u8]);
                all.for_each(|number| block.extend(f32::from(number).to_le_bytes()));
            }
            Form::Idx => block.extend(numbers),
        }
    }
    let width = block.len() / BLOCK;
    (block, width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::lessons::LESSONS;

    #[test]
    fn a_stream_is_as_long_as_its_head_says() {
        let mlp = LESSONS.iter().find(|lesson| lesson.model == "mlp").unwrap().stream.unwrap();
        for (form, head, sample) in [(Form::Csv, 0, 130), (Form::Npy, 128, 260), (Form::Idx, 16, 64)] {
            let mut bytes = Vec::new();
            let rows = write_stream(&mut bytes, Stream { form, ..mlp }, 3_000_000).unwrap();
            let head = if form == Form::Csv { bytes.iter().position(|&byte| byte == b'\n').unwrap() + 1 } else { head };
            assert_eq!((bytes.len() - head) as u64, rows * sample, "{form:?}");
        }
    }
}
