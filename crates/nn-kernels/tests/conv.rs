use crate::numbers;
use nn_kernels::{Conv, Float};

/// The three products by their definitions, against those of the kernels.
fn check<F: Float>(input: [usize; 3], maps: usize, kernel: [usize; 2], stride: usize, padding: usize, lanes: usize) {
    let conv = Conv::new(input, maps, kernel, stride, padding);
    let ([channels, rows, columns], [_, out_rows, out_columns]) = (input, conv.output());
    let taps = conv.taps();
    let x = numbers::<F>(channels * rows * columns * lanes, 1);
    let (w, bias) = (numbers::<F>(taps * maps, 2), numbers::<F>(maps, 3));
    let mut expected_y = vec![0.0; maps * out_rows * out_columns * lanes];
    let dy = numbers::<F>(expected_y.len(), 4);
    let (mut expected_dw, mut expected_dx) = (vec![1.0; w.len()], vec![0.0; x.len()]);
    for (o, &bias) in bias.iter().enumerate() {
        for (i, j) in (0..out_rows * out_columns).map(|place| (place / out_columns, place % out_columns)) {
            for lane in 0..lanes {
                let to = ((o * out_rows + i) * out_columns + j) * lanes + lane;
                expected_y[to] = bias.to_f64();
                for tap in 0..taps {
                    let (c, k, l) = (tap / (kernel[0] * kernel[1]), tap / kernel[1] % kernel[0], tap % kernel[1]);
                    let (row, column) = (stride * i + k, stride * j + l);
                    let inside = padding <= row && row < rows + padding;
                    if inside && padding <= column && column < columns + padding {
                        let from = ((c * rows + row - padding) * columns + column - padding) * lanes + lane;
                        let weight = o * taps + tap;
                        expected_y[to] += w[weight].to_f64() * x[from].to_f64();
                        expected_dw[weight] += dy[to].to_f64() * x[from].to_f64();
                        expected_dx[from] += w[weight].to_f64() * dy[to].to_f64();
                    }
                }
            }
        }
    }
    let mut room = vec![F::from_f64(9.0); conv.frame_len(lanes)];
    let frame = conv.frame(&x, lanes, &mut room);
    let (mut y, mut dw) = (vec![F::from_f64(9.0); dy.len()], vec![F::from_f64(1.0); w.len()]);
    conv.forward(frame, lanes, &w, &bias, &mut y);
    let mut rows = vec![F::from_f64(9.0); conv.gradient_room(lanes)];
    let rows = conv.gradient_rows(&dy, lanes, &mut rows);
    conv.weight_gradient(frame, lanes, rows, &mut dw);
    let mut dx = vec![F::from_f64(9.0); x.len()];
    conv.input_gradient(rows, lanes, &w, &mut dx, &mut vec![F::from_f64(9.0); conv.input_room(lanes)]);
    let exact = |got: &[F], expected: &[f64]| got.iter().zip(expected).all(|(got, &sum)| got.to_f64() == sum);
    let of = format!("{input:?} {maps} {kernel:?} {stride} {padding} {lanes}");
    assert!(exact(&y, &expected_y), "y of {of}");
    assert!(exact(&dw, &expected_dw), "dw of {of}");
    assert!(exact(&dx, &expected_dx), "dx of {of}");
}

#[test]
fn any_geometry_agrees_with_the_definition() {
    for lanes in [1, 16, 32] {
        for (maps, stride, padding) in [(1, 1, 0), (2, 2, 1), (5, 1, 2), (7, 3, 0), (16, 2, 0), (6, 1, 1)] {
            for kernel in [[1, 1], [3, 2], [5, 5]] {
                check::<f32>([1, 9, 7], maps, kernel, stride, padding, lanes);
                check::<f64>([3, 6, 8], maps, kernel, stride, padding, lanes);
            }
        }
    }
}
