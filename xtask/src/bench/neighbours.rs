//! How much of the machine something else had while a program ran.
//!
//! A peer's pool of threads that waits for a core that another process has can be ten times too slow, steadily and with
//! a small spread, so the figures alone do not tell. Linux does: the time of all processes, and that of our own ones.

use std::time::Instant;

use serde_json::{Value, json};

/// The clocks before a program starts.
#[derive(Debug)]
pub(super) struct Watch {
    start: Instant,
    busy: Option<f64>,
    children: Option<f64>,
}

impl Watch {
    pub(super) fn start() -> Self {
        Self { start: Instant::now(), busy: busy(), children: children() }
    }

    /// Adds to a program's line, after it has ended, `cores` and how many of them others had; where there is no
    /// `/proc`, nothing.
    pub(super) fn tell(&self, line: &mut Value) {
        let others = || {
            let (busy, children) = (busy()? - self.busy?, children()? - self.children?);
            Some((busy - children).max(0.0) / self.start.elapsed().as_secs_f64())
        };
        if let (Some(others), Ok(cores)) = (others(), std::thread::available_parallelism()) {
            line["others"] = json!((others * 100.0).round() / 100.0);
            line["cores"] = json!(cores.get());
        }
    }
}

/// Processor seconds of everything since the machine started, the time that its host took included.
fn busy() -> Option<f64> {
    busy_in(&std::fs::read_to_string("/proc/stat").ok()?)
}

/// Of the line `cpu user nice system idle iowait irq softirq steal`, in ticks of 10 ms, all that is not idle.
fn busy_in(stat: &str) -> Option<f64> {
    let fields = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace();
    let ticks: Vec<f64> = fields.map(str::parse).collect::<Result<_, _>>().ok()?;
    let idle: f64 = ticks.get(3..5)?.iter().sum();
    Some((ticks.iter().take(8).sum::<f64>() - idle) / 100.0)
}

/// Processor seconds of the programs that we started and that have ended, and of theirs.
fn children() -> Option<f64> {
    children_in(&std::fs::read_to_string("/proc/self/stat").ok()?)
}

/// The 16th and 17th field, in ticks of 10 ms. The second may hold spaces.
fn children_in(stat: &str) -> Option<f64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(13);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_clocks_are_read() {
        assert_eq!(busy_in("cpu  100 20 30 4000 500 6 7 37 0 0\ncpu0 1 2\n"), Some(2.0));
        assert_eq!(busy_in("intr 1"), None);
        assert_eq!(children_in("1 (a b) R 2 3 4 5 6 7 8 9 10 11 12 13 150 50 16"), Some(2.0));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_line_is_told_how_much_others_had() {
        let mut line = json!({});
        Watch::start().tell(&mut line);
        assert!(0.0 <= line["others"].as_f64().unwrap() && 1 <= line["cores"].as_u64().unwrap());
    }
}
