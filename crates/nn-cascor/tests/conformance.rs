//! The suite that every model passes, and what it does not cover: phases broken off, caches, and what cannot be learned.

use nn_cascor::nalgebra::DMatrix;
use nn_cascor::{
    Cascor, CascorParams, Checkpoint, Dataset, EarlyStopping, Ended, Epoch, Error, Fit, FitOptions, HiddenUnit, Model,
    Output, Scaling, Stopped,
};
use nn_core::testing::conformance;
use nn_core::{ModelFile, Picture, Rule, State};

/// Samples of two features in three classes that no line tells apart.
fn samples() -> (DMatrix<f64>, Vec<u32>) {
    let x = DMatrix::from_fn(2, 40, |i, j| ((7 * j + 3 * i) as f64).sin() + ((j * (i + 1)) % 5) as f64 / 3.0);
    (x, (0..40).map(|j| (j * 7 / 2) % 3).collect())
}

fn quick() -> CascorParams {
    CascorParams::default().hidden_units(3).candidates(3).output_epochs(12).candidate_epochs(9)
}

#[test]
fn classes() {
    let (x, labels) = samples();
    let small = x.map(|x| x as f32);
    for &output in Output::ALL {
        for &kind in HiddenUnit::ALL {
            let params = quick().output(output).activation(kind);
            conformance(&params, &Dataset::new(&x).labels(&labels));
            conformance(&params, &Dataset::new(&small).labels(&labels));
        }
    }
}

#[test]
fn two_classes_and_a_mixed_pool() {
    let (x, labels) = samples();
    let labels: Vec<u32> = labels.iter().map(|label| label % 2).collect();
    let pool = [HiddenUnit::Sigmoid, HiddenUnit::Gaussian, HiddenUnit::Tanh];
    for &output in Output::ALL {
        let params = quick().output(output).activation(pool).scaling(Scaling::Standard);
        conformance(&params, &Dataset::new(&x).labels(&labels));
    }
}

#[test]
fn quantities_and_sample_weights() {
    let (x, _) = samples();
    let y = DMatrix::from_fn(2, 40, |i, j| (x[(0, j)] * 3.0).sin() * 10.0 + x[(1, j)] * i as f64);
    let weights: Vec<f64> = (0..40).map(|j| f64::from(j % 4)).collect();
    for output in [Output::Sigmoid, Output::Linear] {
        let params = quick().output(output);
        conformance(&params, &Dataset::new(&x).values(&y));
        conformance(&params, &Dataset::new(&x).values(&y).weights(&weights));
    }
}

#[test]
fn every_rule_that_fits() {
    let (x, labels) = samples();
    let data = Dataset::new(&x).labels(&labels);
    for &rule in Rule::ALL {
        let params = quick().optimizer(rule).output_epochs(6).candidate_epochs(5);
        match rule {
            Rule::Irprop | Rule::Diagonal | Rule::Lbfgs | Rule::LevenbergMarquardt => {
                let error = params.fit(&data).unwrap_err();
                assert!(matches!(error, Error::Param { ref name, .. } if name == "optimizer"), "{error}");
            }
            _ => conformance(&params, &data),
        }
    }
}

#[test]
fn early_stopping_gives_the_best_network_back() {
    let (x, labels) = samples();
    let data = Dataset::new(&x).labels(&labels);
    let params = quick().hidden_units(8).patience(30).validation_fraction(0.3);
    conformance(&params, &data);
    let watched = DMatrix::from_fn(2, 30, |i, j| ((11 * j + 5 * i) as f64).cos());
    let other: Vec<u32> = (0..30).map(|j| (j * 7) % 3).collect();
    let watched = Dataset::new(&watched).labels(&other);
    let model = params.fit_with(&data, FitOptions::default().validation(watched)).unwrap();
    let history = model.history();
    assert_eq!((history.stopped, history.validation_losses.len()), (Stopped::Early, history.losses.len()));
    let least = history.validation_losses.iter().copied().fold(f64::MAX, f64::min);
    let loss = model.evaluate(&watched).unwrap().get("loss").unwrap();
    assert!((loss - least).abs() < 1e-12, "{loss} {least}");
    assert!(model.units().len() < *history.measures["hidden_units"].last().unwrap() as usize);
    assert!(model.remarks().iter().any(|remark| remark.ends_with("the best validation loss came back")));
}

