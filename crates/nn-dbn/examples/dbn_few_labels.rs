//! Pre-train once, fine-tune many times: a stack that has seen many samples without labels, and nets that learn from few with labels.
//!
//! Each number is a mean over five sets of labelled samples, with its standard error. With 128 labels the pre-trained net tells most
//! lying from standing bars, and back-propagation alone, for as many epochs, few; with 256 both do.
//!
//! `cargo run --release -p nn-dbn --example dbn_few_labels`

use nn_core::random::{Key, uniform};
use nn_dbn::nalgebra::DMatrix;
use nn_dbn::{Dataset, DbnParams, Fit, FitOptions, Model, RbmParams, Result};

/// Bars of three rows or three columns of 6 x 6, with one place in ten turned over: lying ones are class 0, standing ones class 1.
fn bars(samples: usize, seed: u64) -> (DMatrix<f32>, Vec<u32>) {
    let mut stream = Key::once(seed).stream("bars");
    let mut labels = Vec::new();
    let mut x = DMatrix::zeros(36, samples);
    for mut sample in x.column_iter_mut() {
        let class = u32::from(uniform(&mut stream) < 0.5);
        let mut lines = [false; 6];
        while lines.iter().filter(|&&line| line).count() < 3 {
            lines[(6.0 * uniform(&mut stream)) as usize] = true;
        }
        for (place, pixel) in sample.iter_mut().enumerate() {
            let line = if class == 0 { place / 6 } else { place % 6 };
            let turned = uniform(&mut stream) < 0.1;
            *pixel = f32::from(u8::from(lines[line] != turned));
        }
        labels.push(class);
    }
    (x, labels)
}

/// Sets of labelled samples that each number is a mean over.
const SETS: u64 = 5;

fn main() -> Result<()> {
    let (many, _) = bars(2000, 1);
    let (asked, truth) = bars(1000, 2);
    let asked = Dataset::new(&asked).labels(&truth);
    let rbm = RbmParams::default().learning_rate(0.05).epochs(40);
    let params = DbnParams::default().hidden_layers([60, 30]).rbm(rbm).batch_size(8).epochs(60);
    let stack = params.pretrain(&Dataset::new(&many), FitOptions::default())?;
    for labelled in [32, 64, 128, 256] {
        let (mut with, mut without) = (Vec::new(), Vec::new());
        for seed in 1..=SETS {
            let (x, labels) = bars(labelled, 10 + seed);
            let data = Dataset::new(&x).labels_of(2, &labels);
            let params = params.clone().seed(seed);
            let accuracy = |net: nn_dbn::Dbn<f32>| net.evaluate(&asked).map(|told| told.get("accuracy").unwrap_or(0.0));
            with.push(accuracy(stack.fine_tune(&params, &data, FitOptions::default())?)?);
            without.push(accuracy(params.pretraining(false).fit(&data)?)?);
        }
        println!("{labelled:4} labels: accuracy {} with pre-training, {} without", told(&with), told(&without));
    }
    Ok(())
}

/// The mean and its standard error.
fn told(numbers: &[f64]) -> String {
    let count = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    let squares: f64 = numbers.iter().map(|x| (x - mean).powi(2)).sum();
    format!("{mean:.2} +- {:.2}", (squares / (count - 1.0) / count).sqrt())
}
