//! What comes from outside: under licences that ours may stand beside, from the one registry, whole, and without code that no
//! rule of ours reaches.

use super::Finding;
use super::repository::{Outside, Repository};
use spdx::{Expression, ParseMode};

/// Licences under which a crate may be used in anything, closed programs as well.
const LICENCES: [&str; 10] =
    ["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "ISC", "MIT", "Unicode-3.0", "Zlib"];
/// Never in the tree of what is built here: what makes code of other languages part of it, and what speaks to a network.
const BANNED: [&str; 11] =
    ["bindgen", "cc", "cmake", "curl", "hyper", "native-tls", "openssl", "pkg-config", "reqwest", "tokio", "ureq"];
/// The lists of exact versions: of what the workspace builds, and of what stands beside it as a workspace of its own.
const LOCKS: [&str; 3] = ["Cargo.lock", "book/Cargo.lock", "fuzz/Cargo.lock"];
/// How a registry begins in such a list; which one it is, its first package says.
const REGISTRY: &str = "registry+";

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for outside in &repository.outside {
        let messages = licence(outside).into_iter().chain(banned(outside));
        findings.extend(messages.map(|message| Finding { rule: "outside", place: LOCKS[0].to_owned(), message }));
    }
    for lock in LOCKS {
        let messages = repository.text(lock).map(unsound).unwrap_or_default();
        findings.extend(messages.into_iter().map(|message| Finding {
            rule: "outside",
            place: lock.to_owned(),
            message,
        }));
    }
    findings
}

/// What is wrong with the licence of a crate.
fn licence(outside: &Outside) -> Option<String> {
    let Outside { name, version, licence } = outside;
    match licence.as_deref() {
        None => Some(format!("{name} {version} names no licence")),
        Some(licence) if allows(licence) => None,
        Some(licence) => Some(format!("{name} {version} is under `{licence}`, which no rule of ours allows")),
    }
}

/// Whether a choice that the licence leaves is one of ours. `/` is the old sign for `OR`.
fn allows(licence: &str) -> bool {
    let Ok(expression) = Expression::parse_mode(licence, ParseMode::LAX) else { return false };
    expression.evaluate(|choice| choice.license.id().is_some_and(|id| LICENCES.contains(&id.name)))
}

fn banned(outside: &Outside) -> Option<String> {
    let Outside { name, version, .. } = outside;
    BANNED.contains(&name.as_str()).then(|| {
        format!("brings `{name}` {version}, which nothing here may; see cargo tree --workspace --invert {name}")
    })
}

/// Packages of a lock file that come from elsewhere than the first one's registry, or without the checksum by which a changed
/// package is told.
fn unsound(lock: &str) -> Vec<String> {
    let mut messages = Vec::new();
    let mut registry = None;
    for package in lock.split("[[package]]").skip(1) {
        let field = |name: &str| {
            let value = package.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
            value.map(|value| value.trim_matches('"'))
        };
        let name = field("name").unwrap_or("a package without a name");
        // What has no source lies in the repository itself.
        let Some(source) = field("source") else { continue };
        if !source.starts_with(REGISTRY) || *registry.get_or_insert(source) != source {
            messages.push(format!("{name} comes from `{source}` and not from the registry of the others"));
        } else if field("checksum").is_none() {
            messages.push(format!("{name} has no checksum"));
        }
    }
    messages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_choice_that_is_allowed_is_enough_and_what_must_hold_together_must_all_be_allowed() {
        let good =
            ["MIT", "MIT OR Apache-2.0", "Unlicense/MIT", "(MIT OR Apache-2.0) AND Unicode-3.0", "GPL-3.0 OR Zlib"];
        assert!(good.into_iter().all(allows));
        let bad = ["GPL-3.0-only", "MIT AND LGPL-2.1-or-later", "SomethingElse", "", "MIT OR", "LicenseRef-MIT"];
        assert!(!bad.into_iter().any(allows));
    }

    fn messages(outside: &[(&str, Option<&str>)], lock: &str) -> Vec<String> {
        let outside = outside.iter().map(|&(name, licence)| Outside {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            licence: licence.map(str::to_owned),
        });
        let repository = Repository { outside: outside.collect(), ..Repository::default() };
        check(&repository.with_file(LOCKS[1], lock)).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn a_crate_under_another_licence_or_none_or_that_is_banned_is_found() {
        let found = messages(&[("a", Some("MIT")), ("b", Some("AGPL-3.0-only")), ("c", None), ("cc", Some("MIT"))], "");
        assert_eq!(found.len(), 3);
        assert!(found[0].starts_with("b 1.0.0 is under `AGPL-3.0-only`"), "{found:?}");
        assert_eq!(found[1], "c 1.0.0 names no licence");
        assert!(found[2].starts_with("brings `cc` 1.0.0"), "{found:?}");
    }

    #[test]
    fn a_package_from_elsewhere_or_without_a_checksum_is_found() {
        let package = |name: &str, rest: &str| format!("[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\n{rest}\n");
        let registry = "source = \"registry+r\"\n";
        let sound = format!("{registry}checksum = \"00\"\n");
        let lock = package("a", &sound) + &package("own", "") + &package("b", &sound);
        assert_eq!(messages(&[], &lock), [""; 0]);
        let elsewhere =
            ["source = \"git+https://example.org/x\"\n", "source = \"registry+other\"\nchecksum = \"00\"\n"];
        for source in elsewhere {
            let found = messages(&[], &(lock.clone() + &package("c", source)));
            assert!(found.len() == 1 && found[0].starts_with("c comes from"), "{found:?}");
        }
        assert_eq!(messages(&[], &(lock + &package("d", registry))), ["d has no checksum"]);
    }
}