#[test]
fn where_growth_ended_of_its_own_and_the_best_network_came_back_it_is_said() {
    let (x, labels) = samples();
    let data = Dataset::new(&x).labels(&labels);
    let params = quick().hidden_units(12).patience(100_000).validation_fraction(0.4);
    let model = params.fit(&data).unwrap();
    assert_eq!((model.ended(), model.history().stopped), (Some(Ended::UnitLimit), Stopped::Epochs));
    assert!(model.units().len() < 12);
    let remarks = model.remarks();
    let told = "the network with the best validation loss came back; growth had ended at the limit of 12 hidden units";
    assert!(remarks.iter().any(|remark| remark.ends_with(told)), "{remarks:?}");
    let loaded = Cascor::<f64>::from_file(&ModelFile::from_bytes(&bytes(&model)).unwrap()).unwrap();
    assert_eq!(loaded.remarks(), remarks);
    // Patience plays no part in the rules of Prechelt.
    let params = quick().hidden_units(2).early_stopping(EarlyStopping::Progress).validation_fraction(0.3);
    assert!(!params.fit(&data).unwrap().remarks().iter().any(|remark| remark.contains("patience")));
}

#[test]
fn growth_that_is_stopped_gives_no_worse_network_back_than_it_had() {
    let (x, labels) = samples();
    let data = Dataset::new(&x).labels(&labels);
    let whole = quick().fit(&data).unwrap();
    let mut came_back = 0;
    for epochs in 1..whole.history().losses.len() {
        let model = quick().epochs(epochs).fit(&data).unwrap();
        let counts = &whole.history().measures["hidden_units"];
        // The loss before the phase under way.
        let units = *counts[..epochs].last().unwrap();
        let before = counts[..epochs].iter().rposition(|&count| count < units);
        let loss = model.evaluate(&data).unwrap().get("loss").unwrap();
        if model.remarks().iter().any(|remark| remark.ends_with("those of before came back")) {
            came_back += 1;
            let stage = model.predict_at(model.units().len(), &data).unwrap();
            assert_eq!(model.predict(&data).unwrap(), stage);
        } else if let Some(before) = before {
            // But for the last step, which nobody has judged.
            let most = 1.1 * whole.history().losses[before];
            assert!(loss <= most, "{epochs}: {loss} {most}");
        }
    }
    assert!(3 <= came_back, "{came_back}");
}

#[test]
fn growing_on_never_loses_what_was_learned() {
    let x = DMatrix::from_fn(6, 90, |i, j| ((13 * j + 7 * i * i) as f64).sin() + ((j * i) as f64 / 30.0).cos());
    let y = DMatrix::from_fn(1, 90, |_, j| x[(0, j)].sin() * x[(1, j)] + 0.3 * ((31 * j) as f64).cos());
    let data = Dataset::new(&x).values(&y);
    let loss = |model: &Cascor| model.evaluate(&data).unwrap().get("loss").unwrap();
    for units in [0, 1, 6] {
        for &kind in HiddenUnit::ALL {
            for rate in [1.0, 30.0] {
                let first = CascorParams::default().activation(kind).hidden_units(units).fit(&data).unwrap();
                // Steps that are much too long make the outputs run away at once.
                let first = Cascor::<f64>::from_arrays(
                    first.params().clone().output_learning_rate(rate),
                    first.history().clone(),
                    &first.arrays(),
                )
                .unwrap();
                let mut last = loss(&first);
                for more in [0, 2] {
                    let grown = first.grow(&data, more, FitOptions::default()).unwrap();
                    assert!(loss(&grown) <= last * (1.0 + 1e-12), "{units} {kind} {rate} {more}");
                    last = loss(&grown);
                }
            }
        }
    }
}

