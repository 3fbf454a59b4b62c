//! `cargo xtask new NAME`: a crate for one more model, from the template in `xtask/template`.
//!
//! The template is a crate like any other, whose model is called nearest-mean; all that is done to it is to call it
//! something else. Everything is made up in memory before the first file is written, and what goes wrong afterwards is
//! undone, so nothing is ever left half made.

mod edits;
mod name;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use xshell::{Shell, cmd};

use crate::tidy::Package;
use name::Name;

/// The template's files: where each lies in the crate, and what is in it.
const TEMPLATE: [(&str, &str); 11] = [
    ("Cargo.toml", include_str!("../template/Cargo.toml")),
    ("README.md", include_str!("../template/README.md")),
    ("src/lib.rs", include_str!("../template/src/lib.rs")),
    ("src/params.rs", include_str!("../template/src/params.rs")),
    ("src/model.rs", include_str!("../template/src/model.rs")),
    ("src/train.rs", include_str!("../template/src/train.rs")),
    ("tests/main.rs", include_str!("../template/tests/main.rs")),
    ("tests/conformance.rs", include_str!("../template/tests/conformance.rs")),
    ("tests/properties.rs", include_str!("../template/tests/properties.rs")),
    ("examples/nearest_mean_points.rs", include_str!("../template/examples/nearest_mean_points.rs")),
    ("examples/nearest_mean_points.out", include_str!("../template/examples/nearest_mean_points.out")),
];

/// Makes the crate in the repository in which the shell stands, and tells what to do next.
pub(crate) fn run(shell: &Shell, name: &str) -> Result<()> {
    create(shell, name)?;
    println!("made crates/nn-{name}: a model that works, to be replaced by yours\n");
    for (what, why) in [
        (format!("cargo test -p nn-{name}"), "its tests; `cargo xtask ci` passes as well"),
        (format!("cargo run --release -- models {name}"), "it is at the shell already"),
        (format!("crates/nn-{name}/src/train.rs"), "begin here: the rule; then params.rs, model.rs, README.md"),
        ("README.md, docs/architecture.md".to_owned(), "say in its row and its line what it is"),
        ("docs/adding-a-model.md".to_owned(), "what each room is for, and when the model is done"),
    ] {
        println!("  {what:<width$}  {why}", width = 30 + name.len());
    }
    Ok(())
}

/// Makes the crate, and its lines in the files that name every model.
pub(crate) fn create(shell: &Shell, name: &str) -> Result<()> {
    let root = shell.current_dir();
    let name = Name::parse(name)?;
    name.check_free_of(&TEMPLATE.map(|(_, content)| content))?;
    check_free(shell, &root, &name)?;

    let folder = root.join("crates").join(name.package());
    let mut files = Vec::new();
    for (path, content) in TEMPLATE {
        files.push((folder.join(name.instead(path)), name.instead(content)));
    }
    for edit in &edits::EDITS {
        let path = root.join(edit.path);
        let old = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", edit.path))?;
        let new =
            (edit.add)(&old, &name).with_context(|| format!("{}: found no place for {}", edit.path, name.package()))?;
        files.push((path, new));
    }

    let undo = Undo::before(&root, &files, folder)?;
    let outcome = write(&files).and_then(|()| settle(shell, &root, &files));
    if outcome.is_err() {
        undo.run()?;
    }
    outcome
}

/// That no package, folder, model or line has this name yet.
fn check_free(shell: &Shell, root: &Path, name: &Name) -> Result<()> {
    let package = name.package();
    let folder = root.join("crates").join(&package);
    // First, since cargo refuses to work beside a folder of `crates` that is no crate.
    if folder.symlink_metadata().is_ok() && !folder.join("Cargo.toml").exists() {
        bail!("crates/{package} is there and is no crate: is it half made? look, and remove it first");
    }
    if folder.exists() || Package::of_workspace(shell)?.iter().any(|other| other.name == package) {
        bail!("the name is taken: there is a crate {package}");
    }
    let settings = format!(": \"{name}\" {{");
    let elsewhere = cmd!(shell, "git grep --untracked --files-with-matches --fixed-strings {settings} -- crates");
    let elsewhere = elsewhere.ignore_status().quiet().read()?;
    if let Some(path) = elsewhere.lines().next() {
        bail!("the name is taken: {path} has a model `{name}`");
    }
    for edit in &edits::EDITS {
        let content = shell.read_file(edit.path)?;
        if let Some((number, _)) = (1..).zip(content.lines()).find(|(_, line)| edits::names(line, name)) {
            bail!("{}:{number} names {package} already: is it half made? remove that line first", edit.path);
        }
    }
    Ok(())
}

