//! Threads, if there are any: every place where work is cut goes through here.
//!
//! What is computed never depends on how many threads there are. Either the parts of the work share nothing, or
//! their sums are added afterwards in a fixed order. Without the feature `parallel` the parts run one after another.
//!
//! The pool below takes its work as trait objects: what it does with a piece of work is compiled once, here, and not for each
//! closure of each model, where it was a quarter of the code.

use crate::{Error, Result};

/// Work below some 20 microseconds is not worth handing to another thread; so many multiply-adds take about that.
pub(crate) const WORTH_SPLITTING: usize = 1 << 20;

/// Runs `work` on a pool of `threads` threads; `None` uses the pool there is, one thread a core.
///
/// # Errors
/// [`Error::Param`] for zero threads, or where the operating system gives no more.
pub fn with_threads<R: Send>(threads: Option<usize>, work: impl FnOnce() -> R + Send) -> Result<R> {
    let Some(threads) = threads else { return Ok(work()) };
    if threads == 0 || 1024 < threads {
        return Err(Error::param("threads", threads, "a whole number from 1 to 1024"));
    }
    let mut outcome = Ok(());
    let answer = answer_of(work, |work| outcome = pool::with_threads(threads, work));
    // Without a pool there is no answer.
    outcome.and(answer.ok_or_else(String::new)).map_err(|e| Error::param("threads", threads, e))
}

/// How many threads a training started here would use.
pub fn threads() -> usize {
    pool::threads()
}

/// Enters the pool once, for a whole training: entering it for each step would cost more than the step. Its threads stay awake
/// meanwhile, for to wake one costs as much as many a step.
pub fn enter<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    answer_of(work, pool::attended).unwrap_or_else(|| unreachable!("the pool runs what it is given"))
}

/// Enters the pool for work of so many multiply-adds, unless that is less than going there costs.
pub(crate) fn enter_for<R: Send>(cost: usize, work: impl FnOnce() -> R + Send) -> R {
    if cost < WORTH_SPLITTING {
        return work();
    }
    answer_of(work, pool::enter).unwrap_or_else(|| unreachable!("the pool runs what it is given"))
}

/// A piece of work, which is run once.
type Work<'a> = dyn FnMut() + Send + 'a;

/// What `work` answers when `run`, which knows no answers, runs it.
fn answer_of<R: Send>(work: impl FnOnce() -> R + Send, run: impl FnOnce(&mut Work<'_>)) -> Option<R> {
    let (mut work, mut answer) = (Some(work), None);
    run(&mut || answer = work.take().map(|work| work()));
    answer
}

/// Does both, side by side where there are threads.
pub(crate) fn join(left: impl FnOnce() + Send, right: impl FnOnce() + Send) {
    let (mut left, mut right) = (Some(left), Some(right));
    pool::join(&mut || _ = left.take().map(|work| work()), &mut || _ = right.take().map(|work| work()));
}

/// Calls `work` for each item, with its index, side by side where there are threads.
pub fn side_by_side<T: Send>(items: &mut [T], work: impl Fn(usize, &mut T) + Sync) {
    if items.len() < 2 || threads() == 1 {
        items.iter_mut().enumerate().for_each(|(index, item)| work(index, item));
    } else {
        halves(items, 1, 0, &|index, item| work(index, &mut item[0]));
    }
}

/// The same for work of so many multiply-adds in all, one item after another where that is less than going to another thread
/// costs.
pub fn side_by_side_for<T: Send>(cost: usize, items: &mut [T], work: impl Fn(usize, &mut T) + Sync) {
    if cost < WORTH_SPLITTING {
        items.iter_mut().enumerate().for_each(|(index, item)| work(index, item));
    } else {
        side_by_side(items, work);
    }
}

/// Cuts `columns` of `rows` numbers each into a run of columns a thread, and calls `work` with the first column of
/// each run and the run; `cost` is the number of multiply-adds in all. A run is a multiple of `multiple` columns.
pub(crate) fn for_columns<F: Send>(
    columns: &mut [F],
    rows: usize,
    multiple: usize,
    cost: usize,
    work: impl Fn(usize, &mut [F]) + Sync,
) {
    let parts = threads().min(cost / WORTH_SPLITTING + 1);
    let count = columns.len().checked_div(rows).unwrap_or(0);
    if parts < 2 || count <= multiple {
        return work(0, columns);
    }
    let run = count.div_ceil(parts).next_multiple_of(multiple);
    halves(columns, run * rows, 0, &|part, columns| work(part * run, columns));
}

/// Calls `work` with each run of `size` items and its number, from `first` on, the halves of all runs side by side.
fn halves<T: Send>(items: &mut [T], size: usize, first: usize, work: &(dyn Fn(usize, &mut [T]) + Sync)) {
    let runs = items.len().div_ceil(size);
    if runs < 2 {
        return work(first, items);
    }
    let (left, right) = items.split_at_mut(runs / 2 * size);
    join(|| halves(left, size, first, work), || halves(right, size, first + runs / 2, work));
}

#[cfg(feature = "parallel")]
mod pool {
    use super::Work;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, OnceLock};
    use std::time::Duration;

    pub(super) fn with_threads(n: usize, work: &mut Work<'_>) -> Result<(), String> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build().map_err(|e| e.to_string())?;
        pool.install(work);
        Ok(())
    }

    pub(super) fn threads() -> usize {
        rayon::current_num_threads()
    }

    pub(super) fn enter(work: &mut Work<'_>) {
        // A scope runs its body on a thread of the pool.
        if threads() == 1 { work() } else { rayon::scope(|_| work()) }
    }

    /// Whether the threads of a pool are being kept awake.
    static ATTENDED: AtomicBool = AtomicBool::new(false);

    /// [`enter`], with the other threads of the pool awake until the end.
    ///
    /// A thread of the pool that finds nothing to do for some 30 microseconds falls asleep, and to wake it costs about 100 on a virtual
    /// machine: two threads were no faster than one where a step has a serial part of that length. More threads than cores, or a
    /// training within a training, would be in each other's way.
    pub(super) fn attended(work: &mut Work<'_>) {
        static CORES: OnceLock<usize> = OnceLock::new();
        let cores = *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from));
        let threads = threads();
        if threads == 1 || cores < threads || ATTENDED.swap(true, Ordering::AcqRel) {
            return enter(work);
        }
        let ended = Ended(Arc::default());
        enter(&mut || {
            let (own, over) = (rayon::current_thread_index(), Arc::clone(&ended.0));
            // Nobody waits for these: a thread that is busy with something else comes when all is over, and goes.
            rayon::spawn_broadcast(move |place| {
                if Some(place.index()) != own {
                    attend(&over);
                }
            });
            work();
        });
    }

    /// Says that it is over when it is dropped, be it by a panic.
    struct Ended(Arc<AtomicBool>);

    impl Drop for Ended {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Release);
            ATTENDED.store(false, Ordering::Release);
        }
    }

    /// Looks in vain, of some tenth of a microsecond each, that are made at once after one another.
    const AT_ONCE: u32 = 2000;
    /// Looks that are made before any pause; from then on each follows a pause.
    const AWAKE: u32 = 4000;
    /// Short beside a step that is worth threads, long beside a look.
    const PAUSE: Duration = Duration::from_micros(100);

    /// Takes up what there is to do until it is over: at once for a while, then whenever nobody else wants the core, and after long
    /// idleness with a look now and then, which costs nearly nothing.
    fn attend(over: &AtomicBool) {
        let mut in_vain = 0;
        while !over.load(Ordering::Acquire) {
            if let Some(rayon::Yield::Executed) = rayon::yield_now() {
                in_vain = 0;
                continue;
            }
            match in_vain {
                0..AT_ONCE => (0..16).for_each(|_| std::hint::spin_loop()),
                AT_ONCE..AWAKE => std::thread::yield_now(),
                _ => std::thread::sleep(PAUSE),
            }
            in_vain = AWAKE.min(in_vain + 1);
        }
    }

    pub(super) fn join(left: &mut Work<'_>, right: &mut Work<'_>) {
        rayon::join(left, right);
    }
}

