use nn_kernels::{Float, add_columns, all_finite, sum, sum_columns};

#[test]
fn a_number_that_is_not_finite_is_seen_wherever_it_stands() {
    fn check<F: Float>() {
        for len in [0, 1, 7, 64, 200] {
            let mut x = vec![F::from_f64(-1e30); len];
            assert!(all_finite(&x));
            for place in 0..len {
                for wrong in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                    x[place] = F::from_f64(wrong);
                    assert!(!all_finite(&x), "{len} {place}");
                }
                x[place] = F::from_f64(1e38);
            }
            assert!(all_finite(&x));
        }
    }
    check::<f32>();
    check::<f64>();
}

#[test]
fn columns_are_added_in_doubles() {
    for rows in [1, 3, 64, 130] {
        let x: Vec<f32> = (0..rows * 5).map(|i| 0.1 * i as f32).collect();
        let (columns, shares) = ([4, 0, 2], [1e-9, 0.25, 3.0]);
        for shares in [&shares[..], &[]] {
            let mut sums = vec![1.0; rows];
            add_columns(&x, &columns, shares, &mut sums);
            for (row, sum) in sums.into_iter().enumerate() {
                let term = |(place, &column): (usize, &u32)| {
                    shares.get(place).copied().unwrap_or(1.0) * f64::from(x[column as usize * rows + row])
                };
                let expected = columns.iter().enumerate().map(term).fold(1.0, |sum, term| sum + term);
                assert_eq!(sum, expected, "{rows} {row}");
            }
        }
    }
}

#[test]
fn columns_of_a_shard_are_summed() {
    for lanes in [1, 16, 64] {
        let y: Vec<f32> = (0..lanes * 7).map(|i| (i % 11) as f32).collect();
        let mut out = [1.0; 7];
        sum_columns(&y, lanes, &mut out);
        for (out, column) in out.iter().zip(y.chunks(lanes)) {
            assert_eq!(*out, 1.0 + column.iter().sum::<f32>());
        }
    }
}

#[test]
fn a_sum_of_f32_keeps_what_f32_would_lose() {
    assert_eq!(sum(&vec![1.0f32 + f32::EPSILON; 1000]), 1000.0 + 1000.0 * f64::from(f32::EPSILON));
}
