use crate::{fractions, numbers};
use nn_kernels::{Float, Onto, View, gemm, gemm_sum, level_name};

fn check<F: Float>((m, n, k): (usize, usize, usize)) {
    let (a, b) = (numbers::<F>(m * k, 1), numbers::<F>(k * n, 2));
    let bias = numbers::<F>(n, 3);
    let ldc = m + 3;
    for init in [Onto::Zero, Onto::Old, Onto::Bias(&bias)] {
        for (ta, tb) in [(false, false), (true, false), (false, true), (true, true)] {
            let av = if ta { View::new(&a, k, m).transposed() } else { View::new(&a, m, k) };
            let bv = if tb { View::new(&b, n, k).transposed() } else { View::new(&b, k, n) };
            // No more than the last number of the last column.
            let old = numbers::<F>(n.saturating_sub(1) * ldc + m, 4);
            let mut c = old.clone();
            gemm(av, bv, init, &mut c, ldc);
            for j in 0..n {
                let column = j * ldc..c.len().min((j + 1) * ldc);
                for i in 0..column.len() {
                    let start = match init {
                        _ if i >= m => old[i + j * ldc],
                        Onto::Zero => F::default(),
                        Onto::Old => old[i + j * ldc],
                        Onto::Bias(bias) => bias[j],
                    };
                    let terms = if i < m { k } else { 0 };
                    let sum = (0..terms).fold(start.to_f64(), |sum, p| {
                        let x = av.data[i * av.row_stride + p * av.col_stride].to_f64();
                        sum + x * bv.data[p * bv.row_stride + j * bv.col_stride].to_f64()
                    });
                    assert_eq!(c[i + j * ldc].to_f64(), sum, "{m} {n} {k} at {i} {j}");
                }
            }
        }
    }
}

#[test]
fn any_shape_agrees_with_the_definition() {
    for m in [0, 1, 5, 8, 16, 17, 33, 64, 80, 130] {
        for n in [0, 1, 2, 5, 7, 10, 13, 25, 53] {
            for k in [0, 1, 3, 16, 37, 130, 260] {
                check::<f32>((m, n, k));
                check::<f64>((m, n, k));
            }
        }
    }
}

/// Beyond the blocks of every instruction set: panels, columns and terms.
#[test]
fn large_shapes_agree_with_the_definition() {
    // Left operands of some panels are used as they lie, and those of many are packed; (176, ..) ends with a panel of three vectors.
    for shape in [
        (400, 101, 410),
        (70, 200, 810),
        (401, 7, 900),
        (128, 100, 410),
        (128, 520, 260),
        (64, 260, 260),
        (176, 100, 410),
    ] {
        check::<f32>(shape);
        check::<f64>(shape);
    }
}

#[test]
fn a_sum_of_products_has_the_bits_of_the_products_one_after_another() {
    for (m, n) in [(1, 1), (5, 3), (16, 7), (70, 13), (135, 128), (390, 100)] {
        check_sum::<f32>(m, n);
        check_sum::<f64>(m, n);
    }
}

fn check_sum<F: Float>(m: usize, n: usize) {
    let terms = [32, 0, 16, 48, 3, 300];
    let number = |i: usize, of: fn(f64) -> f64| F::from_f64(of(i as f64));
    let a: Vec<Vec<F>> = terms.iter().map(|k| (0..k * m).map(|i| number(i, f64::sin)).collect()).collect();
    let b: Vec<Vec<F>> = terms.iter().map(|k| (0..k * (n + 1)).map(|i| number(i, f64::cos)).collect()).collect();
    let (bias, ldc): (Vec<F>, _) = ((0..n).map(|i| number(i, f64::sin)).collect(), m + 2);
    for turned in [false, true] {
        // As lanes do, rows lie side by side in A, or its columns do; and those of B lie apart.
        let pairs: Vec<_> = (0..terms.len())
            .map(|i| {
                let k = terms[i];
                let left = if turned { View::new(&a[i], k, m).transposed() } else { View::new(&a[i], m, k) };
                (left, if k == 0 { View::new(&[], 0, n) } else { View::with_strides(&b[i], k, n, 1, k) })
            })
            .collect();
        for count in 0..=pairs.len() {
            for init in [Onto::Old, Onto::Zero, Onto::Bias(&bias)] {
                let mut one_by_one = vec![F::from_f64(0.5); ldc * n];
                let mut together = one_by_one.clone();
                for (index, &(a, b)) in pairs[..count].iter().enumerate() {
                    gemm(a, b, if index == 0 { init } else { Onto::Old }, &mut one_by_one, ldc);
                }
                gemm_sum(&pairs[..count], init, &mut together, ldc);
                assert!(together == one_by_one, "{m} x {n}, {count} products");
            }
        }
    }
}

