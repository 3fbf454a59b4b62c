use nn_kernels::loss::{absolute_error, huber, softmax_cross_entropy};
use nn_kernels::softmax;

#[test]
fn losses_and_gradients_agree_with_the_definition() {
    for lanes in [1, 16, 32] {
        let classes = 5;
        let z: Vec<f64> = (0..lanes * classes).map(|i| (i as f64 * 1.7).sin() * 9.0 + 800.0).collect();
        let t: Vec<f64> = (0..lanes * classes).map(|i| f64::from(u8::from(i / lanes == i % lanes % classes))).collect();
        let w: Vec<f64> = (0..lanes).map(|l| l as f64 * 0.1).collect();
        let (mut loss, mut d) = (vec![0.0; lanes], vec![0.0; lanes * classes]);
        softmax_cross_entropy(&z, f64::NEG_INFINITY, &t, &w, &mut loss, &mut d);
        let mut p = z.clone();
        softmax(&mut p, lanes);
        for l in 0..lanes {
            let sum: f64 = (0..classes).map(|c| (z[l + c * lanes] - 800.0).exp()).sum();
            let hit = l % classes;
            assert!((loss[l] - (sum.ln() - z[l + hit * lanes] + 800.0)).abs() < 1e-12);
            for c in 0..classes {
                let exact = (z[l + c * lanes] - 800.0).exp() / sum;
                assert!((p[l + c * lanes] - exact).abs() < 1e-12);
                assert!((d[l + c * lanes] - w[l] * (exact - t[l + c * lanes])).abs() < 1e-12);
            }
        }
    }
}

#[test]
fn a_class_that_is_never_the_right_one_takes_its_share() {
    for (lanes, other) in [(1, 0.5), (16, 0.5), (1, 900.0), (16, 900.0)] {
        let z: Vec<f64> = (0..lanes * 3).map(|i| (i as f64 * 1.7).sin()).collect();
        let t: Vec<f64> = (0..lanes * 3).map(|i| f64::from(u8::from(i / lanes == i % lanes % 3))).collect();
        let (w, mut loss, mut d) = (vec![1.0; lanes], vec![0.0; lanes], vec![0.0; lanes * 3]);
        softmax_cross_entropy(&z, other, &t, &w, &mut loss, &mut d);
        for l in 0..lanes {
            let sum = (0..3).map(|c| (z[l + c * lanes] - other).exp()).sum::<f64>() + 1.0;
            assert!((loss[l] - (sum.ln() + other - z[l + l % 3 * lanes])).abs() < 1e-12);
            for c in 0..3 {
                let p = (z[l + c * lanes] - other).exp() / sum;
                assert!((d[l + c * lanes] - (p - t[l + c * lanes])).abs() < 1e-12);
            }
        }
    }
}

#[test]
fn a_lane_has_the_same_bits_in_every_shard() {
    let z: Vec<f32> = (0..64 * 3).map(|i| (i as f32).sin() * 5.0).collect();
    let mut wide = z.clone();
    softmax(&mut wide, 64);
    for l in 0..64 {
        let mut alone: Vec<f32> = (0..3).map(|c| z[l + c * 64]).collect();
        softmax(&mut alone, 1);
        for c in 0..3 {
            assert_eq!(alone[c], wide[l + c * 64]);
        }
    }
}

#[test]
fn absolute_and_hubers_error_agree_with_their_formulas() {
    for lanes in [1, 16, 32] {
        let y: Vec<f64> = (0..lanes * 3).map(|i| (i as f64 * 1.7).sin() * 3.0).collect();
        let mut t: Vec<f64> = (0..lanes * 3).map(|i| (i as f64 * 0.3).cos()).collect();
        t[0] = y[0];
        let w: Vec<f64> = (0..lanes).map(|l| l as f64 * 0.1 + 0.5).collect();
        let (mut loss, mut d) = (vec![0.0; lanes], vec![0.0; lanes * 3]);
        let mut agree = |value: fn(f64) -> f64, slope: fn(f64) -> f64, huber_wanted: bool| {
            let kernel = if huber_wanted { huber::<f64> } else { absolute_error::<f64> };
            kernel(&y, &t, &w, &mut loss, &mut d);
            for lane in 0..lanes {
                let error = |o: usize| y[lane + o * lanes] - t[lane + o * lanes];
                assert!((loss[lane] - (0..3).map(|o| value(error(o))).sum::<f64>()).abs() < 1e-12);
                for o in 0..3 {
                    assert!((d[lane + o * lanes] - w[lane] * slope(error(o))).abs() < 1e-12);
                }
            }
        };
        agree(f64::abs, |e| if e == 0.0 { 0.0 } else { e.signum() }, false);
        agree(|e| if e.abs() <= 1.0 { e * e / 2.0 } else { e.abs() - 0.5 }, |e| e.clamp(-1.0, 1.0), true);
    }
}
