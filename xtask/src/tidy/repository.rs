//! What the rules look at: the files that git knows, the workspace's packages, and what a library brings along.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde_json::Value;
use xshell::{Shell, cmd};

/// The command: it may depend on every model.
pub(super) const COMMAND: &str = "nn-cli";
/// What two or more models share: it knows no model.
pub(super) const CORE: &str = "nn-core";
/// What nn-core stands on: it knows nothing but numbers.
pub(super) const KERNELS: &str = "nn-kernels";

/// Everything that is read once, before the rules look at it.
#[derive(Debug, Default)]
pub(super) struct Repository {
    /// Every file that a fresh clone would have, from the root, with `/`.
    pub(super) paths: BTreeSet<String>,
    /// Those of them that are text.
    pub(super) texts: Vec<Text>,
    pub(super) packages: Vec<Package>,
    /// All that is built beside them, for tests and other systems as well.
    pub(super) outside: Vec<Outside>,
    /// For each library, the crates that come with it.
    pub(super) trees: Vec<Tree>,
}

#[derive(Debug)]
pub(super) struct Text {
    pub(super) path: String,
    pub(super) content: String,
}

/// A member of the workspace.
#[derive(Debug, Default)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// From the root, as `crates/nn-som`.
    pub(crate) folder: String,
    pub(super) description: String,
    pub(super) dependencies: Vec<Dependency>,
}

/// A dependency as it stands in a manifest, optional ones too.
#[derive(Debug)]
pub(super) struct Dependency {
    pub(super) name: String,
    /// Of tests, examples and benchmarks only.
    pub(super) dev: bool,
}

/// A crate that is not of the workspace.
#[derive(Debug)]
pub(super) struct Outside {
    pub(super) name: String,
    pub(super) version: String,
    /// As its manifest says it.
    pub(super) licence: Option<String>,
}

/// The crates that come with a library, itself excluded, without those of tests and build scripts.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) package: String,
    pub(super) features: Features,
    /// Name and version, as `rand 0.10.4`.
    pub(super) crates: BTreeSet<String>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Features {
    Default,
    None,
    All,
}

impl Features {
    /// The flag that makes cargo choose these features.
    pub(super) fn flag(self) -> Option<&'static str> {
        match self {
            Self::Default => None,
            Self::None => Some("--no-default-features"),
            Self::All => Some("--all-features"),
        }
    }
}

impl Repository {
    /// Reads the repository in which the shell stands.
    pub(super) fn read(shell: &Shell) -> Result<Self> {
        let root = shell.current_dir();
        let listed = cmd!(shell, "git ls-files -z --cached --others --exclude-standard").quiet().read();
        let listed = listed.context("the rules look at the files that git knows, so they need a clone")?;
        let mut repository =
            Self { packages: Package::of_workspace(shell)?, outside: Outside::all(shell)?, ..Self::default() };
        for path in listed.split_terminator('\0') {
            // A file that is deleted but not yet committed is still listed.
            if !root.join(path).is_file() {
                continue;
            }
            let bytes = std::fs::read(root.join(path)).with_context(|| format!("cannot read {path}"))?;
            if let Ok(content) = String::from_utf8(bytes) {
                repository.texts.push(Text { path: path.to_owned(), content });
            }
            repository.paths.insert(path.to_owned());
        }
        for package in repository.packages.iter().filter(|package| package.is_library()) {
            for features in [Features::Default, Features::None, Features::All] {
                repository.trees.push(Tree::read(shell, &package.name, features)?);
            }
        }
        Ok(repository)
    }

    /// The text of this file, if there is such a file.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.texts.iter().find(|text| text.path == path).map(|text| text.content.as_str())
    }

    /// Whether this is the name of a member of the workspace.
    pub(super) fn is_member(&self, name: &str) -> bool {
        self.packages.iter().any(|package| package.name == name)
    }
}

impl Package {
    /// The members of the workspace.
    pub(crate) fn of_workspace(shell: &Shell) -> Result<Vec<Self>> {
        let json = cmd!(shell, "cargo metadata --no-deps --format-version 1").quiet().read()?;
        packages(&json)
    }

    pub(super) fn manifest(&self) -> String {
        format!("{}/Cargo.toml", self.folder)
    }

    /// Whether it is nn-core, what that stands on, or a model.
    pub(super) fn is_library(&self) -> bool {
        self.folder.starts_with("crates/") && self.name != COMMAND
    }

    /// Whether it is one of the networks.
    pub(super) fn is_model(&self) -> bool {
        self.is_library() && ![CORE, KERNELS].contains(&self.name.as_str())
    }
}

