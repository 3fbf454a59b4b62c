//! The settings: written once, here; the setters, the checks, the command and its help are made from this list.

use super::chain::Annealing;
use super::enumerate::{MOST_ENUMERATED, MOST_STATES, cost};
use super::graph::{Graph, Loose, power};
use nn_core::params::{Range, idle};
use nn_core::{BatchSize, Error, Result};

nn_core::choices! {
    /// Which units are joined.
    pub enum Connections {
        /// All, but for visible units of different groups.
        Full = "full",
        /// Visible units with hidden ones, and no others: the restricted machine.
        Bipartite = "bipartite",
        /// Those that `edges` names.
        Given = "given",
    }
}

nn_core::choices! {
    /// Where the statistics come from, and how weights follow them; see [the rule](crate::BoltzmannParams).
    pub enum Learning {
        /// Sums over all states, and steps in proportion to the gradient.
        Exact = "exact",
        /// Annealed Gibbs sampling, and steps in proportion to the gradient.
        Sampled = "sampled",
        /// Annealed Gibbs sampling, and steps of fixed size by the gradient's sign, as in 1985.
        Sign = "sign",
    }
}

/// Machines of so many states at most learn by sums over them where nobody says otherwise.
pub(crate) const SMALL: u64 = 1 << 16;
/// More units have more weights than a training can be waited for.
const MOST_UNITS: usize = 4096;

nn_core::params! {
    /// Settings of a general Boltzmann machine: plain data, each field with a setter of its name.
    ///
    /// Each step makes `w_ij` follow `p_ij - p'_ij`, how often units i and j are on together while samples are clamped to the
    /// visible units, less how often while all units run free; biases follow `p_i - p'_i`.
    pub struct BoltzmannParams: "boltzmann" {
        /// Hidden units; `auto` is the bits it takes to number the visible units, and half as many again: beside 16 visible units, 4 bits, it is 6.
        hidden_units: Option<usize> = None, 0..=4095;
        /// Which units are joined.
        connections: Connections = Connections::Full, ..;
        /// Sizes of groups of visible units that are not joined to those of other groups, inputs first, with full connections; `auto` is one
        /// group of the inputs and, where the target is quantities, one of these.
        groups: Option<Vec<usize>> = None, 1..=4095;
        /// Units that are joined, two by two, with given connections: 0-8-1-8 joins 0 with 8 and 1 with 8. Units count from 0: features, then quantities of the target, then hidden units.
        edges: Vec<usize> = Vec::new(), 0..=4095;
        /// Where the statistics come from: sums over all states, or sampling, with steps in proportion or of fixed size (sign); `auto` is exact where neither the whole machine nor what a sample leaves free needs more than 65536 states (16 units that are all joined), else sampled.
        learning: Option<Learning> = None, ..;
        /// Step size of weights and biases; `auto` is 2 for sign and 0.05 for the others.
        learning_rate: Option<f64> = None, Range::above(0.0);
        /// Share of the last step that goes into the next one, but not of sign; 0 for none.
        momentum: f64 = 0.9, 0.0..=0.999;
        /// Pull of the weights, not of the biases, towards 0.
        weight_decay: f64 = 0.0, Range::from(0.0);
        /// Weights start as N(0, s^2), biases at 0; `auto` is 0 for sign and 0.1 for the others.
        init_scale: Option<f64> = None, 0.0..=1e6;
        /// Temperature at which the machine runs, learns and answers; `auto` is 10 for sign, whose steps of 2 are made for it, and 1 for the others.
        temperature: Option<f64> = None, 1e-6..=1e6;
        /// How much hotter than `temperature` each stage of annealing is; what comes after the last one is at `temperature` itself.
        annealing_factors: Vec<f64> = vec![2.0, 1.5, 1.2, 1.0], 1e-3..=1e6;
        /// How long each stage of annealing lasts, in units of time: as many updates of free units drawn at random as there are free units.
        annealing_times: Vec<usize> = vec![2, 2, 2, 4], 0..=1_000_000;
        /// Units of time after annealing in which statistics are collected; after which samples of its own are looked at.
        collecting_time: usize = 10, 1..=1_000_000;
        /// How often each sample is clamped in a pass where statistics are sampled, as often as the units run free; `auto` is 2 for sign and 1 for sampled.
        clampings: Option<usize> = None, 1..=1000;
        /// Probability that a unit that is on is clamped off in sampled learning; `auto` is 0.15 for sign and 0 for sampled.
        noise_off: Option<f64> = None, 0.0..=1.0;
        /// Probability that a unit that is off is clamped on in sampled learning; `auto` is 0.05 for sign and 0 for sampled.
        noise_on: Option<f64> = None, 0.0..=1.0;
        /// Values above it are on and all others off; `auto` takes 0 and 1 alone.
        threshold: Option<f64> = None, ..;
        /// Whether numbers may be missing (NaN; at the shell a cell that is empty or says so): their units run free, and answers are the visible units completed.
        missing_values: bool = false, ..;
        /// Whether answers are the probabilities of the hidden units even where quantities or what is missing would be told.
        tell_hidden: bool = false, ..;
        /// Units of time over which an answer or a pseudo-likelihood is sampled where free units are too many to sum over their states.
        answer_time: usize = 200, 1..=1_000_000;
        /// Samples per step; `auto` is all but for sampled, where it is 100.
        batch_size: Option<BatchSize> = None, ..;
        /// Passes over the training samples: cycles of clamped and free phases.
        epochs: usize = 1000, 1..=1_000_000_000;
        /// Whether each pass takes the samples in a new random order.
        shuffle: bool = true, ..;
        /// Training stops once the training loss of a pass is below this; 0 never stops it.
        target_loss: f64 = 0.0, Range::from(0.0);
    }
    watching {}
}