#[cfg(not(feature = "parallel"))]
mod pool {
    use super::Work;

    pub(super) fn with_threads(_: usize, work: &mut Work<'_>) -> Result<(), String> {
        work();
        Ok(())
    }

    pub(super) fn threads() -> usize {
        1
    }

    pub(super) fn enter(work: &mut Work<'_>) {
        work();
    }

    pub(super) fn attended(work: &mut Work<'_>) {
        work();
    }

    pub(super) fn join(left: &mut Work<'_>, right: &mut Work<'_>) {
        left();
        right();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_cut_into_runs_that_cover_them_all() {
        for threads in [1, 2, 5] {
            let mut data = vec![0.0_f32; 3 * 20];
            with_threads(Some(threads), || {
                for_columns(&mut data, 3, 4, WORTH_SPLITTING * 10, |first, run| {
                    for (c, column) in run.chunks_mut(3).enumerate() {
                        column.fill((first + c) as f32);
                    }
                });
            })
            .unwrap();
            assert!(data.chunks(3).enumerate().all(|(c, column)| column == [c as f32; 3]), "{threads}");
        }
    }

    #[test]
    fn a_training_within_a_training_ends_and_so_does_one_that_panics() {
        for threads in [1, 2, 3] {
            let sum = with_threads(Some(threads), || {
                let broken = std::panic::catch_unwind(|| enter(|| panic!("on purpose")));
                assert!(broken.is_err());
                let mut parts = [1, 2, 3, 4];
                enter(|| side_by_side(&mut parts, |_, part| *part = enter(|| *part * *part)));
                parts.iter().sum::<i32>()
            });
            assert_eq!(sum.unwrap(), 30, "{threads}");
        }
    }

    #[cfg(feature = "parallel")]
    #[test]
    fn a_training_does_not_wait_for_what_else_the_pool_does() {
        let (tell, told) = std::sync::mpsc::channel::<()>();
        with_threads(Some(2), || {
            // It has a thread of the pool until it is told that the training has ended.
            rayon::spawn(move || told.recv().unwrap());
            enter(|| ());
            tell.send(()).unwrap();
        })
        .unwrap();
    }

    #[test]
    fn zero_threads_are_refused() {
        assert!(with_threads(Some(0), || ()).is_err());
    }
}
