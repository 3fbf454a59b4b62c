//! Any data and any settings: an answer or a named error, never a panic and never a NaN.

use nn_core::Learns;
use nn_core::testing::{answers_or_errors, hard_data};
use nn_elman::{Activation, Dataset, ElmanParams, Gradient, Loss, Rule, StateRule, TargetSteps};
use nn_strategies::matrix;
use proptest::prelude::*;

fn settings() -> impl Strategy<Value = ElmanParams> {
    let choice = (
        prop::sample::select(Gradient::ALL),
        prop::sample::select(StateRule::ALL),
        prop::sample::select(TargetSteps::ALL),
        prop::sample::select(Activation::ALL),
        prop::option::of(prop::sample::select(Loss::ALL)),
        prop::sample::select(Rule::ALL),
    );
    let numbers = (1..4_usize, 1..5_usize, prop::option::of(0..4_usize), 1..4_usize, -1.0..1.0, 0..3_usize);
    (choice, numbers).prop_map(
        |((gradient, state, steps, activation, loss, rule), (units, window, every, batch, start, forecast))| {
            let params = ElmanParams::default().hidden_units(units).gradient(gradient).state(state).target_steps(steps);
            let params = params.activation(activation).loss(loss).optimizer(rule).window(window).state_start(start);
            let params = params.update_every(every).epochs(2).forecast(forecast);
            if batch == 3 { params } else { params.batch_size(batch) }
        },
    )
}

/// Starts of sequences that may or may not fit the data.
fn starts() -> impl Strategy<Value = Option<Vec<usize>>> {
    prop::option::of(prop::collection::btree_set(0..40_usize, 0..6).prop_map(|set| {
        let mut starts: Vec<usize> = set.into_iter().collect();
        if !starts.contains(&0) {
            starts.insert(0, 0);
        }
        starts
    }))
}

proptest! {
    #[test]
    fn any_classes(x in matrix(1..4_usize, 0..40_usize), labels in prop::collection::vec(0..3_u32, 40), starts in starts(), params in settings()) {
        let labels = &labels[..x.ncols()];
        let data = Dataset::new(&x).labels(labels);
        let data = starts.as_ref().map_or(data, |starts| data.sequences(starts));
        answers_or_errors(&params, &data);
    }

    #[test]
    fn any_quantities(x in matrix(1..3_usize, 0..40_usize), starts in starts(), params in settings()) {
        let x = x.map(|v| v as f32);
        // What comes next, so that it can be foretold; after the last step nothing does.
        let next = nn_elman::nalgebra::DMatrix::from_fn(x.nrows(), x.ncols(), |i, j| if j + 1 < x.ncols() { x[(i, j + 1)] } else { 0.0 });
        let data = Dataset::new(&x).values(&next);
        let data = starts.as_ref().map_or(data, |starts| data.sequences(starts));
        if let Some(model) = answers_or_errors(&params, &data) {
            use nn_elman::Model;
            if let Ok(Some(beyond)) = model.beyond(&data) {
                prop_assert!(beyond.iter().all(|v| v.is_finite()));
            }
        }
    }
}

/// How many of the trainings come to a model shows that not everything is refused.
#[test]
fn data_at_their_worst() {
    let [begun, fitted] = hard_data(&ElmanParams::default().hidden_units(2).epochs(2), Learns::Sequences);
    assert!(begun / 10 < fitted, "{fitted} of {begun}");
}
