//! Who may depend on whom: the command on every model, a model on nn-core, nn-core on its kernels, these on none of ours.

use super::Finding;
use super::repository::{COMMAND, CORE, KERNELS, Package, Repository};

/// The arrows between two models. A new one is rare; its reason belongs into the architecture page.
const BETWEEN_MODELS: [(&str, &str); 1] = [("nn-dbn", "nn-rbm")];

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in &repository.packages {
        let arrows =
            package.dependencies.iter().filter(|dependency| !dependency.dev && repository.is_member(&dependency.name));
        for target in arrows.map(|dependency| dependency.name.as_str()) {
            if let Some(message) = forbidden(repository, package, target) {
                findings.push(Finding { rule: "arrows", place: package.manifest(), message });
            }
        }
    }
    findings
}

/// What is wrong with the arrow from this package to that member of the workspace, if anything is.
fn forbidden(repository: &Repository, package: &Package, target: &str) -> Option<String> {
    let name = package.name.as_str();
    if target == COMMAND {
        return Some(format!("{name} depends on {target}, the command, on which nothing stands"));
    }
    if target == KERNELS {
        let by_core = format!("{name} depends on {KERNELS}, which {CORE} hands on as nn_core::kernels");
        return (name != CORE).then_some(by_core);
    }
    if [CORE, KERNELS].contains(&name) {
        return Some(format!("{name} depends on {target}: it knows no other crate of the workspace"));
    }
    if name == COMMAND || target == CORE || BETWEEN_MODELS.contains(&(name, target)) {
        return None;
    }
    if package.is_model() {
        return Some(format!("{name} depends on {target}: a model depends on no crate of the workspace but {CORE}"));
    }
    // A harness may stand on another.
    if !repository.packages.iter().any(|other| other.name == target && other.is_model()) {
        return None;
    }
    Some(format!("{name} depends on {target}: only {COMMAND} depends on models"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(folder: &str, dependencies: &[&str]) -> Vec<String> {
        let members =
            ["crates/nn-kernels", "crates/nn-core", "crates/nn-cli", "crates/nn-som", "crates/nn-rbm", "replication"];
        let empty =
            members.iter().fold(Repository::default(), |repository, member| repository.with_package(member, &[]));
        let repository = empty.with_package(folder, dependencies);
        check(&repository).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn the_arrows_of_the_design_are_free() {
        assert!(messages("crates/nn-art", &["nn-core", "rand", "dev:nn-som"]).is_empty());
        assert!(messages("crates/nn-dbn", &["nn-core", "nn-rbm"]).is_empty());
        assert!(messages("crates/nn-core", &["nn-kernels"]).is_empty());
        assert!(messages("crates/nn-cli", &["nn-core", "nn-som"]).is_empty());
        assert!(messages("xtask", &["xshell"]).is_empty());
        assert!(messages("bench", &["nn-core", "replication"]).is_empty());
    }

    #[test]
    fn a_model_that_depends_on_a_model_is_found() {
        let expected = "nn-art depends on nn-som: a model depends on no crate of the workspace but nn-core";
        assert_eq!(messages("crates/nn-art", &["nn-core", "nn-som"]), [expected]);
        assert_eq!(messages("crates/nn-dbn", &["nn-som"]).len(), 1);
        assert_eq!(messages("crates/nn-art", &["replication"]).len(), 1);
    }

    #[test]
    fn a_core_that_knows_a_model_is_found() {
        assert_eq!(
            messages("crates/nn-core", &["nn-som"]),
            ["nn-core depends on nn-som: it knows no other crate of the workspace"]
        );
    }

    #[test]
    fn only_nn_core_stands_on_the_kernels_and_they_on_nothing() {
        let expected = "nn-art depends on nn-kernels, which nn-core hands on as nn_core::kernels";
        assert_eq!(messages("crates/nn-art", &["nn-kernels"]), [expected]);
        let expected = "nn-kernels depends on nn-core: it knows no other crate of the workspace";
        assert_eq!(messages("crates/nn-kernels", &["nn-core"]), [expected]);
    }

    #[test]
    fn another_tool_that_depends_on_a_model_is_found() {
        assert_eq!(messages("xtask", &["nn-som"]), ["xtask depends on nn-som: only nn-cli depends on models"]);
    }

    #[test]
    fn a_crate_that_depends_on_the_command_is_found() {
        assert_eq!(messages("crates/nn-art", &["nn-cli"]).len(), 1);
    }
}
