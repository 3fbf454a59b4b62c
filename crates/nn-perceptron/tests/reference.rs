//! Exercise 5.5 of the chapter: standard and accumulated back-propagation on the watermelon data set 3.0, step by step. How
//! many epochs they take is in `replication.rs`.

use crate::exercise::chapter;
use crate::watermelon::watermelon;
use nn_perceptron::nalgebra::DMatrix;
use nn_perceptron::{BatchSize, Dataset, Epoch, Fit, FitOptions, Online};
use std::ops::ControlFlow;

/// Accumulated back-propagation moves by the mean of the gradients of all samples at frozen weights.
#[test]
fn an_accumulated_step_is_the_mean_of_the_single_steps() {
    let (x, labels) = watermelon();
    let after = |samples: &[usize]| {
        let chosen = Dataset::new(&x).labels_of(2, &labels).select(samples).unwrap();
        let mut model = start(&x, &labels);
        model.partial_fit(&chosen.view()).unwrap();
        model.theta().to_vec()
    };
    let before = start(&x, &labels).theta().to_vec();
    let all: Vec<usize> = (0..17).collect();
    let accumulated = after(&all);
    let singles: Vec<Vec<f64>> = all.iter().map(|&sample| after(&[sample])).collect();
    for (index, &start) in before.iter().enumerate() {
        let mean = singles.iter().map(|single| single[index] - start).sum::<f64>() / 17.0;
        assert!((accumulated[index] - start - mean).abs() < 1e-12, "parameter {index}");
    }
}

/// A network after one batch, stopped there.
fn start(x: &DMatrix<f64>, labels: &[u32]) -> nn_perceptron::Mlp<f64> {
    let mut stop = |_: &Epoch| ControlFlow::Break(());
    let params = chapter(1.0, BatchSize::All, 1);
    params.fit_with(&Dataset::new(x).labels(labels), FitOptions::default().monitor(&mut stop)).unwrap()
}
