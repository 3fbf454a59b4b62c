use crate::numbers;
use nn_kernels::{Float, Onto, dot, gemv_n, gemv_t, ger};

fn check<F: Float>(inputs: usize, outputs: usize) {
    let (w, x, dy) = (numbers::<F>(inputs * outputs, 1), numbers::<F>(inputs, 2), numbers::<F>(outputs, 3));
    let mut y = vec![F::default(); outputs];
    gemv_t(&w, &x, Onto::Bias(&dy), &mut y);
    for o in 0..outputs {
        let exact = (0..inputs).fold(dy[o].to_f64(), |sum, i| sum + w[i + o * inputs].to_f64() * x[i].to_f64());
        assert_eq!(y[o].to_f64(), exact);
    }
    let mut dx = x.clone();
    gemv_n(&w, &dy, &mut dx);
    for i in 0..inputs {
        let exact = (0..outputs).fold(x[i].to_f64(), |sum, o| sum + w[i + o * inputs].to_f64() * dy[o].to_f64());
        assert_eq!(dx[i].to_f64(), exact);
    }
    let mut dw = w.clone();
    ger(&x, &dy, &mut dw);
    for (k, dw) in dw.iter().enumerate() {
        assert_eq!(*dw, w[k] + x[k % inputs] * dy[k / inputs]);
    }
}

#[test]
fn one_sample_agrees_with_the_definition() {
    for inputs in [0, 1, 7, 16, 50, 84] {
        for outputs in [0, 1, 3, 10, 31] {
            check::<f32>(inputs, outputs);
            check::<f64>(inputs, outputs);
        }
    }
}

#[test]
fn a_unit_has_the_same_bits_among_any_others() {
    let w: Vec<f32> = (0..100 * 27).map(|i| (i as f32).sin()).collect();
    let x: Vec<f32> = (0..100).map(|i| (i as f32).cos()).collect();
    let mut y = [0.0; 27];
    gemv_t(&w, &x, Onto::Zero, &mut y);
    for (w, y) in w.chunks(100).zip(y) {
        assert_eq!(dot(w, &x), y);
    }
}
