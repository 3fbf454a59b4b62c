//! The suite that every model passes, and what it does not cover: a pause in any epoch of any layer, and the stack by itself.

use nn_core::ModelFile;
use nn_core::testing::conformance;
use nn_dbn::nalgebra::DMatrix;
use nn_dbn::{
    Algorithm, Checkpoint, Dataset, DbnParams, EarlyStopping, Epoch, Error, Fit, FitOptions, Model, RbmParams, Stack,
    Stopped, VisibleUnits,
};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Twenty samples of five features from 0 to 1 in three classes.
fn samples() -> (DMatrix<f64>, Vec<u32>) {
    let x = DMatrix::from_fn(5, 20, |i, j| (((7 * j + 3 * i) as f64).sin() + 1.0) / 2.0);
    (x, (0..20).map(|j| j % 3).collect())
}

fn quick() -> DbnParams {
    let rbm = RbmParams::default().epochs(2).batch_size(8);
    DbnParams::default().hidden_layers([4, 3, 2]).rbm(rbm).epochs(3).batch_size(8)
}

#[test]
fn classes_and_every_algorithm() {
    let (x, labels) = samples();
    for &algorithm in Algorithm::ALL {
        let rbm = RbmParams::default().epochs(2).batch_size(8).algorithm(algorithm);
        conformance(&quick().rbm(rbm), &Dataset::new(&x).labels(&labels));
    }
    conformance(&quick(), &Dataset::new(&x.map(|x| x as f32)).labels(&labels));
}

#[test]
fn label_units_weights_and_no_pretraining() {
    let (x, labels) = samples();
    let weights: Vec<f64> = (0..20).map(|j| f64::from(j % 4)).collect();
    let data = Dataset::new(&x).labels(&labels).weights(&weights);
    conformance(&quick().label_units(true), &data);
    conformance(&quick().label_units(true).hidden_layers([4]).pretraining_epochs([3]).pretraining_rates([0.1]), &data);
    conformance(&quick().pretraining(false), &data);
}

#[test]
fn quantities_and_gaussian_units() {
    let (x, _) = samples();
    let x = x * 50.0;
    let y = DMatrix::from_fn(2, 20, |i, j| x[(i, j)] * 3.0 + x[(2, j)]);
    conformance(&quick().visible_units(VisibleUnits::Gaussian), &Dataset::new(&x).values(&y));
    conformance(&quick(), &Dataset::new(&x).values(&y));
}

