//! Instructions of a call, which no neighbour on the machine disturbs: counted by valgrind, where it is installed.
//!
//! It knows no AVX-512, so what is counted is the way for AVX2.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::programs::Variant;

/// A count that takes longer is given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// The instructions of one call on one thread: of three calls, less those of one call alone.
pub(super) fn of_a_call(variant: &Variant, data: &Path) -> Option<f64> {
    let one = counted(variant.counting(data, 1))?;
    Some((counted(variant.counting(data, 3))? - one) / 2.0)
}

/// All instructions of a program and its arguments, from its start to its end.
fn counted(program: Command) -> Option<f64> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]);
    command.arg(program.get_program()).args(program.get_args()).env("NN_SIMD", "avx2");
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().ok()?;
    let start = Instant::now();
    while child.try_wait().ok()?.is_none() {
        if PATIENCE < start.elapsed() {
            child.kill().ok()?;
            child.wait().ok()?;
            return None;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    told(&String::from_utf8_lossy(&child.wait_with_output().ok()?.stderr))
}

/// The number in valgrind's last words: `==1== I refs:        1,234,567`.
fn told(words: &str) -> Option<f64> {
    let line = words.lines().find_map(|line| line.split_once("I refs:"))?;
    line.1.trim().replace(',', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_found_among_the_words() {
        assert_eq!(told("==7== Cachegrind\n==7== \n==7== I refs:        1,234,567\n"), Some(1_234_567.0));
        assert_eq!(told("valgrind: no such file"), None);
    }
}
