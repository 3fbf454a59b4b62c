//! The metrics beside scikit-learn's, on random cases with ties, weights of 0 and classes that are nowhere.
//!
//! The numbers in `metrics.json` were made by `metrics.py`, which says what they are and stores the versions.

use nn_core::metrics::{Confusion, accuracy, error_rate, log_loss, mae, r2, rmse, roc_auc, roc_auc_of_classes};
use serde_json::Value;

/// Largest difference that is let pass; of numbers above 1, in relation to them.
const MOST: f64 = 1e-12;

fn stored(kind: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("metrics.json")).unwrap();
    all[kind].as_array().unwrap().clone()
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        number => vec![number.as_f64().unwrap()],
    }
}

fn classes(value: &Value) -> Vec<u32> {
    numbers(value).into_iter().map(|class| class as u32).collect()
}

/// Calls `compare` with the weights and the stored measures, without weights and with them.
fn both(case: &Value, compare: impl Fn(Option<&[f64]>, &Value)) {
    compare(None, &case["plain"]);
    compare(Some(&numbers(&case["weights"])), &case["weighted"]);
}

#[track_caller]
fn close(name: &str, ours: &[f64], theirs: &Value) {
    let theirs = numbers(theirs);
    assert_eq!(ours.len(), theirs.len(), "{name}");
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert!((ours - theirs).abs() <= MOST * theirs.abs().max(1.0), "{name}: {ours}, not {theirs}");
    }
}

#[test]
fn confusion_precision_recall_and_f1_are_scikit_learns() {
    for case in stored("classes") {
        let (labels, predicted) = (classes(&case["labels"]), classes(&case["predicted"]));
        let count = case["classes"].as_u64().unwrap() as usize;
        both(&case, |weights, theirs| {
            let ours = Confusion::new(&predicted, &labels, count, weights).unwrap();
            let cells: Vec<f64> = (0..count * count).map(|cell| ours.count(cell / count, cell % count)).collect();
            close("confusion", &cells, &theirs["confusion"]);
            let each = |measure: fn(&Confusion, usize) -> f64| -> Vec<f64> {
                (0..count).map(|class| measure(&ours, class)).collect()
            };
            close("precision", &each(Confusion::precision), &theirs["precision"]);
            close("recall", &each(Confusion::recall), &theirs["recall"]);
            close("f1", &each(Confusion::f1), &theirs["f1"]);
            close("support", &each(Confusion::support), &theirs["support"]);
            close("accuracy", &[ours.accuracy()], &theirs["accuracy"]);
            close("accuracy", &[accuracy(&predicted, &labels, weights)], &theirs["accuracy"]);
            close("1 - error", &[1.0 - error_rate(&predicted, &labels, weights)], &theirs["accuracy"]);
            close("balanced", &[ours.balanced_accuracy()], &theirs["balanced_accuracy"]);
            close("macro precision", &[ours.macro_precision()], &theirs["macro_precision"]);
            close("macro recall", &[ours.macro_recall()], &theirs["macro_recall"]);
            close("macro f1", &[ours.macro_f1()], &theirs["macro_f1"]);
        });
    }
}

#[test]
fn log_loss_and_the_area_of_several_classes_are_scikit_learns() {
    for case in stored("classes") {
        let (labels, probabilities) = (classes(&case["labels"]), numbers(&case["probabilities"]));
        let count = case["classes"].as_u64().unwrap() as usize;
        both(&case, |weights, theirs| {
            let area = roc_auc_of_classes(&probabilities, &labels, count, weights).unwrap();
            close("area", &[area.unwrap()], &theirs["roc_auc"]);
            let loss = log_loss(&probabilities, &labels, count, weights).unwrap();
            close("log loss", &[loss], &theirs["log_loss"]);
        });
    }
}

#[test]
fn the_area_of_tied_and_weighted_scores_is_scikit_learns() {
    for case in stored("scores") {
        let positive: Vec<bool> =
            case["positive"].as_array().unwrap().iter().map(|value| value.as_bool().unwrap()).collect();
        let scores = numbers(&case["scores"]);
        both(&case, |weights, theirs| {
            close("area", &[roc_auc(&scores, &positive, weights).unwrap().unwrap()], theirs);
        });
    }
}

#[test]
fn errors_of_quantities_are_scikit_learns() {
    for case in stored("values") {
        let (predicted, values) = (numbers(&case["predicted"]), numbers(&case["values"]));
        let outputs = case["outputs"].as_u64().unwrap() as usize;
        both(&case, |weights, theirs| {
            close("mae", &[mae(&predicted, &values, outputs, weights)], &theirs["mae"]);
            close("rmse", &[rmse(&predicted, &values, outputs, weights)], &theirs["rmse"]);
            close("r2", &[r2(&predicted, &values, outputs, weights)], &theirs["r2"]);
        });
    }
}