/// Breaks a training off after so many epochs, and gives the checkpoint.
fn stopped_after(
    epochs: usize,
    unlabelled: Option<Dataset<'_, f64>>,
    train: impl FnOnce(FitOptions<'_, f64>),
) -> Checkpoint<f64> {
    static USED: AtomicUsize = AtomicUsize::new(0);
    let number = USED.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("nn-dbn-{}-{number}", std::process::id()));
    let mut left = epochs;
    let mut monitor = |_: &Epoch| {
        left -= 1;
        if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = FitOptions::default().monitor(&mut monitor).checkpoint(&path, 1);
    train(match unlabelled {
        Some(more) => options.unlabelled(more),
        None => options,
    });
    let kept = Checkpoint::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    kept
}

#[test]
fn what_is_stopped_anywhere_goes_on_to_the_same_bytes() {
    let (x, labels) = samples();
    let data = Dataset::new(&x).labels(&labels);
    // Persistent chains are carried, and early stopping keeps the best of the fine-tuning alone.
    let rbm = RbmParams::default().epochs(2).batch_size(8).algorithm(Algorithm::Persistent);
    for params in [quick().rbm(rbm).label_units(true), quick().epochs(6).patience(2).validation_fraction(0.3)] {
        let whole = params.fit(&data).unwrap();
        let bytes = whole.to_file().to_bytes();
        let epochs = whole.stack().history().losses.len() + whole.history().losses.len();
        assert!(6 < epochs);
        for last in 1..epochs {
            let kept = stopped_after(last, None, |options| drop(params.fit_with(&data, options).unwrap()));
            let resumed = params.fit_with(&data, FitOptions::default().resume(kept)).unwrap();
            assert!(resumed.to_file().to_bytes() == bytes, "after epoch {last} of {epochs}");
        }
    }
}

#[test]
fn pretraining_and_fine_tuning_apart_are_what_they_are_in_one() {
    let (x, labels) = samples();
    let data = Dataset::new(&x).labels(&labels);
    let kept = DMatrix::from_fn(5, 7, |i, j| (((5 * j + i) as f64).cos() + 1.0) / 2.0);
    let kept = Dataset::new(&kept).labels_of(3, &labels[..7]);
    // Whatever a rule looks at is of the fine-tuning alone, so that it ends both at the same epoch.
    for &rule in EarlyStopping::ALL {
        for pretrained in [1, 3, 4] {
            let rbm = RbmParams::default().epochs(pretrained).batch_size(8).learning_rate(0.5);
            let params =
                quick().rbm(rbm).epochs(40).learning_rate(0.1).early_stopping(rule).early_alpha(0.5).patience(2);
            let watched = || FitOptions::default().validation(kept);
            let whole = params.fit_with(&data, watched()).unwrap();
            let stack = params.pretrain(&data, watched()).unwrap();
            let tuned = stack.fine_tune(&params, &data, watched()).unwrap();
            assert_eq!(tuned.history(), whole.history(), "{rule} after {pretrained}");
            assert!(tuned.theta() == whole.theta(), "{rule} after {pretrained}");
        }
    }
    for params in [quick(), quick().label_units(true)] {
        let whole = params.fit(&data).unwrap();
        let stack = params.pretrain(&data, FitOptions::default()).unwrap();
        assert_eq!(stack.history().losses, whole.stack().history().losses);
        let tuned = stack.fine_tune(&params, &data, FitOptions::default()).unwrap();
        assert!(tuned.to_file().to_bytes() == whole.to_file().to_bytes());
        // The stack is what it was, and another fine-tuning begins there again.
        let other = stack.fine_tune(&params.clone().seed(7), &data.part(0..9), FitOptions::default()).unwrap();
        assert_eq!(other.stack().machines()[0].theta(), stack.machines()[0].theta());
        for last in 1..6 {
            let kept = stopped_after(last, None, |options| drop(params.pretrain(&data, options).unwrap()));
            let resumed = params.pretrain(&data, FitOptions::default().resume(kept)).unwrap();
            assert!(resumed.to_file().to_bytes() == stack.to_file().to_bytes(), "after epoch {last}");
        }
        for last in 1..3 {
            let kept = stopped_after(last, None, |options| drop(stack.fine_tune(&params, &data, options).unwrap()));
            let resumed = stack.fine_tune(&params, &data, FitOptions::default().resume(kept)).unwrap();
            assert!(resumed.to_file().to_bytes() == whole.to_file().to_bytes(), "after epoch {last}");
        }
    }
}

#[test]
fn a_stack_is_saved_by_itself() {
    let (x, labels) = samples();
    let data = Dataset::new(&x).labels(&labels);
    for params in [quick(), quick().label_units(true), quick().hidden_layers([3]).label_units(true)] {
        let stack = params.pretrain(&data, FitOptions::default()).unwrap();
        let bytes = stack.to_file().to_bytes();
        let loaded = Stack::<f64>::from_file(&ModelFile::from_bytes(&bytes).unwrap()).unwrap();
        assert!(loaded.to_file().to_bytes() == bytes);
        let last = stack.machines().len() - 1;
        assert_eq!(loaded.transform(&data, last).unwrap(), stack.transform(&data, last).unwrap());
        let tuned = |stack: &Stack<f64>| stack.fine_tune(&params, &data, FitOptions::default()).unwrap();
        assert!(tuned(&loaded).to_file().to_bytes() == tuned(&stack).to_file().to_bytes());
        let error = Stack::<f64>::from_file(&tuned(&stack).to_file()).err();
        assert!(matches!(error, Some(Error::Format { .. })));
    }
}

#[test]
fn what_is_stopped_in_pretraining_is_a_net_that_answers() {
    let (x, labels) = samples();
    let data = Dataset::new(&x).labels(&labels);
    for last in 1..=6_usize {
        let mut left = last;
        let mut monitor = |epoch: &Epoch| {
            assert_eq!(epoch.epochs, 9);
            left -= 1;
            if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let model = quick().fit_with(&data, FitOptions::default().monitor(&mut monitor)).unwrap();
        assert_eq!((model.history().stopped, model.history().losses.len()), (Stopped::Interrupted, 0));
        assert_eq!(model.stack().machines().len(), last.div_ceil(2));
        assert_eq!(model.stack().history().losses.len(), last);
        let loaded = ModelFile::from_bytes(&model.to_file().to_bytes()).unwrap();
        let loaded = nn_dbn::Dbn::<f64>::from_file(&loaded).unwrap();
        assert_eq!(loaded.predict(&data).unwrap(), model.predict(&data).unwrap());
    }
}

#[test]
fn samples_without_a_target_are_pretrained_on() {
    let (x, labels) = samples();
    let (few, more) = (Dataset::new(&x).part(0..6).labels(&labels[..6]), Dataset::new(&x).part(6..20));
    let unlabelled = || FitOptions::default().unlabelled(more);
    for params in [quick(), quick().label_units(true)] {
        let model = params.fit_with(&few, unlabelled()).unwrap();
        let whole = params.pretrain(&Dataset::new(&x).labels(&labels), FitOptions::default()).unwrap();
        // The lower layers are those of all samples, and the net learned from the few.
        assert_eq!(model.stack().machines()[0].theta(), whole.machines()[0].theta());
        let alone = params.fit(&few).unwrap();
        assert_ne!(alone.stack().machines()[0].theta(), whole.machines()[0].theta());
        let apart = params.pretrain(&few, unlabelled()).unwrap();
        let apart = apart.fine_tune(&params, &few, FitOptions::default()).unwrap();
        assert!(apart.to_file().to_bytes() == model.to_file().to_bytes());
        let kept = stopped_after(3, Some(more), |options| drop(params.fit_with(&few, options).unwrap()));
        let other = params.fit_with(&few, FitOptions::default().resume(kept.clone())).unwrap_err();
        assert!(matches!(other, Error::Param { ref name, .. } if name == "unlabelled"), "{other}");
        let resumed = params.fit_with(&few, unlabelled().resume(kept)).unwrap();
        assert!(resumed.to_file().to_bytes() == model.to_file().to_bytes());
    }
    let wide = [0.0; 12];
    let error = quick().fit_with(&few, FitOptions::default().unlabelled(Dataset::from_slice(6, &wide))).err();
    assert!(matches!(error, Some(Error::Shape { .. })));
}

#[test]
fn a_comparison_has_both_ways_and_is_saved() {
    let (x, labels) = samples();
    let data = Dataset::new(&x).labels(&labels);
    let params = quick().compare(2);
    conformance(&params, &data);
    let model = params.fit(&data).unwrap();
    let comparison = model.comparison().unwrap();
    // Three layers of two epochs of two steps, and three epochs of two: as many updates.
    assert_eq!((comparison.with.losses.len(), comparison.without.losses.len()), (3, 9));
    for way in [&comparison.with, &comparison.without] {
        assert_eq!((way.errors.len(), way.gradient_norms.len()), (2, 4));
    }
    let told = comparison.told();
    assert!(told.contains("over 2 seeds: too few seeds") && model.remarks().contains(&told), "{told}");
    assert_eq!(model.pictures().len(), 3 + 1 + 1 + 2);
    // By hand: the same settings, seed and samples.
    let (learned, asked) = nn_core::split::hold_out(&data, 0.2, 1);
    let [learned, asked] = [data.select(&learned).unwrap(), data.select(&asked).unwrap()];
    let accuracy = |params: DbnParams| {
        params.fit(&learned.view()).unwrap().evaluate(&asked.view()).unwrap().get("accuracy").unwrap()
    };
    assert_eq!(comparison.with.errors[0], 1.0 - accuracy(quick()));
    assert_eq!(comparison.without.errors[0], 1.0 - accuracy(quick().pretraining(false).epochs(9)));
    let own = quick().compare_on(&learned.view(), &asked.view(), None, &[1]).unwrap();
    assert_eq!(own.with.errors, comparison.with.errors[..1]);
    assert!(quick().compare_on(&learned.view(), &asked.view(), None, &[]).is_err());
}

#[test]
fn what_cannot_be_learned_is_refused_before_the_first_epoch() {
    let (x, labels) = samples();
    let data = Dataset::new(&x).labels(&labels);
    let exact = RbmParams::default().algorithm(Algorithm::Exact);
    let refused = |params: DbnParams| {
        let mut seen = 0;
        let mut monitor = |_: &Epoch| {
            seen += 1;
            ControlFlow::Continue(())
        };
        let in_one = params.fit_with(&data, FitOptions::default().monitor(&mut monitor)).err();
        let apart = params.pretrain(&data, FitOptions::default().monitor(&mut monitor)).err();
        assert_eq!(seen, 0);
        [in_one, apart].map(|error| match error {
            Some(Error::Param { name, .. }) => name,
            other => panic!("{other:?}"),
        })
    };
    assert_eq!(refused(quick().hidden_layers([10, 100, 100]).rbm(exact)), ["rbm.algorithm", "rbm.algorithm"]);
    assert_eq!(refused(quick().hidden_layers([65_536, 65_536])), ["hidden_layers", "hidden_layers"]);
    assert_eq!(refused(quick().hidden_layers(vec![1; 257])), ["hidden_layers", "hidden_layers"]);
}

#[test]
fn what_is_scaled_to_0_and_1_is_held_there() {
    // In 32 bits the largest of a feature is scaled to a little more than 1.
    let x = DMatrix::from_fn(3, 60, |i, j| 0.1 + 3.7 * i as f32 + (j as f32 * 0.77 + i as f32).sin() * 2.3);
    let labels: Vec<u32> = (0..60).map(|j| j % 2).collect();
    let data = Dataset::new(&x).labels(&labels);
    let model = quick().fit(&data).unwrap();
    let stack = quick().pretrain(&data, FitOptions::default()).unwrap();
    assert_eq!(stack.transform(&data, 2).unwrap(), model.stack().transform(&data, 2).unwrap());
    // Other samples are taken for the ends.
    let (far, farther) = (x.map(|x| 100.0 * (x + 1.0)), x.map(|x| 1000.0 * (x + 1.0)));
    let [far, farther] = [&far, &farther].map(|x| stack.transform(&Dataset::new(x), 2));
    assert!(far.unwrap().iter().chain(&farther.unwrap()).all(|told| (0.0..=1.0).contains(told)));
}

#[test]
fn a_comparison_that_is_stopped_or_fails_leaves_the_net() {
    let (x, labels) = samples();
    let data = Dataset::new(&x).labels(&labels);
    let whole = quick().fit(&data).unwrap();
    let stop = AtomicBool::new(false);
    let mut left = 9;
    let mut monitor = |_: &Epoch| {
        left -= 1;
        stop.store(left == 0, Ordering::Relaxed);
        ControlFlow::Continue(())
    };
    // Raised as the last epoch ends: nothing of the comparison has begun.
    let params = quick().compare(3);
    let model = params.fit_with(&data, FitOptions::default().monitor(&mut monitor).stop(&stop)).unwrap();
    assert!(model.theta() == whole.theta() && model.comparison().is_none());
    assert_eq!(model.history().stopped, Stopped::Interrupted);
    assert!(model.remarks().iter().any(|remark| remark.contains("comparison is left out")), "{:?}", model.remarks());
    assert!(!whole.remarks().iter().any(|remark| remark.contains("comparison")));
    // Too few to hold out a fifth is told before anything learns.
    let error = params.fit(&data.part(0..1)).err();
    assert!(matches!(error, Some(Error::Param { ref name, .. }) if name == "compare"), "{error:?}");
    // What goes along is of the pre-training alone.
    let stack = quick().pretrain(&data, FitOptions::default()).unwrap();
    let error = stack.fine_tune(&quick(), &data, FitOptions::default().unlabelled(data)).err();
    assert!(matches!(error, Some(Error::Param { ref name, .. }) if name == "unlabelled"), "{error:?}");
}

#[test]
fn remarks_tell_what_was_done() {
    let (x, labels) = samples();
    let data = Dataset::new(&x).labels(&labels);
    let remarks = |params: &DbnParams, epochs: usize| {
        let mut left = epochs;
        let mut monitor = |_: &Epoch| {
            left -= 1;
            if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let (of_units, others): (Vec<_>, Vec<_>) = params
            .fit_with(&data, FitOptions::default().monitor(&mut monitor))
            .unwrap()
            .remarks()
            .into_iter()
            .partition(|remark| remark.starts_with("layer "));
        // What so few epochs leave of a layer may be the same for every sample.
        assert!(of_units.iter().all(|remark| remark.contains(" hidden units are ")), "{of_units:?}");
        others.join("; ")
    };
    assert!(
        remarks(&quick(), 3)
            .contains("after 3 of 6 epochs: 1 of 3 layers have learned to their end; nothing is fine-tuned")
    );
    assert_eq!(remarks(&quick(), 6), "nothing is fine-tuned: the outputs are those of random weights");
    assert_eq!(remarks(&quick(), 7), "");
    let exact = RbmParams::default().algorithm(Algorithm::Exact).cd_steps(3).epochs(1);
    assert!(remarks(&quick().rbm(exact), 100).contains("rbm.cd_steps does nothing without algorithm"));
    let plain = quick().pretraining(false);
    assert!(remarks(&plain, 100).contains("rbm.epochs does nothing without pretraining"));
    assert_eq!(
        plain.clone().missing_labels(true).rbm(RbmParams::default().epochs(10)).epochs(1).fit(&data).unwrap().remarks(),
        Vec::<String>::new()
    );
    assert!(!remarks(&plain.compare(1), 100).contains("does nothing"));
}

#[test]
fn samples_of_each_class_are_made_at_once() {
    let (x, labels) = samples();
    let stack = quick().label_units(true).pretrain(&Dataset::new(&x).labels(&labels), FitOptions::default()).unwrap();
    let made = stack.generate_each(&[0, 1, 2, 1], 7, 3).unwrap();
    assert_eq!(made.shape(), (5, 4));
    // A chain draws by its place, whatever class the others hold.
    assert_eq!(made.columns(1, 1), stack.generate(4, Some(1), 7, 3).unwrap().columns(1, 1));
    assert!(stack.generate_each(&[0, 3], 7, 3).is_err());
}
