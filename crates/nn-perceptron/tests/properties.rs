//! Any data and any settings: an answer or a named error, never a panic and never a NaN.

use nn_core::Learns;
use nn_core::testing::{answers_or_errors, hard_data};
use nn_perceptron::nalgebra::DMatrix;
use nn_perceptron::{
    Activation, BatchSize, ClassWeight, Dataset, EarlyStopping, Init, Loss, MlpParams, PerceptronParams, Rule, Scaling,
    ScheduleKind, Variant,
};
use nn_strategies::{matrix, number};
use proptest::prelude::*;

prop_compose! {
    fn params()(
        hidden in prop::collection::vec(1..6_usize, 0..3),
        activation in prop::sample::select(Activation::ALL),
        output in prop::option::of(prop::sample::select(Activation::ALL)),
        loss in prop::option::of(prop::sample::select(Loss::ALL)),
        scaling in prop::sample::select(Scaling::ALL),
        optimizer in prop::sample::select(Rule::ALL),
        rate in prop_oneof![Just(0.01), 1e-6..1e6_f64],
        batch in prop::option::of(1..50_usize),
        patience in 0..2_usize,
        (decay, l1, lambda) in prop_oneof![Just((0.0, 0.0, 1.0)), (0.0..1e3_f64, 0.0..1e3_f64, 1e-300..1.0_f64)],
        (max_norm, clip_norm, dropout) in prop_oneof![Just((0.0, 0.0, 0.0)), (0.0..10_f64, 0.0..10_f64, 0.0..0.99_f64)],
        schedule in prop::sample::select(ScheduleKind::ALL),
        early in prop::option::of(prop::sample::select(EarlyStopping::ALL)),
        init in prop::option::of(prop::sample::select(Init::ALL)),
        seed in any::<u64>(),
    ) -> MlpParams {
        let mut params = MlpParams::default().hidden_layers(hidden).activation(activation).scaling(scaling)
            .optimizer(optimizer).learning_rate(rate).patience(patience).epochs(3).seed(seed)
            .weight_decay(decay).l1(l1).lambda(lambda).max_norm(max_norm).clip_norm(clip_norm).dropout(dropout)
            .schedule(schedule).schedule_factor(0.5).schedule_epochs(1);
        (params.output_activation, params.loss, params.init) = (output, loss, init);
        (params.batch_size, params.early_stopping) = (batch.map(BatchSize::Count), early);
        params
    }
}

prop_compose! {
    fn perceptrons()(
        variant in prop::sample::select(Variant::ALL),
        rate in prop_oneof![Just(1.0), 1e-300..1e300_f64],
        shuffle in any::<bool>(),
        init in prop::sample::select(Init::ALL),
        class_weight in prop::sample::select(ClassWeight::ALL),
        scaling in prop::option::of(prop::sample::select(Scaling::ALL)),
        seed in any::<u64>(),
    ) -> PerceptronParams {
        let mut params = PerceptronParams::default().variant(variant).learning_rate(rate).shuffle(shuffle).init(init)
            .class_weight(class_weight).epochs(20).seed(seed);
        params.scaling = scaling;
        params
    }
}

proptest! {
    #[test]
    fn perceptrons_of_any_classes(
        params in perceptrons(),
        x in matrix(1..4_usize, 0..40_usize),
        labels in prop::collection::vec(0..4_u32, 40),
    ) {
        let labels = &labels[..x.ncols()];
        answers_or_errors(&params, &Dataset::new(&x).labels(labels));
        answers_or_errors(&params, &Dataset::new(&x.map(|v| v as f32)).labels(labels));
    }

    #[test]
    fn classes(params in params(), x in matrix(1..4_usize, 0..40_usize), labels in prop::collection::vec(0..4_u32, 40)) {
        let labels = &labels[..x.ncols()];
        answers_or_errors(&params, &Dataset::new(&x).labels(labels));
        answers_or_errors(&params, &Dataset::new(&x.map(|v| v as f32)).labels(labels));
    }

    #[test]
    fn quantities(params in params(), x in matrix(1..4_usize, 0..40_usize), y in prop::collection::vec(number(), 40)) {
        let y = DMatrix::from_row_slice(1, x.ncols(), &y[..x.ncols()]);
        answers_or_errors(&params, &Dataset::new(&x).values(&y));
        answers_or_errors(&params, &Dataset::new(&x.map(|v| v as f32)).values(&y.map(|v| v as f32)));
    }
}

/// How many of the trainings come to a model shows that not everything is refused.
#[test]
fn data_at_their_worst() {
    let mlp = MlpParams::default().hidden_layers([3]).epochs(2);
    let kinds = [
        hard_data(&mlp, Learns::Targets),
        hard_data(&mlp.clone().optimizer(Rule::Lbfgs), Learns::Targets),
        hard_data(&PerceptronParams::default().epochs(10), Learns::Classes),
        hard_data(&PerceptronParams::default().variant(Variant::Pocket).epochs(10), Learns::Classes),
    ];
    for [begun, fitted] in kinds {
        assert!(begun / 10 < fitted, "{fitted} of {begun}");
    }
}
