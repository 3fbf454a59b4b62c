//! What befalls a training: it is killed, interrupted, has no room, no leave to write, no file any more, no memory.

mod kills;
mod places;

use anyhow::Result;

use super::lessons::{LESSONS, Lesson};
use super::nn::{Nn, ended, make_fresh};
use super::{Found, Trial};

pub(super) const ABOUT: &str = "\
Trainings of the release build, one of each kind of model, about a second each. *Killed*: by SIGKILL at moments drawn at random, then
continued by `--resume`, killed again, until it is done; *Ctrl-C* the same with SIGINT, which must end with exit 130 and a checkpoint.
Both count as held where the file of the model equals that of the training that nobody disturbed, byte for byte. *Full*, *read-only*:
`--out` and `--checkpoint` on such a disk, where each must end with exit 1 and one line on standard error, the file that was there
unchanged and no other left. *Removed*, while it trains: the data, and the checkpoint, which must not matter; and the folder of the
model, which must be told in one line. *Memory*: settings that ask for more than 512 MB within `ulimit -v 524288`, which must be exit
1 and one line, where a setting can ask for so much at all.";

/// How many of so many tries held.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    held: usize,
    of: usize,
}

impl Count {
    /// One more try; what did not hold is told in `failures`.
    fn add(&mut self, failures: &mut Vec<String>, failure: Option<String>) {
        self.of += 1;
        self.held += usize::from(failure.is_none());
        failures.extend(failure);
    }

    fn told(self) -> String {
        if self.of == 0 { "-".to_owned() } else { format!("{} of {}", self.held, self.of) }
    }
}

const COLUMNS: [&str; 8] = ["killed", "series", "Ctrl-C", "series", "full", "read-only", "removed", "memory"];

pub(super) fn run(trial: &Trial<'_>) -> Result<Found> {
    let nn = Nn::build(trial.shell)?;
    let disk = places::Disk::find(&trial.folder)?;
    let mut failures = Vec::new();
    let mut sums = [Count::default(); COLUMNS.len()];
    let mut text = format!("| model | {} |\n|---|{}\n", COLUMNS.join(" | "), "--:|".repeat(COLUMNS.len()));
    for lesson in LESSONS.iter().filter(|lesson| trial.options.wants(lesson.model)) {
        eprintln!("  {}", lesson.model);
        let folder = trial.folder.join(lesson.model);
        make_fresh(&folder)?;
        let mut told = Vec::new();
        let whole = kills::Whole::train(&nn, &folder, lesson)?;
        let [killed, killed_series] = whole.disturb(&nn, kills::By::Kill, trial.options.kills, &mut told)?;
        let [stopped, stopped_series] = whole.disturb(&nn, kills::By::Interrupt, trial.options.kills / 2, &mut told)?;
        let counts = [
            killed,
            killed_series,
            stopped,
            stopped_series,
            disk.full(&nn, &whole, &mut told)?,
            disk.read_only(&nn, &whole, &mut told)?,
            places::removed(&nn, &whole, &mut told)?,
            too_much_memory(&nn, &whole, &mut told)?,
        ];
        let cells: Vec<String> = counts.iter().map(|count| count.told()).collect();
        text += &format!("| {} | {} |\n", lesson.model, cells.join(" | "));
        for (sum, count) in sums.iter_mut().zip(counts) {
            sum.held += count.held;
            sum.of += count.of;
        }
        failures.extend(told.into_iter().map(|failure| format!("{}: {failure}", lesson.model)));
    }
    let cells: Vec<String> = sums.iter().map(|count| count.told()).collect();
    text += &format!("| together | {} |\n\n", cells.join(" | "));
    text += "*Killed* and *Ctrl-C* count the blows, each after which the checkpoint was whole; *series* the trainings that came to their \
             end so, and to the same bytes. ";
    text += disk.told();
    Ok(Found { text, failures })
}

/// What a training asks for that is more than it may have.
fn too_much_memory(nn: &Nn, whole: &kills::Whole<'_>, failures: &mut Vec<String>) -> Result<Count> {
    let mut count = Count::default();
    let Lesson { model, huge, .. } = whole.lesson;
    if !huge.is_empty() {
        let line = format!("train {model} --data {} {huge} --set epochs=1 --quiet --out huge.nn", whole.lesson.data());
        let ended = ended(&mut nn.limited(whole.folder, "ulimit -v 524288", &line))?;
        let left = whole.folder.join("huge.nn").exists();
        let failure = (!ended.is_refusal() || left).then(|| format!("too much memory: {huge}: {}", ended.told()));
        count.add(failures, failure);
    }
    Ok(count)
}
