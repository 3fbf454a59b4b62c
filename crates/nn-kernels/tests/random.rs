use nn_kernels::random::{fill_bernoulli, fill_uniform};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

#[test]
fn the_stream_is_the_generator_s_own_words() {
    let (mut bulk, mut single) = (ChaCha8Rng::seed_from_u64(7), ChaCha8Rng::seed_from_u64(7));
    let mut x = [0.0f32; 700];
    fill_uniform(&mut bulk, &mut x);
    for x in x {
        assert_eq!(x, (single.next_u32() >> 8) as f32 / 16_777_216.0);
    }
    let mut x = [0.0f64; 300];
    fill_uniform(&mut bulk, &mut x);
    for x in x {
        assert_eq!(x, (single.next_u64() >> 11) as f64 / 9_007_199_254_740_992.0);
    }
}

#[test]
fn bernoulli_is_uniform_below_p() {
    let mut p = [0.0f64; 1000];
    fill_uniform(&mut ChaCha8Rng::seed_from_u64(1), &mut p);
    p[..2].copy_from_slice(&[0.0, 1.0]);
    let (mut uniform, mut out) = ([0.0f32; 1000], [0.5; 1000]);
    fill_bernoulli(&mut ChaCha8Rng::seed_from_u64(2), &p, &mut out);
    fill_uniform(&mut ChaCha8Rng::seed_from_u64(2), &mut uniform);
    for i in 0..1000 {
        assert_eq!(out[i], f64::from(u8::from(f64::from(uniform[i]) < p[i])));
    }
    assert_eq!(out[..2], [0.0, 1.0]);
}