/// How a machine of a certain size is taught, with nothing left to `auto`.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) learning: Learning,
    pub(crate) learning_rate: f64,
    pub(crate) momentum: f64,
    pub(crate) weight_decay: f64,
    pub(crate) temperature: f64,
    pub(crate) annealing: Annealing,
    pub(crate) collecting_time: usize,
    pub(crate) clampings: usize,
    /// Probabilities that a unit that is clamped turns off, and on.
    pub(crate) noise: [f64; 2],
    pub(crate) batch: usize,
    pub(crate) seed: u64,
}

impl BoltzmannParams {
    /// Hidden units beside so many visible ones.
    pub(crate) fn hidden(&self, visible: usize) -> usize {
        // ln2 of the visible units, rounded up, and half as many again: a code needs some room to be found.
        let bits = (visible.max(4) - 1).ilog2() as usize + 1;
        self.hidden_units.unwrap_or(bits + bits.div_ceil(2))
    }

    /// Who is joined with whom, where samples have so many features and quantities to be told.
    ///
    /// # Errors
    /// [`Error::Param`] for groups or edges that do not fit the units, for a unit that is joined to itself, and for too many units.
    pub(crate) fn graph(&self, features: usize, outputs: usize) -> Result<Graph> {
        let visible = features + outputs;
        let hidden = self.hidden(visible);
        if MOST_UNITS < visible {
            let what = format!("{visible} visible units are too many: a machine has at most {MOST_UNITS} units");
            return Err(Error::data(what));
        }
        if self.tell_hidden && hidden == 0 {
            return Err(Error::param("tell_hidden", true, "false, since there are no hidden units"));
        }
        if MOST_UNITS < visible + hidden {
            let expected = format!("at most {MOST_UNITS} units, visible ones among them");
            return Err(Error::param("hidden_units", format!("{hidden} beside {visible} visible ones"), expected));
        }
        match self.connections {
            Connections::Full => {
                let auto = [features, outputs].into_iter().filter(|&count| 0 < count).collect();
                let groups = self.groups.clone().unwrap_or(auto);
                // No sum of a list that is read can pass what fits.
                let sum = groups.iter().fold(0_usize, |sum, &group| sum.saturating_add(group));
                if sum != visible {
                    let shown = groups.iter().map(ToString::to_string).collect::<Vec<_>>().join("-");
                    return Err(Error::param(
                        "groups",
                        shown,
                        format!("sizes whose sum is the {visible} visible units"),
                    ));
                }
                Ok(Graph::full(&groups, hidden))
            }
            Connections::Bipartite => Ok(Graph::bipartite(visible, hidden)),
            Connections::Given => Graph::given(visible, hidden, &self.edges),
        }
    }