fn write(files: &[(PathBuf, String)]) -> Result<()> {
    for (path, content) in files {
        let folder = path.parent().context("a file lies in a folder")?;
        std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(path, content))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// Formats what was written, since a line is as long as the name in it, and tells the lock file of the new member.
fn settle(shell: &Shell, root: &Path, files: &[(PathBuf, String)]) -> Result<()> {
    let sources = files.iter().map(|(path, _)| path).filter(|path| path.extension().is_some_and(|end| end == "rs"));
    let sources: Vec<&Path> = sources.map(|path| path.strip_prefix(root).unwrap_or(path)).collect();
    cmd!(shell, "rustfmt --edition 2024 {sources...}").quiet().run()?;
    cmd!(shell, "cargo update --workspace --offline --quiet").quiet().run()?;
    Ok(())
}

/// How things stood before.
struct Undo {
    contents: Vec<(PathBuf, Vec<u8>)>,
    folder: PathBuf,
}

impl Undo {
    /// Of these files those that are there, and the lock file; `folder` is not there yet.
    fn before(root: &Path, files: &[(PathBuf, String)], folder: PathBuf) -> Result<Self> {
        let lock = root.join("Cargo.lock");
        let there = files.iter().map(|(path, _)| path).chain([&lock]).filter(|path| path.exists());
        let read = |path: &PathBuf| -> Result<(PathBuf, Vec<u8>)> {
            Ok((path.clone(), std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?))
        };
        Ok(Self { contents: there.map(read).collect::<Result<_>>()?, folder })
    }

    fn run(self) -> Result<()> {
        for (path, content) in self.contents {
            std::fs::write(&path, content).with_context(|| format!("cannot restore {}", path.display()))?;
        }
        if self.folder.exists() {
            let shown = self.folder.display().to_string();
            std::fs::remove_dir_all(self.folder).with_context(|| format!("cannot remove {shown}"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_template_is_in_the_list() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("template");
        let mut folders = vec![root.clone()];
        let mut found = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push(path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/"));
                }
            }
        }
        let mut listed: Vec<String> = TEMPLATE.iter().map(|(path, _)| (*path).to_owned()).collect();
        found.sort();
        listed.sort();
        assert_eq!(listed, found);
    }

    #[test]
    fn nothing_of_the_template_s_own_name_is_left() {
        let name = Name::parse("radial-basis-2").unwrap();
        for (path, content) in TEMPLATE {
            let content = name.instead(path) + &name.instead(content);
            for left in ["nearest-mean", "nearest_mean", "NearestMean"] {
                assert!(!content.contains(left), "{path}: {left}");
            }
        }
        assert!(name.instead(TEMPLATE[7].1).contains("nn_radial_basis_2::{"));
        assert!(name.instead(TEMPLATE[4].1).contains("pub struct RadialBasis2<F"));
    }

    #[test]
    fn a_name_that_is_taken_is_refused_and_nothing_is_written() {
        let shell = crate::shell().unwrap();
        let error = |name: &str| create(&shell, name).unwrap_err().to_string();
        assert_eq!(error("perceptron"), "the name is taken: there is a crate nn-perceptron");
        assert_eq!(error("core"), "the name is taken: there is a crate nn-core");
        let mlp = error("mlp");
        assert!(mlp.starts_with("the name is taken: crates/") && mlp.ends_with("has a model `mlp`"), "{mlp}");
        assert!(!shell.path_exists("crates/nn-mlp"));
    }

    #[test]
    fn undo_gives_back_what_was_and_removes_what_was_not() {
        let root = std::env::temp_dir().join(format!("nn-xtask-undo-{}", std::process::id()));
        let (folder, old) = (root.join("crates/nn-som"), root.join("README.md"));
        std::fs::create_dir_all(&root).unwrap();
        std::fs::write(&old, "before").unwrap();
        let files = [(folder.join("src/lib.rs"), "new".to_owned()), (old.clone(), "after".to_owned())];
        let undo = Undo::before(&root, &files, folder.clone()).unwrap();
        write(&files).unwrap();
        assert!(folder.join("src/lib.rs").exists());
        undo.run().unwrap();
        assert_eq!(std::fs::read_to_string(&old).unwrap(), "before");
        assert!(!folder.exists());
        std::fs::remove_dir_all(root).unwrap();
    }
}
