//! Trainings that are ended at random moments and continued, against the one that nobody disturbed.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::super::lessons::Lesson;
use super::super::nn::{Ended, Nn, files, wait, wait_until_it_listens};
use super::Count;

/// The signal of `kill -9`.
const SIGKILL: i32 = 9;
/// A blow falls within this share of the time that the whole training takes, so that several fall on the way.
const WITHIN: f64 = 0.3;

/// By what a training is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Kill,
    Interrupt,
}

/// A training that nobody disturbed.
pub(super) struct Whole<'a> {
    pub(super) lesson: &'a Lesson,
    /// Where it lies, as `whole.nn`.
    pub(super) folder: &'a Path,
    pub(super) bytes: Vec<u8>,
    time: Duration,
}

impl<'a> Whole<'a> {
    pub(super) fn train(nn: &Nn, folder: &'a Path, lesson: &'a Lesson) -> Result<Self> {
        let start = Instant::now();
        let line = format!("{} --checkpoint never.nn --every {} --out whole.nn", lesson.train(), lesson.every);
        nn.succeed(folder, &line)?;
        let time = start.elapsed();
        Ok(Self { lesson, folder, bytes: fs::read(folder.join("whole.nn"))?, time })
    }

    /// Ends trainings until so many blows have fallen, and lets the last one come to its end: the blows, and the trainings.
    pub(super) fn disturb(&self, nn: &Nn, by: By, blows: usize, failures: &mut Vec<String>) -> Result<[Count; 2]> {
        let (mut blow, mut series) = (Count::default(), Count::default());
        let mut random = Random(1 + by as u64);
        loop {
            let is_last = blows <= blow.of;
            let delay = (!is_last).then(|| self.time.mul_f64(WITHIN * random.next()));
            let ended = self.part(nn, by, delay)?;
            match (by, ended.code, ended.signal) {
                (_, Some(0), _) => {
                    series.add(failures, self.compare(by)?);
                    ["c.nn", "m.nn"].iter().for_each(|name| drop(fs::remove_file(self.folder.join(name))));
                    if is_last {
                        return Ok([blow, series]);
                    }
                }
                (By::Kill, _, Some(SIGKILL)) => {
                    let whole =
                        !self.folder.join("c.nn").exists() || nn.run(self.folder, "inspect c.nn")?.code == Some(0);
                    blow.add(failures, (!whole).then(|| "killed: the checkpoint is damaged".to_owned()));
                }
                (By::Interrupt, Some(130), _) => {
                    let names = files(self.folder)?;
                    let kept =
                        names.iter().any(|name| name == "c.nn") && !names.iter().any(|name| name.ends_with(".tmp"));
                    let failure = || format!("Ctrl-C left {}", names.join(", "));
                    blow.add(failures, (!kept).then(failure));
                }
                _ => {
                    blow.add(failures, Some(format!("{by:?} at a random moment: {}", ended.told())));
                    // What cannot be continued is begun anew.
                    drop(fs::remove_file(self.folder.join("c.nn")));
                    if is_last {
                        return Ok([blow, series]);
                    }
                }
            }
        }
    }

    /// Begins or continues a training; the blow falls so long after it has begun.
    fn part(&self, nn: &Nn, by: By, delay: Option<Duration>) -> Result<Ended> {
        let resume = if self.folder.join("c.nn").exists() { " --resume c.nn" } else { "" };
        let line =
            format!("{} --checkpoint c.nn --every {} --out m.nn{resume}", self.lesson.train(), self.lesson.every);
        let mut child = nn.command(self.folder, &line).spawn()?;
        if let Some(delay) = delay {
            let listens = by == By::Kill || wait_until_it_listens(&mut child)?;
            thread::sleep(delay);
            match by {
                By::Kill => child.kill()?,
                By::Interrupt if listens && child.try_wait()?.is_none() => {
                    Command::new("kill").args(["-INT", &child.id().to_string()]).status().context("kill")?;
                }
                By::Interrupt => {}
            }
        }
        wait(child)
    }

    /// That the model is the same, and nothing is left beside it.
    fn compare(&self, by: By) -> Result<Option<String>> {
        let same = fs::read(self.folder.join("m.nn"))? == self.bytes;
        let names = files(self.folder)?;
        let left: Vec<&str> = names.iter().map(String::as_str).filter(|name| name.ends_with(".tmp")).collect();
        Ok(match (same, left.is_empty()) {
            (false, _) => Some(format!("{by:?}: another model than without")),
            (true, false) => Some(format!("{by:?}: left behind: {}", left.join(", "))),
            (true, true) => None,
        })
    }
}

/// Numbers from 0 to 1 by a linear congruence (Knuth's MMIX): good enough for moments.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f64 / (1 << 24) as f64
    }
}
