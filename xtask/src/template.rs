//! The stage of ci that makes a model from the template, in a copy of the repository, and puts it to the test.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result, bail};
use xshell::{Shell, cmd};

use crate::{docs, examples, new, tidy};

/// Long and with hyphens and a digit, so that lines are broken which are not in the template.
const NAME: &str = "made-from-the-template-for-ci-2";

/// Makes the copy, tries everything in it, and removes it, whether it went well or not.
pub(crate) fn check(shell: &Shell) -> Result<()> {
    let target = docs::target_directory(shell)?;
    let folder = target.join("template-check");
    shell.remove_path(&folder)?;
    copy(shell, &folder).context("cannot copy the repository")?;

    let copy = Shell::new()?;
    copy.change_dir(&folder);
    // The same target directory, so that nothing is built twice.
    copy.set_var("CARGO_TARGET_DIR", &target);
    // But the finished command there is this repository's, and stays so.
    let command = target.join(format!("debug/nn{}", std::env::consts::EXE_SUFFIX));
    let aside = target.join("template-check-nn");
    let had_command = std::fs::rename(&command, &aside).is_ok();
    let outcome = try_out(&copy, &command);
    shell.remove_path(&command)?;
    if had_command {
        std::fs::rename(&aside, &command)?;
    }
    shell.remove_path(&folder)?;
    outcome
}

/// Copies every file that git knows. Times are kept: cargo takes a file that is newer than what was built for a change.
fn copy(shell: &Shell, folder: &Path) -> Result<()> {
    let root = shell.current_dir();
    let listed = cmd!(shell, "git ls-files -z --cached --others --exclude-standard").quiet().read()?;
    for path in listed.split_terminator('\0') {
        let (from, to) = (root.join(path), folder.join(path));
        // A file that is deleted but not yet committed is still listed.
        if !from.is_file() {
            continue;
        }
        std::fs::create_dir_all(to.parent().context("a file lies in a folder")?)?;
        std::fs::copy(&from, &to).with_context(|| path.to_owned())?;
        File::options().write(true).open(&to)?.set_modified(from.metadata()?.modified()?)?;
    }
    Ok(())
}

fn try_out(shell: &Shell, command: &Path) -> Result<()> {
    // The copy lies where git looks at nothing, so tidy needs a repository to ask.
    cmd!(shell, "git init --quiet").run()?;
    let manifest = shell.current_dir().join("Cargo.toml");
    let written = manifest.metadata()?.modified()?;
    new::create(shell, NAME)?;
    // Every crate inherits from this manifest, so all would be built anew for a line that none of them sees.
    File::options().write(true).open(&manifest)?.set_modified(written)?;
    cmd!(shell, "cargo fmt --all --check").run()?;
    tidy::run(shell)?;

    // Of the whole workspace, although one crate is new: for a selection of crates cargo would build all below them once more,
    // with the features that these alone ask for.
    let package = format!("nn-{NAME}");
    cmd!(shell, "cargo clippy --workspace --all-targets -- -D warnings").run()?;
    cmd!(shell, "cargo clippy -p {package} --no-default-features -- -D warnings").run()?;
    let json =
        cmd!(shell, "cargo test --workspace --lib --bins --tests --no-run --message-format=json-render-diagnostics")
            .read()?;
    let tests = examples::built(&json, &["lib", "test"])?;
    let root = shell.current_dir();
    // What it has of its own; and what the command promises of every model, and that it counts on none but those.
    for (package, filter) in [(package.as_str(), None), ("nn-cli", Some("shell::"))] {
        let folder = root.join("crates").join(package);
        let own: Vec<_> = tests.iter().filter(|test| test.source.starts_with(&folder)).collect();
        if own.is_empty() {
            bail!("cargo has built no test of {package}");
        }
        let _folder = shell.push_dir(&folder);
        for test in own {
            let program = &test.program;
            cmd!(shell, "{program} --quiet {filter...}").run()?;
        }
    }
    let tried = cmd!(shell, "cargo test --workspace --doc -- {package}").read()?;
    if !tried.contains(&format!("crates/{package}/")) {
        bail!("no example of its page was tried:\n{tried}");
    }
    let folder = root.join("crates").join(&package);
    let examples = examples::build(shell)?;
    let example = examples.iter().find(|example| example.source.starts_with(&folder)).context("it has no example")?;
    examples::run_one(&root, example)?;

    let listed = cmd!(shell, "{command} models").read()?;
    if !listed.lines().any(|line| line.split_whitespace().next() == Some(NAME)) {
        bail!("`nn models` does not list {NAME}:\n{listed}");
    }
    cmd!(shell, "{command} train {NAME} --data iris").ignore_stderr().ignore_stdout().run()?;
    Ok(())
}
