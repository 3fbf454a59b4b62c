//! A step of a running network allocates nothing.

use nn_elman::nalgebra::DMatrix;
use nn_elman::{Dataset, ElmanParams, Fit, Loss};

#[test]
fn a_step_allocates_nothing() {
    let x = DMatrix::from_fn(3, 30, |i, j| ((5 * j + i) as f32).sin());
    let labels: Vec<u32> = (0..30).map(|j| j % 3).collect();
    for loss in [Loss::CrossEntropy, Loss::SquaredError] {
        let params = ElmanParams::default().hidden_units(15).epochs(1).loss(loss);
        let net = params.fit(&Dataset::new(&x).labels(&labels)).unwrap();
        let (mut state, mut answer) = (net.start(), [0.0; 3]);
        let counted = allocation_counter::measure(|| {
            for step in 0..30 {
                net.step(&mut state, x.column(step).as_slice(), &mut answer).unwrap();
            }
        });
        assert_eq!(counted.count_total, 0, "{loss}");
    }
}
