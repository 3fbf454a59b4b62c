//! What the lines of one variant say together.

use serde_json::Value;

use super::programs::Variant;

/// Wall clock over processor time beyond which something else had the core of a single thread.
const SHARED: f64 = 1.1;
/// The fastest repeat over the slowest beyond which a figure is not to be trusted.
const WIDE: f64 = 1.5;
/// Cores that others may have had beyond those to spare.
const TOLERATED: f64 = 0.1;

/// One variant at one number of threads, all repeats of all rounds together.
#[derive(Clone, Debug, Default)]
pub(super) struct Figures {
    ours: bool,
    variant: String,
    peer: String,
    version: String,
    /// Samples a second, one number a repeat.
    rates: Vec<f64>,
    wall: f64,
    cpu: f64,
    /// Cores that others had in the worst of its turns, and cores that they had beyond those to spare.
    others: f64,
    crowd: f64,
    one_row: bool,
    quality: Option<(String, f64)>,
    bits: Option<u32>,
    work: Option<(String, f64)>,
    size: Option<(String, f64)>,
    presentations: f64,
    instructions: Option<f64>,
    goal: Option<Goal>,
    settings: Value,
    error: Option<String>,
}

/// So many times as fast as the best peer, or as those whose variant's name starts so.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Goal {
    pub(super) times: f64,
    /// `best`, or the start of a name.
    pub(super) over: String,
}

impl Figures {
    /// Nothing yet.
    pub(super) fn new(variant: &Variant, ours: bool) -> Self {
        Self { ours, variant: variant.name.clone(), ..Self::default() }
    }

    /// Takes in one line of the variant.
    pub(super) fn add(&mut self, line: &Value) {
        let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        if let Some(error) = line["error"].as_str() {
            self.error = Some(error.to_owned());
            return;
        }
        let (Some(rate), Some(seconds)) = (line["samples_per_s"].as_f64(), line["seconds"].as_f64()) else {
            self.error = Some("its line tells no speed".to_owned());
            return;
        };
        let numbers = |name: &str| line[name].as_array().into_iter().flatten().filter_map(Value::as_f64);
        self.rates.extend(numbers("seconds_all").map(|repeat| rate * seconds / repeat));
        self.wall += numbers("seconds_all").sum::<f64>();
        self.cpu += numbers("cpu_seconds_all").sum::<f64>();
        if let (Some(others), Some(cores)) = (line["others"].as_f64(), line["cores"].as_f64()) {
            let crowd = line["threads"].as_f64().unwrap_or(1.0) + others - cores;
            (self.others, self.crowd) = (self.others.max(others), self.crowd.max(crowd));
        }
        self.one_row = line.get("microseconds").is_some();
        (self.peer, self.version) = (text("peer"), text("version"));
        self.quality = line["value"].as_f64().map(|value| (text("metric"), value));
        self.settings = line["settings"].clone();
        self.bits = match self.settings["dtype"].as_str() {
            Some("float32") => Some(32),
            Some("float64") => Some(64),
            _ => None,
        };
        let work = line["work"].as_object().and_then(|work| work.iter().next());
        self.work = work.and_then(|(kind, amount)| Some((kind.clone(), amount.as_f64()?)));
        let axis = line["axis"].as_str().map(str::to_owned);
        self.size = axis.zip(line["size"].as_f64());
        self.presentations = line["presentations"].as_f64().unwrap_or(1.0);
        let goal = &line["goal"];
        self.goal =
            goal["times"].as_f64().zip(goal["over"].as_str()).map(|(times, over)| Goal { times, over: over.into() });
    }

    pub(super) fn is_ours(&self) -> bool {
        self.ours
    }

    pub(super) fn variant(&self) -> &str {
        &self.variant
    }

    /// Whose it is, with the version: `PyTorch (eager) 2.15.0`.
    pub(super) fn who(&self) -> String {
        format!("{} {}", self.peer, self.version).trim().to_owned()
    }

    pub(super) fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    pub(super) fn goal(&self) -> Option<&Goal> {
        self.goal.as_ref()
    }

    pub(super) fn settings(&self) -> &Value {
        &self.settings
    }

    pub(super) fn quality(&self) -> Option<(&str, f64)> {
        self.quality.as_ref().map(|(metric, value)| (metric.as_str(), *value))
    }

    /// What one sample asks of the machine: the kind, and how much.
    pub(super) fn work(&self) -> Option<(&str, f64)> {
        self.work.as_ref().map(|(kind, amount)| (kind.as_str(), *amount))
    }

    /// What grows from variant to variant of its case, and how much of it there is here.
    pub(super) fn size(&self) -> Option<(&str, f64)> {
        self.size.as_ref().map(|(axis, size)| (axis.as_str(), *size))
    }

    /// Seconds of a call: a training, or the answers to what is asked at once.
    pub(super) fn seconds_of_a_call(&self) -> Option<f64> {
        self.rate().map(|rate| self.presentations / rate)
    }

    /// Takes in how many instructions a call is.
    pub(super) fn count(&mut self, instructions_of_a_call: f64) {
        self.instructions = Some(instructions_of_a_call / self.presentations);
    }

    /// Instructions of a sample, where they were counted.
    pub(super) fn instructions(&self) -> Option<f64> {
        self.instructions
    }