    /// Everything that `auto` leaves open, for a machine and so many samples, one of which leaves so much free.
    ///
    /// # Errors
    /// [`Error::Param`] for settings that do not go together, and for exact learning of too many states.
    pub(crate) fn plan(&self, graph: &Graph, samples: usize, loose: Loose) -> Result<Plan> {
        let states = graph.states();
        let is_small = states <= SMALL && power(loose.widest) <= SMALL;
        let learning = self.learning.unwrap_or(if is_small { Learning::Exact } else { Learning::Sampled });
        let refused = |why: String| Err(Error::param("learning", learning, format!("sampled or sign, since {why}")));
        if learning == Learning::Exact && MOST_STATES < states {
            let most = format!("of which 2^{MOST_ENUMERATED} are the most");
            return refused(format!("{} would be summed over in each step, {most}", counted(states)));
        }
        if learning == Learning::Exact && MOST_ENUMERATED < loose.widest {
            let [units, cost] = [loose.widest.to_string(), cost(loose.widest)];
            return refused(format!(
                "a sample leaves {units} joined units free: {cost}; at most {MOST_ENUMERATED} may be"
            ));
        }
        let annealing = self.annealing()?;
        let is_sign = learning == Learning::Sign;
        let of_sign = |sign: f64, others: f64| if is_sign { sign } else { others };
        let batch = self.batch_size.unwrap_or(match learning {
            Learning::Sampled => BatchSize::Count(100),
            Learning::Sign | Learning::Exact => BatchSize::All,
        });
        Ok(Plan {
            learning,
            learning_rate: self.learning_rate.unwrap_or(of_sign(2.0, 0.05)),
            momentum: of_sign(0.0, self.momentum),
            weight_decay: self.weight_decay,
            temperature: self.heat(),
            annealing,
            collecting_time: self.collecting_time,
            clampings: self.clampings.unwrap_or(if is_sign { 2 } else { 1 }),
            noise: [self.noise_off.unwrap_or(of_sign(0.15, 0.0)), self.noise_on.unwrap_or(of_sign(0.05, 0.0))],
            batch: match batch {
                BatchSize::All => samples.max(1),
                BatchSize::Count(count) => count,
            },
            seed: self.seed,
        })
    }

    /// The temperature at which the machine runs.
    pub(crate) fn heat(&self) -> f64 {
        self.temperature.unwrap_or(if self.learning == Some(Learning::Sign) { 10.0 } else { 1.0 })
    }

    /// The stages of annealing.
    ///
    /// # Errors
    /// [`Error::Param`] where there are not as many times as factors.
    pub(crate) fn annealing(&self) -> Result<Annealing> {
        if self.annealing_times.len() != self.annealing_factors.len() {
            let expected = format!("as many as annealing_factors, {}", self.annealing_factors.len());
            return Err(Error::param("annealing_times", format!("{} numbers", self.annealing_times.len()), expected));
        }
        Ok(Annealing::new(self.annealing_factors.iter().copied().zip(self.annealing_times.iter().copied())))
    }

    /// The scale at which weights start.
    pub(crate) fn start_scale(&self) -> f64 {
        self.init_scale.unwrap_or(if self.learning == Some(Learning::Sign) { 0.0 } else { 0.1 })
    }

    /// What does nothing: settings beside the others, and units.
    pub(crate) fn remarks(&self, graph: &Graph, features: usize) -> Vec<String> {
        let Ok(plan) = self.plan(graph, 1, Loose::default()) else { return Vec::new() };
        // All that a sample may leave free.
        let all = |first: usize| (first as u32..graph.units() as u32).collect::<Vec<u32>>();
        let loose = graph.loose(&all(if self.missing_values { 0 } else { features }));
        let is_summed = loose.widest <= MOST_ENUMERATED && graph.states() <= MOST_STATES;
        let mut remarks = idle(self, |name| match name {
            "groups" if self.connections != Connections::Full => Some("connections=full"),
            "edges" if self.connections != Connections::Given => Some("connections=given"),
            "momentum" if plan.learning == Learning::Sign => Some("learning=sampled or exact"),
            "clampings" | "noise_off" | "noise_on" if plan.learning == Learning::Exact => {
                Some("learning=sampled or sign")
            }
            "answer_time" if is_summed => Some("more free units than can be summed over"),
            _ => None,
        });
        let alone = graph.idle();
        if !alone.is_empty() {
            let mut shown: Vec<String> = alone.iter().take(8).map(ToString::to_string).collect();
            if shown.len() < alone.len() {
                shown.push(format!("and {} more", alone.len() - shown.len()));
            }
            let units = shown.join(", ");
            remarks.push(format!(
                "hidden units that are joined to none learn nothing: {units} (units count from 0, visible ones first)"
            ));
        }
        remarks
    }
}

/// So many states in words.
pub(crate) fn counted(states: u64) -> String {
    match states {
        u64::MAX => "more than 2^63 states".to_owned(),
        _ => format!("about 2^{} states", states.ilog2()),
    }
}
