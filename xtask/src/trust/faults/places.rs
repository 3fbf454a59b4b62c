//! Places that take no file: full, read-only, or gone.

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::super::nn::{Ended, Nn, ended, files, make_fresh, wait, wait_until_it_listens};
use super::Count;
use super::kills::Whole;

/// How a disk is made full or read-only here.
pub(super) enum Disk {
    /// A small file system in memory, which only root can make.
    Tmpfs(PathBuf),
    /// A limit on the length of files, and a folder without leave to write.
    Limits(PathBuf),
}

/// What is written onto such a disk.
const FLAGS: [&str; 2] = ["--out", "--checkpoint"];

impl Disk {
    /// The better of the two that this process may use, in a folder below `folder`.
    pub(super) fn find(folder: &Path) -> Result<Self> {
        let place = folder.join("disk");
        make_fresh(&place)?;
        let mounts = Mounted::new(&place, 1 << 16).is_ok();
        Ok(if mounts { Self::Tmpfs(place) } else { Self::Limits(place) })
    }

    /// How it was done, for the page.
    pub(super) fn told(&self) -> &'static str {
        match self {
            Self::Tmpfs(_) => {
                "The disk is a tmpfs, filled to its last byte, or mounted read-only: so it is for root as well."
            }
            Self::Limits(_) => {
                "The full disk is `ulimit -f 1` (files of a kilobyte) with its signal ignored; the read-only one a folder of mode 555."
            }
        }
    }

    pub(super) fn full(&self, nn: &Nn, whole: &Whole<'_>, failures: &mut Vec<String>) -> Result<Count> {
        let mut count = Count::default();
        for flag in FLAGS {
            let failure = match self {
                Self::Tmpfs(place) => {
                    let disk = Mounted::new(place, 2 * whole.bytes.len() + (1 << 20))?;
                    put_old(place, whole)?;
                    fill(&place.join("filler"))?;
                    let ended = ended(&mut nn.command(whole.folder, &line(whole, flag, place)))?;
                    let failure = judged(place, whole, &["filler", "old.nn"], ended)?;
                    drop(disk);
                    failure
                }
                Self::Limits(place) => {
                    make_fresh(place)?;
                    put_old(place, whole)?;
                    let limit = "trap '' XFSZ; ulimit -f 1";
                    let ended = ended(&mut nn.limited(whole.folder, limit, &line(whole, flag, place)))?;
                    judged(place, whole, &["old.nn"], ended)?
                }
            };
            count.add(failures, failure.map(|failure| format!("{flag} on a full disk: {failure}")));
        }
        Ok(count)
    }

    pub(super) fn read_only(&self, nn: &Nn, whole: &Whole<'_>, failures: &mut Vec<String>) -> Result<Count> {
        let mut count = Count::default();
        for flag in FLAGS {
            let run = |place: &Path| ended(&mut nn.command(whole.folder, &line(whole, flag, place)));
            let failure = match self {
                Self::Tmpfs(place) => {
                    let disk = Mounted::new(place, 2 * whole.bytes.len() + (1 << 20))?;
                    put_old(place, whole)?;
                    disk.make_read_only()?;
                    let failure = judged(place, whole, &["old.nn"], run(place)?)?;
                    drop(disk);
                    failure
                }
                Self::Limits(place) => {
                    make_fresh(place)?;
                    put_old(place, whole)?;
                    fs::set_permissions(place, Permissions::from_mode(0o555))?;
                    let ended = run(place);
                    fs::set_permissions(place, Permissions::from_mode(0o755))?;
                    judged(place, whole, &["old.nn"], ended?)?
                }
            };
            count.add(failures, failure.map(|failure| format!("{flag} on a read-only disk: {failure}")));
        }
        Ok(count)
    }
}

/// The training, with a file on the disk.
fn line(whole: &Whole<'_>, flag: &str, place: &Path) -> String {
    let file = place.join("old.nn");
    format!("{} {flag} {}", whole.lesson.train(), file.display())
}

fn put_old(place: &Path, whole: &Whole<'_>) -> Result<()> {
    Ok(fs::write(place.join("old.nn"), &whole.bytes)?)
}

/// Takes all the room there is.
fn fill(path: &Path) -> Result<()> {
    let mut file = File::create(path)?;
    // The last bytes go one by one: a write that does not fit may write nothing.
    for part in [1 << 16, 1 << 10, 1] {
        while file.write_all(&vec![0; part]).is_ok() {}
    }
    Ok(())
}

/// What is wrong with how it ended, or with what is left there.
fn judged(place: &Path, whole: &Whole<'_>, expected: &[&str], ended: Ended) -> Result<Option<String>> {
    let names = files(place)?;
    let same = fs::read(place.join("old.nn")).is_ok_and(|bytes| bytes == whole.bytes);
    Ok(match (ended.is_refusal(), same, names == expected) {
        (false, ..) => Some(ended.told()),
        (true, false, _) => Some("the file that was there is another".to_owned()),
        (true, true, false) => Some(format!("left there: {}", names.join(", "))),
        (true, true, true) => None,
    })
}

/// A file system in memory, for as long as this lives.
struct Mounted<'a>(&'a Path);

impl<'a> Mounted<'a> {
    fn new(place: &'a Path, bytes: usize) -> Result<Self> {
        mount(&["-t", "tmpfs", "-o", &format!("size={bytes}"), "tmpfs"], place)?;
        Ok(Self(place))
    }

    fn make_read_only(&self) -> Result<()> {
        mount(&["-o", "remount,ro"], self.0)
    }
}

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        // What stays mounted is seen by the next mount there, and in the folder itself.
        let _ = Command::new("umount").arg(self.0).status();
    }
}

fn mount(words: &[&str], place: &Path) -> Result<()> {
    let output = Command::new("mount").args(words).arg(place).output().context("mount")?;
    anyhow::ensure!(output.status.success(), "mount: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(())
}

/// Files that are there when a training begins, and gone when it ends.
pub(super) fn removed(nn: &Nn, whole: &Whole<'_>, failures: &mut Vec<String>) -> Result<Count> {
    let mut count = Count::default();
    let (folder, train) = (whole.folder, whole.lesson.train());
    let every = whole.lesson.every;
    let mut try_without = |what: &str, line: &str, path: &Path, must_fail: bool| -> Result<()> {
        let mut child = nn.command(folder, line).spawn()?;
        wait_until_it_listens(&mut child)?;
        if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
            .with_context(|| what.to_owned())?;
        let ended = wait(child)?;
        // The data are another file here, and a model of them may know other columns.
        let model = folder.join("m.nn");
        let same = !model.exists() || fs::read(&model)? == whole.bytes;
        let held = if must_fail { ended.is_refusal() } else { ended.code == Some(0) && same };
        count.add(failures, (!held).then(|| format!("{what} removed: {}", ended.told())));
        Ok(())
    };

    let data = folder.join("data.csv");
    nn.succeed(folder, &format!("data {} --out data.csv", whole.lesson.data()))?;
    let own = train.replacen(&format!("--data {}", whole.lesson.data()), "--data data.csv", 1);
    try_without("the data", &own, &data, false)?;

    fs::copy(folder.join("never.nn"), folder.join("c.nn"))?;
    let line = format!("{train} --checkpoint c.nn --every {every} --out m.nn");
    try_without("the checkpoint", &line, &folder.join("c.nn"), false)?;
    ["c.nn", "m.nn"].iter().for_each(|name| drop(fs::remove_file(folder.join(name))));

    make_fresh(&folder.join("gone"))?;
    try_without("the folder", &format!("{train} --out gone/m.nn"), &folder.join("gone"), true)?;
    Ok(count)
}