#[test]
fn views_with_two_strides_are_products_too() {
    let a = numbers::<f64>(4 * 6, 1);
    let every_second = View::with_strides(&a, 2, 3, 2, 8);
    let mut c = [0.0; 4];
    gemm(every_second.columns(0..2).transposed(), every_second.columns(1..3), Onto::Zero, &mut c, 2);
    assert_eq!(c[0], a[0] * a[8] + a[2] * a[10]);
}

#[test]
fn an_element_has_the_same_bits_in_every_shape() {
    let k = 300;
    let x: Vec<f32> = (0..64 * k).map(|i| (i as f32).sin()).collect();
    let w: Vec<f32> = (0..k * 13).map(|i| (i as f32).cos()).collect();
    let product = |m: usize, n: usize, padded: usize| {
        let mut c = vec![0.0; m * n];
        let packed: Vec<f32> =
            (0..k).flat_map(|p| (0..padded).map(move |i| (i, p))).map(|(i, p)| x[i % 64 + p * 64]).collect();
        gemm(View::with_strides(&packed, m, k, 1, padded), View::new(&w, k, n), Onto::Zero, &mut c, m);
        c
    };
    let all = product(64, 13, 64);
    for (m, n) in [(16, 13), (32, 5), (48, 1), (7, 13), (64, 10), (1, 1)] {
        let part = product(m, n, 64);
        for j in 0..n {
            assert_eq!(part[j * m..(j + 1) * m], all[j * 64..j * 64 + m], "{m} x {n}");
        }
    }
}

#[test]
fn a_split_of_the_columns_does_not_show_in_the_bits() {
    let (a, b): (Vec<f32>, Vec<f32>) =
        ((0..50 * 70).map(|i| (i as f32).sin()).collect(), (0..50 * 9).map(|i| (i as f32).cos()).collect());
    let (a, b) = (View::new(&a, 50, 70).transposed(), View::new(&b, 50, 9));
    let mut whole = vec![0.0; 70 * 9];
    gemm(a, b, Onto::Zero, &mut whole, 70);
    let mut split = vec![0.0; 70 * 9];
    let (left, right) = split.split_at_mut(70 * 4);
    gemm(a, b.columns(0..4), Onto::Zero, left, 70);
    gemm(a, b.columns(4..9), Onto::Zero, right, 70);
    assert_eq!(whole, split);
}

#[test]
fn levels_that_fuse_multiply_and_add_give_the_bits_of_one_product_after_another() {
    if level_name() == "plain" {
        return;
    }
    for (m, n, k) in [(64, 11, 200), (112, 13, 410), (200, 101, 410), (64, 200, 810)] {
        let (a, b) = (fractions(m * k, 1), fractions(k * n, 2));
        for b in [View::new(&b, k, n), View::new(&b, n, k).transposed()] {
            let mut c = vec![0.0; m * n];
            gemm(View::new(&a, m, k), b, Onto::Zero, &mut c, m);
            for (at, &c) in c.iter().enumerate() {
                let (i, j) = (at % m, at / m);
                let of_b = |p: usize| b.data[p * b.row_stride + j * b.col_stride];
                let sum = (0..k).fold(0.0, |sum, p| a[i + p * m].mul_add(of_b(p), sum));
                assert_eq!(c, sum, "{m} x {n}, {k} terms, at {i} {j}");
            }
        }
    }
}