impl Outside {
    /// All that any member may need, on any system.
    fn all(shell: &Shell) -> Result<Vec<Self>> {
        let metadata: Value = serde_json::from_str(&cmd!(shell, "cargo metadata --format-version 1").quiet().read()?)?;
        let list = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
        let outside = list.iter().filter(|package| !package["source"].is_null());
        Ok(outside
            .map(|package| Self {
                name: text(&package["name"]),
                version: text(&package["version"]),
                licence: package["license"].as_str().map(str::to_owned),
            })
            .collect())
    }
}

/// What a field says; nothing where it is no text.
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl Tree {
    fn read(shell: &Shell, package: &str, features: Features) -> Result<Self> {
        let flag = features.flag();
        let list =
            cmd!(shell, "cargo tree --package {package} --edges normal --prefix none {flag...}").quiet().read()?;
        Ok(Self { package: package.to_owned(), features, crates: crates(&list, package) })
    }
}

/// The packages that `cargo metadata` tells of.
fn packages(json: &str) -> Result<Vec<Package>> {
    let metadata: Value = serde_json::from_str(json)?;
    let root = metadata["workspace_root"].as_str().context("cargo metadata names no workspace root")?;
    let list = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    list.iter().map(|package| read_package(package, root)).collect()
}

fn read_package(package: &Value, root: &str) -> Result<Package> {
    let manifest = text(&package["manifest_path"]).replace('\\', "/");
    let folder = manifest.strip_prefix(&root.replace('\\', "/")).and_then(|path| path.strip_suffix("/Cargo.toml"));
    let dependencies = package["dependencies"].as_array().context("cargo metadata lists no dependencies")?;
    let dependencies = dependencies
        .iter()
        .map(|dependency| Dependency { name: text(&dependency["name"]), dev: dependency["kind"] == "dev" })
        .collect();
    Ok(Package {
        name: text(&package["name"]),
        folder: folder
            .with_context(|| format!("{manifest} lies outside the workspace"))?
            .trim_start_matches('/')
            .to_owned(),
        description: text(&package["description"]),
        dependencies,
    })
}

/// The distinct crates in what `cargo tree --prefix none` prints: `name vVERSION`, then a path, `(proc-macro)`, `(*)`.
fn crates(list: &str, package: &str) -> BTreeSet<String> {
    let mut crates = BTreeSet::new();
    for line in list.lines() {
        let mut words = line.split_whitespace();
        if let (Some(name), Some(version)) = (words.next(), words.next())
            && name != package
        {
            crates.insert(format!("{name} {}", version.trim_start_matches('v')));
        }
    }
    crates
}

#[cfg(test)]
impl Repository {
    /// For the tests of the rules: this repository with one more file.
    pub(super) fn with_file(mut self, path: &str, content: &str) -> Self {
        self.paths.insert(path.to_owned());
        self.texts.push(Text { path: path.to_owned(), content: content.to_owned() });
        self
    }

    /// For the tests of the rules: this repository with one more package; `dev:` marks dependencies of its tests.
    pub(super) fn with_package(mut self, folder: &str, dependencies: &[&str]) -> Self {
        let name = folder.rsplit('/').next().unwrap_or_default().to_owned();
        let dependency = |text: &&str| match text.strip_prefix("dev:") {
            Some(name) => Dependency { name: name.to_owned(), dev: true },
            None => Dependency { name: (*text).to_owned(), dev: false },
        };
        let dependencies = dependencies.iter().map(dependency).collect();
        self.packages.push(Package {
            name,
            folder: folder.to_owned(),
            description: "A crate.".to_owned(),
            dependencies,
        });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_read_from_what_cargo_tells() {
        let json = r#"{"workspace_root":"/r","packages":[{"name":"nn-som","description":null,
            "manifest_path":"/r/crates/nn-som/Cargo.toml",
            "dependencies":[{"name":"nn-core","kind":null},{"name":"proptest","kind":"dev"}]}]}"#;
        let som = &packages(json).unwrap()[0];
        assert_eq!((som.name.as_str(), som.folder.as_str(), som.description.as_str()), ("nn-som", "crates/nn-som", ""));
        assert!(som.is_model());
        assert!(!som.dependencies[0].dev && som.dependencies[1].dev);
    }

    #[test]
    fn a_crate_counts_once_and_the_package_itself_does_not() {
        let list = "nn-som v0.1.0 (/r/crates/nn-som)\nrand v0.10.4\nsyn v2.0.1\nthiserror-impl v2.0.1 (proc-macro)\nrand v0.10.4 (*)\n";
        let crates: Vec<String> = crates(list, "nn-som").into_iter().collect();
        assert_eq!(crates, ["rand 0.10.4", "syn 2.0.1", "thiserror-impl 2.0.1"]);
    }
}
