//! Random numbers that anyone can draw again.
//!
//! Every use has a stream of its own, keyed by seed, use, step and shard. So drawing more numbers for one use never
//! shifts another, a resumed training draws what the first one would have drawn, and it does not matter which thread
//! works on which shard. The generator is ChaCha with 8 rounds, whose stream is the same everywhere.

use crate::{Scalar, threads};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// Where the random numbers of a step come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The seed of the settings.
    pub seed: u64,
    /// How many steps were taken before; the epoch for a use that is drawn once an epoch.
    pub step: u64,
    /// The shard within the batch.
    pub shard: u64,
}

impl Key {
    /// The key of what is drawn once, before the first step.
    pub fn once(seed: u64) -> Self {
        Self { seed, step: 0, shard: 0 }
    }

    /// The stream for one use, such as `init`, `shuffle`, `dropout`, `gibbs`.
    pub fn stream(self, purpose: &str) -> ChaCha8Rng {
        let mut key = [0; 32];
        let parts = [self.seed, name_hash(purpose), self.step, self.shard];
        for (bytes, part) in key.chunks_exact_mut(8).zip(parts) {
            bytes.copy_from_slice(&part.to_le_bytes());
        }
        ChaCha8Rng::from_seed(key)
    }
}

/// FNV-1a: 64 bits that tell names apart.
fn name_hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A whole number below `count`, which is not 0, each as likely.
pub fn below(count: u32, rng: &mut ChaCha8Rng) -> u32 {
    use rand::RngExt;
    rng.random_range(0..count)
}

/// A number from 0 to less than 1, each as likely.
pub fn uniform(rng: &mut ChaCha8Rng) -> f64 {
    let mut number = [0.0];
    crate::kernels::random::fill_uniform(rng, &mut number);
    number[0]
}

/// Numbers from 0 to less than 1 of one stream, drawn in bulk and handed out one by one: for loops whose next use of a number
/// hangs on the one before.
#[derive(Clone, Debug)]
pub struct Uniforms {
    stream: ChaCha8Rng,
    numbers: [f64; 64],
    used: usize,
}

impl Uniforms {
    /// Those of `stream`.
    pub fn new(stream: ChaCha8Rng) -> Self {
        Self { stream, numbers: [0.0; 64], used: 64 }
    }

    /// The next number.
    #[inline]
    pub fn draw(&mut self) -> f64 {
        if self.used == self.numbers.len() {
            crate::kernels::random::fill_uniform(&mut self.stream, &mut self.numbers);
            self.used = 0;
        }
        self.used += 1;
        self.numbers[self.used - 1]
    }
}

/// One number of N(0, 1). Box and Muller 1958.
pub fn normal(stream: &mut ChaCha8Rng) -> f64 {
    let mut uniform = [0.0_f64; 2];
    crate::kernels::random::fill_uniform(stream, &mut uniform);
    // 1 - u is never 0.
    (-2.0 * (1.0 - uniform[0]).ln()).sqrt() * (std::f64::consts::TAU * uniform[1]).cos()
}

/// How many numbers [`bernoulli`] draws from one stream.
const DRAWN_AT_ONCE: usize = 4096;
/// Multiply-adds that take as long as one of these numbers.
const DRAWN: usize = 64;

/// `out_i = 1` with probability `p_i`, else 0, spread over threads where they are many. Every 4,096 of them have a stream of
/// their own, so that no thread shows in the numbers: the streams of `purpose` whose shards are `2^24 key.shard` and those that
/// follow it.
///
/// # Shapes
/// `p` and `out` are as long.
pub fn bernoulli<F: Scalar>(key: Key, purpose: &str, p: &[F], out: &mut [F]) {
    threads::for_columns(out, DRAWN_AT_ONCE, 1, p.len() * DRAWN, |first, out| {
        let p = &p[first * DRAWN_AT_ONCE..];
        for (chunk, (p, out)) in (first..).zip(p.chunks(DRAWN_AT_ONCE).zip(out.chunks_mut(DRAWN_AT_ONCE))) {
            let shard = (key.shard << 24).wrapping_add(chunk as u64);
            let p = &p[..out.len()];
            crate::kernels::random::fill_bernoulli(&mut Key { shard, ..key }.stream(purpose), p, out);
        }
    });
}

/// The order in which the pass that is numbered `epoch` from 1 takes the samples: that of the stream `shuffle`. It needs
/// nothing of the pass before. Several who learn the same samples have a `shard` each, and so an order of their own; one who
/// learns alone has 0.
pub fn epoch_order(seed: u64, epoch: usize, shard: usize, order: &mut [u32]) {
    order.iter_mut().zip(0..).for_each(|(item, index)| *item = index);
    let key = Key { seed, step: epoch as u64 - 1, shard: shard as u64 };
    shuffle(order, &mut key.stream("shuffle"));
}

/// Puts `items` into a random order (Fisher and Yates).
pub fn shuffle<T>(items: &mut [T], rng: &mut ChaCha8Rng) {
    use rand::RngExt;
    for last in (1..items.len() as u32).rev() {
        items.swap(last as usize, rng.random_range(0..=last) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::Rng;

    #[test]
    fn the_first_numbers_of_a_stream_are_pinned() {
        let mut stream = Key::once(7).stream("init");
        assert_eq!([stream.next_u32(), stream.next_u32()], [438_579_758, 2_443_800_754]);
    }

    #[test]
    fn each_part_of_the_key_gives_another_stream() {
        let first = |key: Key, purpose| key.stream(purpose).next_u64();
        let key = Key { seed: 1, step: 2, shard: 3 };
        let others = [
            first(Key { seed: 2, ..key }, "init"),
            first(Key { step: 3, ..key }, "init"),
            first(Key { shard: 4, ..key }, "init"),
            first(key, "noise"),
        ];
        assert!(others.iter().all(|&other| other != first(key, "init")));
    }

    #[test]
    fn numbers_one_by_one_are_those_of_the_stream() {
        let mut uniforms = Uniforms::new(Key::once(3).stream("gibbs"));
        let mut stream = Key::once(3).stream("gibbs");
        assert!((0..150).all(|_| uniforms.draw() == uniform(&mut stream)));
    }

    #[test]
    fn draws_come_as_often_as_they_should_on_any_number_of_threads() {
        let p: Vec<f32> = (0..50_000).map(|i| (i % 5) as f32 / 4.0).collect();
        let drawn = |threads| {
            let mut out = vec![0.5; p.len()];
            crate::with_threads(Some(threads), || bernoulli(Key::once(1), "gibbs", &p, &mut out)).unwrap();
            out
        };
        let one = drawn(1);
        assert!(drawn(2) == one && drawn(5) == one);
        for (which, expected) in [0.0, 0.25, 0.5, 0.75, 1.0].into_iter().enumerate() {
            let mean = one.iter().skip(which).step_by(5).sum::<f32>() / 10_000.0;
            assert!((mean - expected).abs() <= 0.02, "{which}: {mean}");
        }
        // The streams of two parts differ.
        assert!(one[..4_000] != one[4_096 + 4..][..4_000]);
    }

    #[test]
    fn a_shuffle_keeps_every_item_and_is_pinned() {
        let mut items = [0, 1, 2, 3, 4, 5, 6, 7];
        shuffle(&mut items, &mut Key::once(1).stream("shuffle"));
        assert_eq!(items, [7, 6, 1, 2, 4, 3, 0, 5]);
    }
}
