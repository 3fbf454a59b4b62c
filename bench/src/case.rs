//! Cases and their variants, and the program that runs them.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use nn_core::{Dataset, Fit, Model, Scalar, kernels};
use serde_json::{Map, Value, json};

use crate::{Arguments, Data, Timing, clock};

/// One way of doing a case, measured on its own.
#[expect(missing_debug_implementations, reason = "it holds a function")]
pub struct Variant {
    case: String,
    name: String,
    goals: Vec<Goal>,
    run: Box<RunFn>,
}

type RunFn = dyn Fn(&Run) -> Result<Measured> + Send + Sync;

/// How fast a variant is to be at so many threads: so many times as fast as certain peers.
struct Goal {
    threads: usize,
    times: f64,
    over: Over,
}

/// Whom a goal compares with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// The fastest peer that computes with as many bits or more.
    Best,
    /// The fastest of the peers' variants whose name starts so, such as `torch`.
    Peer(&'static str),
}

impl Variant {
    /// The variant `name` of `case`, which `run` measures.
    pub fn new(
        case: impl Into<String>,
        name: impl Into<String>,
        run: impl Fn(&Run) -> Result<Measured> + Send + Sync + 'static,
    ) -> Self {
        Self { case: case.into(), name: name.into(), goals: Vec::new(), run: Box::new(run) }
    }

    /// With a goal: on `threads` threads it is to be `times` as fast as those `over` names.
    #[must_use]
    pub fn goal(mut self, threads: usize, times: f64, over: Over) -> Self {
        self.goals.push(Goal { threads, times, over });
        self
    }

    /// `case/variant`, by which `--only` chooses.
    fn label(&self) -> String {
        format!("{}/{}", self.case, self.name)
    }

    /// The line of this variant; whatever goes wrong belongs into it.
    fn line(&self, version: &str, run: &Run) -> Value {
        let head = json!({
            "case": self.case, "variant": self.name, "threads": run.threads, "peer": "nn", "version": version,
            "goal": self.goals.iter().find(|goal| goal.threads == run.threads).map(Goal::line),
        });
        let measured = nn_core::with_threads(Some(run.threads), || (self.run)(run));
        let fields = match measured.map_err(anyhow::Error::from).and_then(|measured| measured) {
            Ok(measured) => measured.fields(),
            Err(error) => json!({ "error": format!("{error:#}") }),
        };
        let after = json!({ "level": kernels::level_name(), "load": clock::load(), "peak_mb": clock::peak_mb() });
        merged([head, fields, after])
    }
}

impl Goal {
    fn line(&self) -> Value {
        let over = match self.over {
            Over::Best => "best",
            Over::Peer(name) => name,
        };
        json!({ "times": self.times, "over": over })
    }
}

/// What a variant is measured with.
#[derive(Clone, Debug)]
pub struct Run {
    data: PathBuf,
    threads: usize,
    repeats: usize,
    /// So many calls and no clock, where somebody else counts.
    calls: Option<usize>,
}

impl Run {
    /// The set `name`, such as `digits` or `mnist10k`.
    ///
    /// # Errors
    /// Where it is absent or no such set.
    pub fn load<F: Scalar>(&self, name: &str) -> Result<Data<F>> {
        Data::load(&self.data, name)
    }

    /// The set `name` and what `params` learn from it, for the measuring of answers.
    ///
    /// # Errors
    /// Where it is absent or cannot be learned.
    pub fn trained<F: Scalar, P: Fit<F>>(&self, name: &str, params: &P) -> Result<(Data<F>, P::Model)> {
        let data = self.load::<F>(name)?;
        let model = params.fit(&data.train())?;
        Ok((data, model))
    }

    /// Times answers to a single sample, the first `rows` of `data` in turn, by the door that every user has: it checks the
    /// row and allocates the answer.
    ///
    /// # Errors
    /// Where `model` gives no answer.
    pub fn measure_in_turn<F: Scalar>(
        &self,
        model: &impl Model<F>,
        data: &Dataset<'_, F>,
        rows: usize,
    ) -> Result<Timing> {
        let mut turn = 0;
        let (timing, _) = self.measure(|| {
            let answer = model.predict(&Dataset::from_slice(data.features(), data.sample(turn)))?;
            turn = (turn + 1) % rows;
            Ok(answer)
        })?;
        Ok(timing)
    }

    /// Times `block` and gives back what its last call gave. What it should not be charged for is made outside.
    ///
    /// # Errors
    /// Those of `block`.
    pub fn measure<T>(&self, block: impl FnMut() -> Result<T>) -> Result<(Timing, T)> {
        match self.calls {
            Some(calls) => clock::only_call(calls, block),
            None => clock::measure(self.repeats, block),
        }
    }
}

/// What came of a variant.
#[derive(Clone, Debug)]
pub struct Measured {
    timing: Timing,
    presentations: f64,
    one_row: bool,
    quality: Option<(&'static str, f64)>,
    settings: Value,
    work: Option<Work>,
    size: Option<(&'static str, usize)>,
}

/// What one presentation asks of the machine: the page tells the share of what the machine can do at most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Work {
    /// So many floating-point operations; a multiply-add is two.
    Operations(f64),
    /// So many bytes read that fit into the second cache, as the weights of a network that answers one sample.
    CacheBytes(f64),
    /// So many bytes read that do not.
    MemoryBytes(f64),
}

impl Measured {
    /// So many samples are gone through in a call, each pass counted.
    pub fn new(timing: Timing, presentations: f64) -> Self {
        Self { timing, presentations, one_row: false, quality: None, settings: Value::Null, work: None, size: None }
    }