    /// The name of the float it computes with, if it says so.
    pub(super) fn float(&self) -> Option<&'static str> {
        self.bits.map(|bits| if bits == 32 { "float32" } else { "float64" })
    }

    /// The median of all repeats, samples a second; `None` where none was measured.
    pub(super) fn rate(&self) -> Option<f64> {
        let mut rates = self.rates.clone();
        rates.sort_by(f64::total_cmp);
        let count = rates.len();
        (0 < count).then(|| (rates[(count - 1) / 2] + rates[count / 2]) / 2.0)
    }

    /// Microseconds of one row, where that is what was measured.
    pub(super) fn microseconds(&self) -> Option<f64> {
        self.rate().filter(|_| self.one_row).map(|rate| 1e6 / rate)
    }

    /// The fastest repeat over the slowest.
    pub(super) fn spread(&self) -> Option<f64> {
        let most = self.rates.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let least = self.rates.iter().copied().fold(f64::INFINITY, f64::min);
        (!self.rates.is_empty()).then(|| most / least)
    }

    /// Why the figure is not to be trusted, if it is not.
    pub(super) fn disturbed(&self, threads: usize) -> Option<String> {
        let shared = self.wall / self.cpu;
        if threads == 1 && 0.0 < self.cpu && SHARED < shared {
            return Some(format!("disturbed: {shared:.2} s for each of the processor's"));
        }
        if TOLERATED < self.crowd {
            return Some(format!("disturbed: others had {:.1} cores", self.others));
        }
        self.spread().filter(|spread| WIDE < *spread).map(|_| "disturbed: spread wide".to_owned())
    }

    /// Whether a goal or a ratio of `ours` may count it: a peer that computes with fewer bits does not.
    pub(super) fn counts_for(&self, ours: &Self) -> bool {
        !self.ours && self.rate().is_some() && self.bits.unwrap_or(64) >= ours.bits.unwrap_or(0)
    }

    /// Whether it computes with the same float, as far as both say.
    pub(super) fn same_float(&self, other: &Self) -> bool {
        self.bits.zip(other.bits).is_none_or(|(a, b)| a == b)
    }

    /// A few words while it runs.
    pub(super) fn progress(&self) -> String {
        match (&self.error, self.rate()) {
            (Some(error), _) => format!("{}: {error}", self.variant),
            (None, Some(rate)) => format!("{}: {rate:.0} a second", self.variant),
            (None, None) => format!("{}: nothing", self.variant),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;

    /// A variant of so many samples a second, in two repeats around it.
    pub(in crate::bench) fn made_up(name: &str, ours: bool, rate: f64, more: &Value) -> Figures {
        let mut line = json!({
            "peer": if ours { "nn" } else { "Peer" }, "version": "1.0", "samples_per_s": rate, "seconds": 1.0,
            "seconds_all": [1.0, 1.0], "cpu_seconds_all": [1.0, 1.0], "metric": "test_accuracy", "value": 0.5,
            "settings": { "dtype": if name.ends_with("f64") { "float64" } else { "float32" } },
        });
        for (key, value) in more.as_object().into_iter().flatten() {
            line[key] = value.clone();
        }
        let mut figures = Figures::new(&Variant::made_up("case", name), ours);
        figures.add(&line);
        figures
    }

    #[test]
    fn repeats_of_all_rounds_are_one_median() {
        let mut figures = Figures::new(&Variant::made_up("a", "nn"), true);
        figures.add(&json!({ "samples_per_s": 100.0, "seconds": 2.0, "seconds_all": [1.0, 2.0, 4.0] }));
        figures.add(&json!({ "samples_per_s": 50.0, "seconds": 4.0, "seconds_all": [4.0] }));
        assert_eq!(figures.rates, [200.0, 100.0, 50.0, 50.0]);
        assert_eq!((figures.rate(), figures.spread()), (Some(75.0), Some(4.0)));
    }

    #[test]
    fn a_core_that_something_else_had_is_told() {
        let busy = made_up("nn-f32", true, 10.0, &json!({ "cpu_seconds_all": [0.5, 0.75] }));
        assert_eq!(busy.disturbed(1).unwrap(), "disturbed: 1.60 s for each of the processor's");
        assert_eq!(busy.disturbed(2), None);
        let others = |others: f64| json!({ "threads": 2, "cores": 2, "others": others });
        let crowded = made_up("nn-f32", true, 10.0, &others(0.5));
        assert_eq!(crowded.disturbed(2).unwrap(), "disturbed: others had 0.5 cores");
        assert_eq!(made_up("nn-f32", true, 10.0, &others(0.05)).disturbed(2), None);
        let wide = made_up("nn-f32", true, 10.0, &json!({ "seconds_all": [1.0, 2.0], "cpu_seconds_all": [1.0, 2.0] }));
        assert!(wide.disturbed(1).is_some() && wide.disturbed(2).is_some());
    }

    #[test]
    fn a_peer_with_fewer_bits_does_not_count() {
        let (f32, f64) = (made_up("nn-f32", true, 1.0, &json!({})), made_up("nn-f64", true, 1.0, &json!({})));
        let (peer_f32, peer_f64) = (made_up("p-f32", false, 1.0, &json!({})), made_up("p-f64", false, 1.0, &json!({})));
        assert!(peer_f32.counts_for(&f32) && peer_f64.counts_for(&f32) && peer_f64.counts_for(&f64));
        assert!(!peer_f32.counts_for(&f64) && !f64.counts_for(&f32));
    }

    #[test]
    fn an_error_is_kept() {
        let mut figures = Figures::new(&Variant::made_up("a", "torch"), false);
        figures.add(&json!({ "error": "absent: No module named 'torch'" }));
        assert_eq!((figures.error(), figures.rate()), (Some("absent: No module named 'torch'"), None));
    }
}
