//! Builds the book: the pages of `docs/` as HTML, with search, formulas typeset and nothing fetched.
//!
//! usage: `nn-book OUT REFERENCE`: where the book goes, and where rustdoc has put the reference of all crates, which is
//! copied into it. `cargo xtask book` calls it with both.

mod links;
mod math;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use mdbook_driver::MDBook;
use mdbook_driver::config::Config;

/// The folder of the pages that are in Chinese: HTML should say so of them, for fonts, hyphens and readers of screens.
const CHINESE: &str = "zh";

fn main() -> Result<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [out, reference] = &arguments[..] else {
        bail!("usage: nn-book OUT REFERENCE");
    };
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let repository = home.parent().context("the folder of the book has no parent")?;
    if out.exists() {
        fs::remove_dir_all(out).with_context(|| format!("cannot clear {}", out.display()))?;
    }

    let mut config = Config::from_disk(home.join("book.toml"))?;
    config.build.build_dir = std::path::absolute(out)?;
    let mut book = MDBook::load_with_config(home, config)?;
    book.with_preprocessor(links::Links::new(repository, reference, out));
    book.with_preprocessor(math::Math);
    book.build()?;
    copy(reference, &out.join(links::REFERENCE)).context("cannot copy the reference")?;
    tell_language(&out.join(CHINESE))?;
    no_address(out)
}

/// Copies a folder with all that is in it.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Changes the language that every page of this folder says it has.
fn tell_language(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "html") {
            let page = fs::read_to_string(&path)?;
            let changed = page.replacen("<html lang=\"en\"", "<html lang=\"zh-Hans\"", 1);
            if changed == page {
                bail!("{} does not say its language where it was looked for", path.display());
            }
            fs::write(&path, changed)?;
        }
    }
    Ok(())
}

/// The book works without a network: no page of it may load anything from elsewhere.
fn no_address(out: &Path) -> Result<()> {
    for entry in fs::read_dir(out)? {
        let path = entry?.path();
        if path.is_dir() && !path.ends_with(links::REFERENCE) {
            no_address(&path)?;
        } else if path.extension().is_some_and(|extension| extension == "html") {
            let page = fs::read_to_string(&path)?;
            for loaded in ["src=\"http", "src=\"//", "rel=\"stylesheet\" href=\"http", "url(http"] {
                if page.contains(loaded) {
                    bail!("{} would load something from elsewhere: {loaded}", path.display());
                }
            }
        }
    }
    Ok(())
}
