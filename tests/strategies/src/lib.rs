#![doc = include_str!("../README.md")]

use nalgebra::DMatrix;
use proptest::prelude::*;

/// Numbers of every kind: plain, whole so that many are alike, huge, tiny, and, rarely, not finite at all.
pub fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        40 => -10.0..10.0_f64,
        40 => whole(),
        6 => prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO,
        3 => prop::sample::select(vec![0.0, -0.0, 1.0, 1e30, -1e30, f64::MAX, f64::MIN_POSITIVE]),
        1 => prop::num::f64::ANY,
    ]
}

fn whole() -> impl Strategy<Value = f64> {
    (-2..3_i32).prop_map(f64::from)
}

prop_compose! {
    /// A column for each sample: numbers of every kind, or plain ones alone, or whole ones alone; the first row may be
    /// constant.
    pub fn matrix(rows: impl Strategy<Value = usize>, columns: impl Strategy<Value = usize>)(
        rows in rows,
        columns in columns,
    )(
        numbers in prop_oneof![
            prop::collection::vec(number(), rows * columns),
            prop::collection::vec(-10.0..10.0_f64, rows * columns),
            prop::collection::vec(whole(), rows * columns),
        ],
        constant in prop::bool::weighted(0.2),
        rows in Just(rows),
        columns in Just(columns),
    ) -> DMatrix<f64> {
        let mut x = DMatrix::from_vec(rows, columns, numbers);
        if constant {
            x.row_mut(0).fill(3.0);
        }
        x
    }
}
