//! Wall clock, processor time and memory of this process.

use std::time::Instant;

use anyhow::Result;

/// A repeat is as many calls as fill so many seconds: the processor's clock has steps of 10 ms.
const AT_LEAST: f64 = 0.2;

/// How long some work took, several times over.
#[derive(Clone, Debug, PartialEq)]
pub struct Timing {
    /// Calls in each repeat.
    pub calls: usize,
    /// Seconds of the wall clock, one number a repeat.
    pub wall: Vec<f64>,
    /// Processor seconds of all threads, one number a repeat; empty where the system does not tell.
    pub cpu: Vec<f64>,
}

impl Timing {
    /// The median of the wall clock's seconds.
    pub fn seconds(&self) -> f64 {
        mean_of(&self.wall, &self.middle())
    }

    /// The processor seconds of the repeat that gave [`seconds`](Self::seconds).
    pub fn cpu_seconds(&self) -> Option<f64> {
        (!self.cpu.is_empty()).then(|| mean_of(&self.cpu, &self.middle()))
    }

    /// The repeat in the middle, or both of them.
    fn middle(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.wall.len()).collect();
        order.sort_by(|&a, &b| self.wall[a].total_cmp(&self.wall[b]));
        order[(order.len() - 1) / 2..=order.len() / 2].to_vec()
    }
}

fn mean_of(numbers: &[f64], chosen: &[usize]) -> f64 {
    chosen.iter().map(|&index| numbers[index]).sum::<f64>() / chosen.len() as f64
}

/// Times `block` so many times, and gives back what its last call gave. It is called at least once off the clock.
pub(crate) fn measure<T>(repeats: usize, mut block: impl FnMut() -> Result<T>) -> Result<(Timing, T)> {
    let (calls, mut result) = calls(&mut block)?;
    let mut timing = Timing { calls, wall: Vec::new(), cpu: Vec::new() };
    for _ in 0..repeats {
        let (cpu, start) = (cpu_seconds(), Instant::now());
        for _ in 0..calls {
            result = block()?;
        }
        timing.wall.push(start.elapsed().as_secs_f64());
        // In whole ticks, as the difference is.
        timing.cpu.extend(cpu.zip(cpu_seconds()).map(|(before, after)| ((after - before) * 100.0).round() / 100.0));
    }
    Ok((timing, result))
}

/// Calls `block` so many times, for who counts its instructions. The clock holds them as one repeat.
pub(crate) fn only_call<T>(calls: usize, mut block: impl FnMut() -> Result<T>) -> Result<(Timing, T)> {
    let start = Instant::now();
    for _ in 1..calls {
        block()?;
    }
    let result = block()?;
    Ok((Timing { calls, wall: vec![start.elapsed().as_secs_f64()], cpu: Vec::new() }, result))
}

/// How many calls make a repeat.
fn calls<T>(block: &mut impl FnMut() -> Result<T>) -> Result<(usize, T)> {
    let mut calls = 1;
    loop {
        let start = Instant::now();
        for _ in 1..calls {
            block()?;
        }
        let result = block()?;
        let spent = start.elapsed().as_secs_f64();
        if AT_LEAST / 4.0 <= spent {
            return Ok((((calls as f64 * AT_LEAST / spent).round() as usize).max(1), result));
        }
        calls *= 2;
    }
}

/// Processor seconds of all threads of this process, those that have ended too.
fn cpu_seconds() -> Option<f64> {
    cpu_seconds_in(&std::fs::read_to_string("/proc/self/stat").ok()?)
}

/// From the text of `/proc/self/stat`: its 14th and 15th field, in ticks of 10 ms. The second may hold spaces.
fn cpu_seconds_in(stat: &str) -> Option<f64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / 100.0)
}

/// The largest resident memory of this process so far, in MB of 1024 KB.
pub(crate) fn peak_mb() -> Option<f64> {
    peak_mb_in(&std::fs::read_to_string("/proc/self/status").ok()?)
}

fn peak_mb_in(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<f64>().ok()? / 1024.0)
}

/// How many processes the machine had running or waiting in the last minute.
pub(crate) fn load() -> Option<f64> {
    std::fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_lies_between_the_middle_two() {
        let timing = Timing { calls: 1, wall: vec![4.0, 1.0, 9.0, 2.0], cpu: vec![3.0, 1.0, 1.0, 2.0] };
        assert_eq!((timing.seconds(), timing.cpu_seconds()), (3.0, Some(2.5)));
        let timing = Timing { calls: 1, wall: vec![4.0, 1.0, 9.0], cpu: vec![] };
        assert_eq!((timing.seconds(), timing.cpu_seconds()), (4.0, None));
    }

    #[test]
    fn processor_time_is_found_behind_a_name_with_spaces() {
        let stat = "1 (a ) name) R 2 3 4 5 6 7 8 9 10 11 150 50 14 15 16";
        assert_eq!(cpu_seconds_in(stat), Some(2.0));
        assert_eq!(cpu_seconds_in("1 (a) R 2"), None);
    }

    #[test]
    fn peak_memory_is_told_in_megabytes() {
        assert_eq!(peak_mb_in("Name:\tx\nVmHWM:\t   2048 kB\n"), Some(2.0));
    }

    #[test]
    fn short_work_is_called_until_it_fills_a_repeat() {
        let mut count = 0;
        let (timing, last) = measure(2, || {
            count += 1;
            std::thread::sleep(std::time::Duration::from_millis(10));
            Ok(count)
        })
        .unwrap();
        assert!(1 < timing.calls && timing.wall.len() == 2 && last == count);
    }
}
