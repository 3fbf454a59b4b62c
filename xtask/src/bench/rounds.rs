//! Taking turns: ours, a peer, ours, the next peer, so that a slow minute meets both sides.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::figures::Figures;
use super::instructions;
use super::neighbours::Watch;
use super::on;
use super::options::Options;
use super::programs::Variant;

/// Calls whose instructions are counted take no longer than so many seconds.
const COUNTED: f64 = 0.02;

/// A case of ours and what the peers have for it.
#[derive(Debug, PartialEq)]
pub(super) struct Case {
    name: String,
    ours: Vec<Variant>,
    peers: Vec<Variant>,
}

impl Case {
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

/// Our cases whose name contains `only`, in their order, each with the peers' variants of the same name.
pub(super) fn pair(ours: Vec<Variant>, peers: &[Variant], only: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for variant in ours.into_iter().filter(|variant| variant.case.contains(only)) {
        match cases.iter_mut().find(|case| case.name() == variant.case) {
            Some(case) => case.ours.push(variant),
            None => {
                let peers = peers.iter().filter(|peer| peer.case == variant.case).cloned().collect();
                cases.push(Case { name: variant.case.clone(), ours: vec![variant], peers });
            }
        }
    }
    cases
}

/// What was measured of a case.
#[derive(Debug)]
pub(super) enum Measured {
    /// The figures of all variants, ours first, for each number of threads.
    Figures(BTreeMap<usize, Vec<Figures>>),
    /// Nothing, and why.
    NotRun(String),
}

/// Measures a case at every number of threads; `lines` takes what the programs printed.
pub(super) fn measure(case: &Case, data: &Path, options: &Options, lines: &mut String) -> Measured {
    let mut all = BTreeMap::new();
    for &threads in &options.threads {
        let mut figures: Vec<Figures> = case.ours.iter().map(|variant| Figures::new(variant, true)).collect();
        figures.extend(case.peers.iter().map(|variant| Figures::new(variant, false)));
        let variants: Vec<&Variant> = case.ours.iter().chain(&case.peers).collect();
        let mut failed = BTreeSet::new();
        for turn in (0..options.rounds).flat_map(|_| turns(case.ours.len(), case.peers.len())) {
            if failed.contains(&turn) {
                continue;
            }
            let watch = Watch::start();
            let mut line = variants[turn].measure(data, threads, options.repeats());
            watch.tell(&mut line);
            lines.push_str(&format!("{line}\n"));
            figures[turn].add(&line);
            eprintln!("{} {}: {}", case.name(), on(threads), figures[turn].progress());
            if let Some(error) = figures[turn].error() {
                if figures[turn].is_ours() && error.starts_with("data absent") {
                    return Measured::NotRun(error.to_owned());
                }
                failed.insert(turn);
            }
        }
        if threads == 1 && !options.quick {
            for (variant, figures) in case.ours.iter().zip(&mut figures) {
                // Long ones are less noisy, and the counting takes some hundred times as long.
                let is_short =
                    figures.size().is_none() && figures.seconds_of_a_call().is_some_and(|call| call < COUNTED);
                if let Some(count) = is_short.then(|| instructions::of_a_call(variant, data)).flatten() {
                    figures.count(count);
                }
            }
        }
        all.insert(threads, figures);
    }
    Measured::Figures(all)
}

/// The order of a round, as places in our variants followed by the peers'. Ours come as often as a peer does.
fn turns(ours: usize, peers: usize) -> Vec<usize> {
    let mut turns = Vec::new();
    for turn in 0..ours.max(peers) {
        turns.push(turn % ours);
        if turn < peers {
            turns.push(ours + turn);
        }
    }
    turns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_of_the_same_name_belong_together() {
        let ours = ["som/a", "som/b", "som-online/a", "art/a"].map(made_up).to_vec();
        let peers = ["som/x", "art/x", "som/y", "rbm/x"].map(made_up);
        let cases = pair(ours, &peers, "som");
        let names: Vec<&str> = cases.iter().map(Case::name).collect();
        assert_eq!(names, ["som", "som-online"]);
        assert_eq!((cases[0].ours.len(), cases[0].peers.len(), cases[1].peers.len()), (2, 2, 0));
    }

    fn made_up(label: &str) -> Variant {
        let (case, name) = label.split_once('/').unwrap();
        Variant::made_up(case, name)
    }

    #[test]
    fn ours_and_the_peers_take_turns() {
        assert_eq!(turns(2, 3), [0, 2, 1, 3, 0, 4]);
        assert_eq!(turns(2, 1), [0, 2, 1]);
        assert_eq!(turns(2, 0), [0, 1]);
    }
}
