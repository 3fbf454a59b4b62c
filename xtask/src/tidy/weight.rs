//! What a library may bring along: few crates, and none that reads data files, draws, or belongs to a command.

use super::Finding;
use super::repository::{Features, Package, Repository, Tree};

/// Never in a library's tree, under no feature. The command may have them.
const BANNED: [&str; 11] =
    ["anyhow", "askama", "clap", "csv", "flate2", "indicatif", "ndarray", "parquet", "plotters", "tempfile", "toml"];
/// Nor anything whose name has this in it.
const BANNED_PART: &str = "blas";

/// How many distinct crates may come with a library.
fn limit(features: Features) -> Option<usize> {
    match features {
        Features::Default => Some(60),
        Features::None => Some(42),
        Features::All => None,
    }
}

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for tree in &repository.trees {
        let messages = too_many(tree).into_iter().chain(banned(tree));
        let place = repository.packages.iter().find(|package| package.name == tree.package);
        let place = place.map_or_else(|| tree.package.clone(), Package::manifest);
        findings.extend(messages.map(|message| Finding { rule: "weight", place: place.clone(), message }));
    }
    findings
}

fn too_many(tree: &Tree) -> Option<String> {
    let limit = limit(tree.features)?;
    let count = tree.crates.len();
    let which = if tree.features == Features::None { "without" } else { "with" };
    let look = show(tree);
    (count > limit)
        .then(|| format!("brings {count} crates {which} default features, at most {limit} are allowed; see {look}"))
}

/// Asked of all features at once, so that each banned crate is told once and none hides behind a feature.
fn banned(tree: &Tree) -> Vec<String> {
    if tree.features != Features::All {
        return Vec::new();
    }
    let names = tree.crates.iter().filter_map(|name| name.split(' ').next());
    let banned = names.filter(|name| BANNED.contains(name) || name.contains(BANNED_PART));
    let look = show(tree);
    banned.map(|name| format!("brings `{name}`, which no library may; see {look} --invert {name}")).collect()
}

/// The command that shows this tree.
fn show(tree: &Tree) -> String {
    let flag = tree.features.flag().map(|flag| format!(" {flag}")).unwrap_or_default();
    format!("cargo tree -p {} -e normal{flag}", tree.package)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(features: Features, crates: &[&str]) -> Vec<String> {
        let crates = crates.iter().map(|&name| name.to_owned()).collect();
        let tree = Tree { package: "nn-som".into(), features, crates };
        let repository = Repository { trees: vec![tree], ..Repository::default() }.with_package("crates/nn-som", &[]);
        check(&repository).into_iter().map(|finding| format!("{}: {}", finding.place, finding.message)).collect()
    }

    #[test]
    fn a_banned_crate_is_found_however_deep_it_lies() {
        let found = messages(Features::All, &["rand 0.10.4", "clap 4.6.9", "openblas-src 0.10.0", "toml_edit 0.22.0"]);
        assert_eq!(found.len(), 2);
        assert_eq!(
            found[0],
            "crates/nn-som/Cargo.toml: brings `clap`, which no library may; see cargo tree -p nn-som -e normal --all-features --invert clap"
        );
        assert!(found[1].contains("`openblas-src`"));
    }

    #[test]
    fn a_tree_may_reach_its_limit_and_not_exceed_it() {
        let names: Vec<String> = (0..61).map(|i| format!("c{i} 1.0.0")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert!(messages(Features::Default, &names[..60]).is_empty());
        assert!(messages(Features::None, &names[..42]).is_empty());
        assert!(messages(Features::All, &names).is_empty());
        let found = messages(Features::Default, &names);
        assert!(found[0].contains("brings 61 crates with default features, at most 60"), "{found:?}");
        let found = messages(Features::None, &names[..43]);
        assert!(found[0].contains("brings 43 crates without default features, at most 42"), "{found:?}");
    }
}
