//! The machine, in terms that anyone may read, and what it can do at most.

use anyhow::Result;
use serde_json::Value;
use xshell::Shell;

use super::figures::Figures;
use super::on;
use super::programs::Programs;
use crate::machine;

/// What stands under every table.
#[derive(Debug)]
pub(super) struct Machine {
    pub(super) processor: String,
    pub(super) cores: usize,
    pub(super) rust: String,
    pub(super) date: String,
    /// The harness's line: `level`, and `peaks` by number of threads.
    pub(super) probe: Value,
}

impl Machine {
    /// What it says of itself; what it can do is not known yet.
    pub(super) fn read(shell: &Shell) -> Result<Self> {
        Ok(Self {
            processor: machine::processor(),
            cores: machine::cores()?,
            rust: machine::rust(shell)?,
            date: crate::calendar::today()?,
            probe: Value::Null,
        })
    }

    /// Measures what it can do, and keeps the best of this and of what was measured before.
    pub(super) fn probe(&mut self, programs: &Programs, threads: &[usize]) -> Result<()> {
        let before = std::mem::replace(&mut self.probe, programs.machine(threads)?);
        keep_best(&mut self.probe, &before);
        Ok(())
    }

    /// One sentence.
    pub(super) fn describe(&self) -> String {
        let level = self.probe["level"].as_str().unwrap_or("unknown instruction set");
        let mut text = format!("{}, {} cores, {level}, Rust {}", self.processor, self.cores, self.rust);
        for peaks in self.probe["peaks"].as_array().into_iter().flatten() {
            let peak = |name: &str| peaks[name].as_f64().unwrap_or_default();
            text += &format!(
                "; at most, {}: {:.0} GFLOP/s in f32, {:.0} in f64, {:.0} GB/s from the second cache, {:.0} from memory",
                on(peaks["threads"].as_u64().unwrap_or_default() as usize),
                peak("float32"),
                peak("float64"),
                peak("cache"),
                peak("memory")
            );
        }
        text
    }

    /// How much of what the machine can do `figures` took, from 0 to 1; `work` is that of our variant.
    pub(super) fn share(&self, figures: &Figures, work: Option<(&str, f64)>, threads: usize) -> Option<f64> {
        let peaks = self.probe["peaks"].as_array()?.iter().find(|peaks| peaks["threads"] == threads)?;
        let (kind, amount) = work?;
        let limit = match kind {
            "operations" => &peaks[figures.float()?],
            "cache_bytes" => &peaks["cache"],
            "memory_bytes" => &peaks["memory"],
            _ => return None,
        };
        Some(figures.rate()? * amount / (limit.as_f64()? * 1e9))
    }
}

/// Raises each peak of `probe` to that of `before`, which is of the same numbers of threads or empty.
fn keep_best(probe: &mut Value, before: &Value) {
    let Some(all) = probe["peaks"].as_array_mut() else { return };
    for (peaks, before) in all.iter_mut().zip(before["peaks"].as_array().into_iter().flatten()) {
        for name in ["float32", "float64", "cache", "memory"] {
            let best = [&peaks[name], &before[name]].into_iter().filter_map(Value::as_f64).fold(0.0, f64::max);
            peaks[name] = best.into();
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::super::figures::tests::made_up as figures;
    use super::*;

    pub(in crate::bench) fn made_up() -> Machine {
        let peaks = json!([{ "threads": 1, "float32": 100.0, "float64": 50.0, "cache": 80.0, "memory": 10.0 }]);
        Machine {
            processor: "A Processor".into(),
            cores: 2,
            rust: "1.95.0".into(),
            date: "2026-01-31".into(),
            probe: json!({ "level": "avx2", "peaks": peaks }),
        }
    }

    #[test]
    fn the_best_of_all_probes_is_kept() {
        let probe = |float32: f64, memory: f64| json!({ "peaks": [{ "float32": float32, "memory": memory }] });
        let mut now = probe(90.0, 12.0);
        keep_best(&mut now, &probe(100.0, 10.0));
        assert_eq!((&now["peaks"][0]["float32"], &now["peaks"][0]["memory"]), (&json!(100.0), &json!(12.0)));
        keep_best(&mut now, &Value::Null);
        assert_eq!(now["peaks"][0]["float32"], 100.0);
    }

    #[test]
    fn a_speed_is_a_share_of_what_the_machine_can_do() {
        let (f64, none) = (figures("nn-f64", true, 1e9, &json!({})), json!({}));
        assert_eq!(made_up().share(&f64, Some(("operations", 5.0)), 1), Some(0.1));
        assert_eq!(made_up().share(&figures("nn-f32", true, 1e9, &none), Some(("operations", 5.0)), 1), Some(0.05));
        assert_eq!(made_up().share(&f64, Some(("memory_bytes", 5.0)), 1), Some(0.5));
        assert_eq!(made_up().share(&f64, Some(("operations", 5.0)), 2), None);
        assert_eq!(made_up().share(&f64, None, 1), None);
    }
}
