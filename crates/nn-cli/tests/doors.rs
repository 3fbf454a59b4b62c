//! Whatever bytes come in: no panic, and never more memory than the door says.
//!
//! Its own test binary, since the crate `allocation-counter` puts its allocator in the place of all others. It counts on the
//! calling thread, so each door has one.

use nn_cli::doors::{DOORS, Door, LONGEST, seeds};
use nn_core::random::{Key, below};
use nn_core::with_threads;
use rand_chacha::ChaCha8Rng;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Altered files for each door.
const MUTATIONS: usize = 2000;
/// A seed that takes more memory than this takes long as well: it is tried whole, and neither cut nor altered.
const LIGHT: u64 = 2 << 20;
/// Numbers that readers get wrong.
const MAGIC: [u64; 9] = [0, 1, 0x7F, 0xFF, 0xFFFF, 1 << 31, u32::MAX as u64, 1 << 63, u64::MAX];

#[test]
fn any_bytes_are_taken_or_refused_in_little_memory() {
    std::thread::scope(|scope| {
        let tries: Vec<_> = DOORS
            .iter()
            .map(|door| (door, scope.spawn(|| with_threads(Some(1), || try_door(door)).unwrap())))
            .collect();
        for (door, outcome) in tries {
            assert!(outcome.join().is_ok(), "{}: see above", door.name);
        }
    });
}

/// # Panics
/// Where the door does, or takes too much.
fn try_door(door: &Door) {
    let seeds = seeds(door).unwrap();
    assert!(!seeds.is_empty(), "{} has no seeds", door.name);
    let kept = kept(door);
    let mut most = Most::default();
    let mut rng = Key::once(1).stream(door.name);
    let mut light = Vec::new();
    for seed in &seeds {
        assert!(seed.len() <= LONGEST, "a seed of {} bytes", seed.len());
        if run(door, seed, &mut most) <= LIGHT {
            light.push(seed.as_slice());
        }
    }
    for seed in &light {
        let step = if seed.len() <= 300 { 1 } else { 1 + seed.len() / 100 };
        (0..seed.len()).step_by(step).for_each(|end| {
            run(door, &seed[..end], &mut most);
        });
    }
    for input in &kept {
        if run(door, input, &mut most) <= LIGHT {
            light.push(input);
        }
    }
    for _ in 0..MUTATIONS {
        let input = altered(&light, &mut rng);
        run(door, &input, &mut most);
    }
    eprintln!("{}: {most:?}", door.name);
}

/// What the fuzzer has kept of this door, in the order of the names.
fn kept(door: &Door) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(door.name);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{} has nothing kept", door.name);
    files.into_iter().map(|file| fs::read(file).unwrap()).collect()
}

/// The most that was seen.
#[derive(Debug, Default)]
struct Most {
    bytes: u64,
    times: u64,
}

/// Runs the door, and tells how many bytes it held at most.
fn run(door: &Door, input: &[u8], most: &mut Most) -> u64 {
    let mut ran = Ok(());
    let counted = allocation_counter::measure(|| {
        ran = catch_unwind(AssertUnwindSafe(|| (door.run)(input)));
    });
    assert!(ran.is_ok(), "{} panics on b\"{}\"", door.name, input.escape_ascii());
    let allowed = door.most(input.len()) as u64;
    assert!(
        counted.bytes_max <= allowed,
        "{} takes {} bytes, and {allowed} are allowed, for {} bytes: b\"{}\"",
        door.name,
        counted.bytes_max,
        input.len(),
        input.escape_ascii()
    );
    most.bytes = most.bytes.max(counted.bytes_max);
    most.times = most.times.max(counted.bytes_max.saturating_sub(door.beside as u64) / input.len().max(1) as u64);
    counted.bytes_max
}

/// One of the seeds, altered in one to four places.
fn altered(seeds: &[&[u8]], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut pick = |count: usize| below(count.max(1) as u32, rng) as usize;
    let mut bytes = seeds[pick(seeds.len())].to_vec();
    for _ in 0..=pick(4) {
        // Most of what can go wrong stands in front.
        let front = if pick(2) == 0 { bytes.len().min(64) } else { bytes.len() };
        let at = pick(front);
        match pick(7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << pick(8),
            1 if at < bytes.len() => bytes[at] = pick(256) as u8,
            2 => {
                let (magic, width) = (MAGIC[pick(MAGIC.len())], [1, 2, 4, 8][pick(4)]);
                let mut written = magic.to_le_bytes()[..width].to_vec();
                if pick(2) == 0 {
                    written.reverse();
                }
                let end = bytes.len().min(at + width);
                bytes.splice(at..end, written);
            }
            3 => {
                // A number in text.
                let start = bytes.iter().skip(at).position(u8::is_ascii_digit).map(|skipped| at + skipped);
                if let Some(start) = start {
                    let digits = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                    let sign = ["", "", "-", "1e", "0."][pick(5)];
                    let number = format!("{sign}{}", MAGIC[pick(MAGIC.len())]);
                    bytes.splice(start..start + digits, number.bytes());
                }
            }
            4 => drop(bytes.drain(at..(at + 1 + pick(16)).min(bytes.len()).max(at))),
            5 => {
                let piece = bytes[at..(at + 1 + pick(32)).min(bytes.len()).max(at)].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => {
                let other = seeds[pick(seeds.len())];
                bytes.truncate(at);
                bytes.extend_from_slice(&other[pick(other.len())..]);
            }
        }
    }
    bytes.truncate(LONGEST);
    bytes
}
