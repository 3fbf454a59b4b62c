use crate::numbers;
use nn_kernels::{Float, center_columns, squared_errors, sum_weighted_columns, weigh_columns};

fn passes_are_those_of_their_formulas<F: Float>() {
    for (lanes, columns) in [(16, 1), (16, 7), (64, 5), (112, 9)] {
        let (x, y) = (numbers::<F>(lanes * columns, 1), numbers::<F>(lanes * columns, 2));
        let (w, m) = (numbers::<F>(lanes, 3), numbers::<F>(columns, 4));
        let at = |all: &[F], place: usize| all[place].to_f64();
        let mut weighed = x.clone();
        let mut sums = [numbers::<F>(columns, 5), numbers::<F>(columns, 5)];
        weigh_columns(&mut weighed, lanes, &w, &mut sums[0]);
        sum_weighted_columns(&x, lanes, &w, &mut sums[1]);
        let (mut centered, mut by, mut errors) = (x.clone(), numbers::<F>(lanes, 6), numbers::<F>(lanes, 7));
        center_columns(&mut centered, lanes, &m, &mut by);
        squared_errors(&x, &y, lanes, &mut errors);
        for column in 0..columns {
            let mut sum = at(&numbers::<F>(columns, 5), column);
            for lane in 0..lanes {
                let place = column * lanes + lane;
                assert_eq!(at(&weighed, place), at(&x, place) * at(&w, lane));
                assert_eq!(at(&centered, place), at(&x, place) - at(&m, column));
                sum += at(&weighed, place);
            }
            assert!(sums.iter().all(|sums| at(sums, column) == sum));
        }
        for lane in 0..lanes {
            let places = || (0..columns).map(|column| (column, column * lanes + lane));
            let start = |seed| at(&numbers::<F>(lanes, seed), lane);
            let dots: f64 = places().map(|(column, place)| at(&centered, place) * at(&m, column)).sum();
            assert_eq!(at(&by, lane), start(6) - dots);
            let squares: f64 = places().map(|(_, place)| (at(&x, place) - at(&y, place)).powi(2)).sum();
            assert_eq!(at(&errors, lane), start(7) + squares);
        }
    }
}

#[test]
fn passes_over_columns_are_those_of_their_formulas() {
    passes_are_those_of_their_formulas::<f32>();
    passes_are_those_of_their_formulas::<f64>();
}