    /// A call is one row, told in microseconds too.
    #[must_use]
    pub fn one_row(self) -> Self {
        Self { one_row: true, ..self }
    }

    /// How good the result is, by the peers' measure.
    #[must_use]
    pub fn quality(self, metric: &'static str, value: f64) -> Self {
        Self { quality: Some((metric, value)), ..self }
    }

    /// What was run. `dtype`, `float32` or `float64`, decides which peers are compared.
    #[must_use]
    pub fn settings(self, settings: Value) -> Self {
        Self { settings, ..self }
    }

    /// What a presentation asks of the machine.
    #[must_use]
    pub fn work(self, work: Work) -> Self {
        Self { work: Some(work), ..self }
    }

    /// How much there is of what grows from variant to variant of this case; see [`growth`](crate::growth).
    #[must_use]
    pub(crate) fn size(self, axis: &'static str, size: usize) -> Self {
        Self { size: Some((axis, size)), ..self }
    }

    fn fields(&self) -> Value {
        let seconds = self.timing.seconds();
        let calls = self.timing.calls as f64;
        let fields = json!({
            "seconds": seconds,
            "seconds_all": self.timing.wall,
            "cpu_seconds": self.timing.cpu_seconds(),
            "cpu_seconds_all": self.timing.cpu,
            "calls": self.timing.calls,
            "samples_per_s": self.presentations * calls / seconds,
            "settings": self.settings,
            "metric": self.quality.map(|(metric, _)| metric),
            "value": self.quality.map(|(_, value)| value),
            "work": self.work.map(Work::line),
            "axis": self.size.map(|(axis, _)| axis),
            "size": self.size.map(|(_, size)| size),
            "presentations": self.presentations,
        });
        let microseconds = json!({ "microseconds": seconds / calls * 1e6 });
        if self.one_row { merged([fields, microseconds]) } else { fields }
    }
}

impl Work {
    fn line(self) -> Value {
        match self {
            Self::Operations(count) => json!({ "operations": count }),
            Self::CacheBytes(bytes) => json!({ "cache_bytes": bytes }),
            Self::MemoryBytes(bytes) => json!({ "memory_bytes": bytes }),
        }
    }
}

/// One object with the fields of all; those without a value are left out.
fn merged<const N: usize>(parts: [Value; N]) -> Value {
    let mut all = Map::new();
    for part in parts {
        if let Value::Object(fields) = part {
            all.extend(fields.into_iter().filter(|(_, value)| !value.is_null()));
        }
    }
    Value::Object(all)
}

/// The program of a file of cases: prints one line of JSON a variant, or their names.
pub fn main(version: &str, variants: &[Variant]) -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("error: {error:#}");
            return ExitCode::from(2);
        }
    };
    let Arguments { data, threads, repeats, calls, .. } = arguments;
    let run = Run { data, threads, repeats, calls };
    for variant in variants.iter().filter(|variant| variant.label().contains(&arguments.only)) {
        if arguments.list {
            println!("{}", variant.label());
        } else {
            println!("{}", variant.line(version, &run));
        }
    }
    ExitCode::SUCCESS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> Run {
        Run { data: PathBuf::new(), threads: 1, repeats: 1, calls: None }
    }

    #[test]
    fn a_line_has_the_fields_of_the_peers() {
        let timing = || Timing { calls: 4, wall: vec![2.0], cpu: vec![2.0] };
        let measured = move |_: &Run| {
            let settings = json!({ "dtype": "float32" });
            let measured = Measured::new(timing(), 10.0).one_row().quality("test_accuracy", 0.5).settings(settings);
            Ok(measured.work(Work::Operations(6.0)))
        };
        let variant = Variant::new("a", "nn-f32", measured).goal(1, 2.5, Over::Best).goal(2, 3.0, Over::Peer("torch"));
        let line = variant.line("0.1.0", &run());
        assert_eq!((&line["case"], &line["variant"], &line["peer"]), (&json!("a"), &json!("nn-f32"), &json!("nn")));
        assert_eq!((&line["samples_per_s"], &line["microseconds"]), (&json!(20.0), &json!(5e5)));
        assert_eq!((&line["metric"], &line["value"]), (&json!("test_accuracy"), &json!(0.5)));
        assert_eq!(line["goal"], json!({ "times": 2.5, "over": "best" }));
        assert_eq!(line["work"], json!({ "operations": 6.0 }));
        assert!(line.get("axis").is_none());
    }

    #[test]
    fn a_growing_case_has_a_variant_a_size() {
        let measured = |run: &Run, size: usize| {
            let (timing, ()) = run.measure(|| Ok(()))?;
            Ok(Measured::new(timing, size as f64))
        };
        let variants = crate::growth("growth-a", "units", &[2, 8], measured);
        let line = variants[1].line("0.1.0", &Run { calls: Some(3), ..run() });
        assert_eq!((&line["variant"], &line["axis"], &line["size"]), (&json!("units-8"), &json!("units"), &json!(8)));
        assert_eq!((&line["calls"], &line["presentations"]), (&json!(3), &json!(8.0)));
    }

    #[test]
    fn a_variant_that_cannot_run_says_why() {
        let variant = Variant::new("a", "nn-f32", |run| {
            run.load::<f32>("nothing")?;
            run.measure(|| Ok(())).map(|(timing, ())| Measured::new(timing, 1.0))
        });
        let line = variant.line("0.1.0", &run());
        assert_eq!(line["error"], "data absent: nothing");
        assert!(line.get("goal").is_none() && line.get("seconds").is_none());
    }
}
