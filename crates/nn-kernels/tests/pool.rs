use nn_kernels::{Float, Windows};

fn check<F: Float>(input: [usize; 3], size: usize, stride: usize, lanes: usize) {
    let windows = Windows::new(input, size, stride);
    let [maps, rows, columns] = input;
    let [_, out_rows, out_columns] = windows.output();
    let number = |i: usize, seed: usize| F::from_f64(((i * 31 + seed * 13) % 101) as f64 - 50.0);
    let x: Vec<F> = (0..maps * rows * columns * lanes).map(|i| number(i, 1)).collect();
    let dy: Vec<F> = (0..maps * out_rows * out_columns * lanes).map(|i| number(i, 2)).collect();
    let (mut sums, mut maxima) = (vec![0.0; dy.len()], vec![f64::MIN; dy.len()]);
    let (mut spread, mut back) = (vec![0.0; x.len()], vec![0.0; x.len()]);
    for result in 0..dy.len() {
        let (place, lane) = (result / lanes, result % lanes);
        let (map, i, j) = (place / out_columns / out_rows, place / out_columns % out_rows, place % out_columns);
        let mut largest = 0;
        for tap in 0..size * size {
            let (row, column) = (i * stride + tap / size, j * stride + tap % size);
            let from = ((map * rows + row) * columns + column) * lanes + lane;
            sums[result] += x[from].to_f64();
            spread[from] += dy[result].to_f64();
            if maxima[result] < x[from].to_f64() {
                (maxima[result], largest) = (x[from].to_f64(), from);
            }
        }
        back[largest] += dy[result].to_f64();
    }
    let same = |got: &[F], expected: &[f64]| got.iter().zip(expected).all(|(got, &e)| got.to_f64() == e);
    let (mut y, mut which, mut dx) = (dy.clone(), dy.clone(), x.clone());
    let (one, two) = (F::from_f64(1.0), F::from_f64(2.0));
    windows.sums(lanes, &x, one, &mut y);
    assert!(same(&y, &sums));
    windows.spread(lanes, &dy, &[one], &mut dx);
    assert!(same(&dx, &spread));
    let twice = |sums: &[f64]| sums.iter().map(|sum| 2.0 * sum).collect::<Vec<_>>();
    windows.sums(lanes, &x, two, &mut y);
    assert!(same(&y, &twice(&sums)));
    windows.spread(lanes, &dy, &vec![two; maps], &mut dx);
    assert!(same(&dx, &twice(&spread)));
    windows.maxima(lanes, &x, &mut y, &mut which);
    assert!(same(&y, &maxima));
    windows.hand_back(lanes, &dy, &which, &mut dx);
    assert!(same(&dx, &back));
}

#[test]
fn windows_apart_and_overlapping_agree_with_the_definition() {
    for lanes in [1, 16, 32] {
        for (size, stride) in [(1, 1), (2, 2), (3, 2), (2, 3), (3, 1)] {
            check::<f32>([2, 6, 7], size, stride, lanes);
            check::<f64>([3, 5, 4], size, stride, lanes);
        }
    }
}