#[test]
fn a_checkpoint_of_growing_on_is_continued_from_the_same_network_only() {
    let (x, labels) = samples();
    let data = Dataset::new(&x).labels(&labels);
    let first = quick().fit(&data.part(0..25)).unwrap();
    let whole = first.grow(&data, 2, FitOptions::default()).unwrap();
    let file = std::env::temp_dir().join(format!("nn-cascor-grown-{}", std::process::id()));
    let mut monitor = |epoch: &Epoch| {
        if epoch.epoch < 5 { std::ops::ControlFlow::Continue(()) } else { std::ops::ControlFlow::Break(()) }
    };
    let options = FitOptions::default().checkpoint(&file, 0).monitor(&mut monitor);
    first.grow(&data, 2, options).unwrap();
    let kept = Checkpoint::<f64>::read(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let resume = || FitOptions::default().resume(kept.clone());
    assert!(bytes(&first.grow(&data, 2, resume()).unwrap()) == bytes(&whole));
    let other = quick().fit(&data.part(0..30)).unwrap();
    for error in
        [other.grow(&data, 2, resume()).unwrap_err(), quick().hidden_units(5).fit_with(&data, resume()).unwrap_err()]
    {
        assert!(matches!(error, Error::Param { ref name, .. } if name == "grown_from"), "{error}");
    }
}

fn bytes(model: &Cascor) -> Vec<u8> {
    model.to_file().to_bytes()
}

#[test]
fn without_a_cache_the_bits_are_the_same() {
    let (x, labels) = samples();
    let data = Dataset::new(&x).labels(&labels);
    let kept = quick().fit(&data).unwrap();
    let computed = quick().cache(false).fit(&data).unwrap();
    assert_eq!(kept.units().len(), 3);
    // But for the setting itself.
    assert!(kept.arrays() == computed.arrays() && kept.history() == computed.history());
}

#[test]
fn any_number_of_blocks_and_threads_gives_the_same_bits() {
    // More multiply-adds a pass than are done on one thread.
    let x = DMatrix::from_fn(30, 700, |i, j| ((13 * j + 7 * i * i) as f64).sin());
    let labels: Vec<u32> = (0..700).map(|j| u32::from(0.0 < x[(0, j)] * x[(1, j)])).collect();
    let data = Dataset::new(&x).labels(&labels);
    let params = quick().candidates(32).hidden_units(2);
    let fit = |threads| nn_cascor::with_threads(Some(threads), || bytes(&params.fit(&data).unwrap())).unwrap();
    let one = fit(1);
    assert!(one == fit(2) && one == fit(3));
}

#[test]
fn surfaces_carry_the_samples_where_they_lie() {
    let (x, labels) = samples();
    let labels: Vec<u32> = labels.iter().map(|label| label % 2).collect();
    let data = Dataset::new(&x).labels(&labels);
    let pictures = quick().fit(&data).unwrap().pictures_of(&data).unwrap();
    let [Picture::Surfaces { side, planes, samples, .. }] = pictures.as_slice() else { panic!("{pictures:?}") };
    assert!(planes.len() == 4 && planes.iter().all(|(_, plane)| plane.len() == side * side));
    assert_eq!(samples.len(), 40);
    for (sample, ([right, up], target)) in samples.iter().enumerate() {
        assert!((0.0..=1.0).contains(right) && (0.0..=1.0).contains(up));
        assert_eq!(*target, f64::from(labels[sample]) - 0.5);
        // The margin is a twentieth of the whole on both sides.
        let (low, high) = (x.row(0).min(), x.row(0).max());
        assert!((right - (x[(0, sample)] - low + 0.05 * (high - low)) / (1.1 * (high - low))).abs() < 1e-12);
    }
}

#[test]
fn frozen_weights_never_change() {
    let (x, labels) = samples();
    let data = Dataset::new(&x).labels(&labels);
    let all = quick().hidden_units(4).fit(&data).unwrap();
    assert_eq!((all.units().len(), all.ended(), all.stages()), (4, Some(Ended::UnitLimit), 5));
    for units in 1..4 {
        let few = quick().hidden_units(units).fit(&data).unwrap();
        for unit in 0..units {
            assert_eq!(few.weights(unit), all.weights(unit));
        }
        assert_eq!(few.predict(&data).unwrap(), all.predict_at(units, &data).unwrap());
    }
    assert!(all.predict_at(5, &data).is_err());
}

#[test]
fn growing_on_keeps_the_units_and_adds_to_them() {
    let (x, labels) = samples();
    let data = Dataset::new(&x).labels(&labels);
    let first = quick().fit(&data.part(0..25)).unwrap();
    let grown = first.grow(&data, 2, FitOptions::default()).unwrap();
    assert_eq!(grown.units().len(), 5);
    (0..3).for_each(|unit| assert_eq!(grown.weights(unit), first.weights(unit)));
    let loss = |model: &Cascor| model.evaluate(&data).unwrap().get("loss").unwrap();
    assert!(loss(&grown) < loss(&first), "{} {}", loss(&grown), loss(&first));
    // It is a model like any other.
    let loaded = Cascor::<f64>::from_file(&ModelFile::from_bytes(&bytes(&grown)).unwrap()).unwrap();
    assert!(bytes(&loaded) == bytes(&grown));
    let more = loaded.grow(&data, 0, FitOptions::default()).unwrap();
    assert_eq!((more.units().len(), more.stages()), (5, 6));
    let error = loaded.grow(&data, usize::MAX, FitOptions::default()).unwrap_err();
    assert!(matches!(error, Error::Param { ref name, .. } if name == "hidden_units"), "{error}");
    let wide = DMatrix::zeros(3, 4);
    let error = first.grow(&Dataset::new(&wide).labels(&[0, 1, 0, 1]), 1, FitOptions::default()).unwrap_err();
    assert!(matches!(error, Error::Shape { .. }));
}

#[test]
fn one_class_is_refused_and_a_constant_quantity_is_answered() {
    let (x, _) = samples();
    let error = quick().fit(&Dataset::new(&x).labels_of(2, &[1; 40])).unwrap_err();
    assert_eq!(error.to_string(), "the target has one class only, so there is nothing to tell apart");
    let y = DMatrix::from_element(1, 40, 7.25);
    let data = Dataset::new(&x).values(&y);
    let model = quick().fit(&data).unwrap();
    assert_eq!((model.units().len(), model.history().losses.len()), (0, 1));
    assert_eq!(model.history().stopped, Stopped::Converged);
    assert!(model.predict(&data).unwrap().iter().all(|answer| *answer == 7.25));
    assert_eq!(model.remarks(), ["no hidden unit: there is no error left"]);
}

#[test]
fn where_no_candidate_helps_growth_ends_and_says_so() {
    // The same sample in both classes: nothing that is computed from it tells them apart.
    let x = DMatrix::from_element(2, 30, 0.5);
    let labels: Vec<u32> = (0..30).map(|j| j % 2).collect();
    let model = CascorParams::default().fit(&Dataset::new(&x).labels(&labels)).unwrap();
    assert_eq!((model.ended(), model.units().len()), (Some(Ended::NoCandidate), 0));
    assert_eq!(model.history().stopped, Stopped::Converged);
    let told = model.remarks().pop().unwrap();
    assert_eq!(told, "no hidden unit: no candidate for another one has anything to do with the errors that are left");
}

#[test]
fn candidates_that_diverge_begin_anew_and_are_told() {
    let (x, labels) = samples();
    // A first step of 32 bits that is beyond what these hold.
    let x = x.map(|x| 1e3 * x as f32);
    let data = Dataset::new(&x).labels(&labels);
    let params = quick()
        .candidate_learning_rate(1e38)
        .activation(HiddenUnit::Gaussian)
        .weight_range(1e-3)
        .scaling(Scaling::None);
    let model = params.fit(&data).unwrap();
    assert!(0 < model.restarts());
    assert!(model.remarks().iter().any(|remark| remark.contains("began anew")));
    conformance(&params, &data);
    let error = quick().output_learning_rate(1e38).output(Output::Linear).growth(1e30).fit(&data).unwrap_err();
    let told = error.to_string();
    assert!(told.starts_with("the output weights ran away") && told.contains("output_learning_rate"), "{told}");
}

#[test]
fn units_that_do_not_help_end_growth_where_that_is_asked_for() {
    let (x, labels) = samples();
    let data = Dataset::new(&x).labels(&labels);
    // Each is to halve the loss, which none of them does.
    let params = quick().hidden_units(20).unit_patience(2).unit_change(0.5);
    let model = params.fit(&data).unwrap();
    assert_eq!(model.ended(), Some(Ended::Stagnant));
    assert!(model.units().len() < 20);
    conformance(&params, &data);
}

#[test]
fn settings_that_do_not_fit_are_named() {
    let (x, labels) = samples();
    let y = DMatrix::from_fn(1, 40, |_, j| j as f64);
    let (classes, values) = (Dataset::new(&x).labels(&labels), Dataset::new(&x).values(&y));
    let name = |error: Error| match error {
        Error::Param { name, .. } => name,
        other => other.to_string(),
    };
    assert_eq!(name(quick().activation([]).fit(&classes).unwrap_err()), "activation");
    assert_eq!(name(quick().output(Output::Softmax).fit(&values).unwrap_err()), "output");
    let model = quick().optimizer(Rule::Adam).growth(3.0).fit(&classes).unwrap();
    assert!(model.remarks().contains(&"growth does nothing without optimizer=auto".to_owned()));
    let told = "target_scaling does nothing without quantities and output=linear".to_owned();
    let unscaled = quick().target_scaling(Scaling::None);
    for (params, data) in [(unscaled.clone(), classes), (unscaled.clone().output(Output::Sigmoid), values)] {
        assert!(params.fit(&data).unwrap().remarks().contains(&told));
    }
    assert!(!unscaled.fit(&values).unwrap().remarks().contains(&told));
}

#[test]
fn outputs_that_run_away_begin_again_and_are_told() {
    // Fahlman's spirals, on which quickprop leaps too far with one of the Gaussians in a hundred networks or so.
    let point = |i: u32| {
        let (angle, radius) = (f64::from(i) * std::f64::consts::PI / 16.0, 6.5 * f64::from(104 - i) / 104.0);
        let [x, y] = [radius * angle.sin(), radius * angle.cos()];
        [x, y, -x, -y]
    };
    let x: Vec<f64> = (0..97).flat_map(point).collect();
    let labels: Vec<u32> = (0..194).map(|j| (j + 1) % 2).collect();
    let data = Dataset::from_slice(2, &x).labels(&labels);
    let params = CascorParams::default().activation(HiddenUnit::Gaussian).scaling(Scaling::None).seed(18);
    let model = params.fit(&data).unwrap();
    assert_eq!((model.ended(), model.runaways()), (Some(Ended::Solved), 1));
    let told = "once the outputs ran away, and began again by shorter steps";
    assert!(model.remarks().contains(&told.to_owned()));
    conformance(&params.hidden_units(4), &data);
}

#[test]
fn files_that_do_not_fit_together_are_refused() {
    let (x, labels) = samples();
    let model = quick().fit(&Dataset::new(&x).labels(&labels)).unwrap();
    let refused = |change: &dyn Fn(&mut nn_core::Arrays)| {
        let mut arrays = model.arrays();
        change(&mut arrays);
        let error = Cascor::<f64>::from_arrays(model.params().clone(), model.history().clone(), &arrays).unwrap_err();
        assert!(matches!(error, Error::Format { .. }), "{error}");
    };
    refused(&|arrays| arrays.insert_counts("hidden.kinds", &[0, 1, 99]));
    refused(&|arrays| arrays.insert_counts("hidden.kinds", &[0, 1]));
    refused(&|arrays| arrays.insert_counts("hidden.kinds", &[0; 5]));
    refused(&|arrays| arrays.insert("hidden.2.weight", &[1, 9], &[0.0; 9]));
    refused(&|arrays| arrays.insert("output.weight", &[3, 3], &[0.0; 9]));
    refused(&|arrays| arrays.insert("stages", &[4], &[0.0; 4]));
    refused(&|arrays| arrays.insert("stages", &[0], &[0.0; 0]));
    refused(&|arrays| arrays.insert("stages", &[9], &[0.0; 9]));
    refused(&|arrays| arrays.insert("stages", &[9], &[f64::NAN; 9]));
    refused(&|arrays| arrays.insert_counts("growth", &[0, 0, 9, 0]));
    refused(&|arrays| arrays.insert_counts("growth", &[0, 0, 1, 3]));
    refused(&|arrays| arrays.insert_counts("growth", &[0]));
}

#[test]
fn checkpoints_that_do_not_fit_together_are_refused() {
    let (x, labels) = samples();
    let data = Dataset::new(&x).labels(&labels);
    let folder = std::env::temp_dir().join(format!("nn-cascor-{}", std::process::id()));
    // After 38 passes candidates for the second unit are trained.
    let options = FitOptions::default().checkpoint(&folder, 0);
    quick().epochs(38).fit_with(&data, options).unwrap();
    let kept = Checkpoint::<f64>::read(&folder).unwrap();
    std::fs::remove_file(&folder).unwrap();
    let resumed = |checkpoint: Checkpoint<f64>| quick().fit_with(&data, FitOptions::default().resume(checkpoint));
    assert!(resumed(kept.clone()).is_ok());
    let spoils: [fn(&mut State<f64>); 11] = [
        |state| state.carry.clear(),
        |state| state.carry[0] = 2.0,
        |state| state.carry[0] = 0.0,
        |state| state.carry[0] = 0.5,
        |state| state.carry[6] = 77.0,
        |state| state.carry.push(0.0),
        |state| state.carry.push(1e9),
        |state| state.memory.push(0.0),
        |state| state.running.truncate(3),
        |state| state.running.push(0.0),
        |state| state.theta = vec![0.0; 5].into(),
    ];
    for spoil in spoils {
        let mut spoilt = kept.clone();
        spoil(&mut spoilt.state);
        let error = resumed(spoilt).unwrap_err();
        assert!(matches!(error, Error::Format { .. }), "{error}");
    }
}

#[test]
fn linear_outputs_never_run_away_for_good() {
    // Quickprop alone took these to losses of 1e22 and more.
    let x = DMatrix::from_fn(6, 90, |i, j| ((13 * j + 7 * i * i) as f64).sin() + ((j * i) as f64 / 30.0).cos());
    let y = DMatrix::from_fn(1, 90, |_, j| x[(0, j)].sin() * x[(1, j)] + 0.3 * ((31 * j) as f64).cos());
    let data = Dataset::new(&x).values(&y);
    for &kind in HiddenUnit::ALL {
        for seed in 1..=5 {
            let model = CascorParams::default().activation(kind).seed(seed).fit(&data).unwrap();
            let r2 = model.evaluate(&data).unwrap().get("r2").unwrap();
            assert!(0.95 < r2, "{kind} {seed}: {r2} after {} runaways", model.runaways());
            assert_falls_on(&model, &data, &y);
        }
    }
    // A parabola, of which a line leaves most; and many features that say nearly the same, on which steps are always too long.
    let x = DMatrix::from_fn(1, 60, |_, j| j as f64);
    let parabola = x.map(|x| x * x + 0.25);
    let alike = DMatrix::from_fn(40, 90, |i, j| ((13 * j + 7 * i * i) as f64).sin() + 3.0 * (j as f64 / 30.0).cos());
    for &kind in HiddenUnit::ALL {
        for (x, y) in [(&x, &parabola), (&alike, &y)] {
            let data = Dataset::new(x).values(y);
            assert_falls_on(&CascorParams::default().activation(kind).fit(&data).unwrap(), &data, y);
        }
    }
}

/// That no network on the way is worse than the one before it by more than a tenth, and that units help to the last.
fn assert_falls_on(model: &Cascor, data: &Dataset<'_, f64>, y: &DMatrix<f64>) {
    let errors: Vec<f64> =
        (0..model.stages()).map(|units| (model.predict_at(units, data).unwrap() - y).norm_squared()).collect();
    assert_eq!(errors.len(), 26);
    assert!(errors.windows(2).all(|pair| pair[1] < 1.11 * pair[0]), "{errors:?}");
    let helping = errors.windows(2).filter(|pair| pair[1] < pair[0]).count();
    assert!(22 <= helping && errors[25] < 0.6 * errors[13], "{errors:?}");
    assert!(!model.remarks().iter().any(|remark| remark.contains("in vain")));
}
