//! Settings chosen by trial: what the choice is worth, over many seeds.

use nn_core::random::{Key, normal, shuffle, uniform};
use nn_perceptron::nalgebra::DMatrix;
use nn_perceptron::tune::{Space, Tuning, with};
use nn_perceptron::{Activation, Dataset, Fit, MlpParams, Model, Scaling};
use nn_replication::{Effort, Outcome, deviation, mean, share};

/// Candidates for lambda, from the strongest pull towards 0 to none.
const LAMBDAS: [f64; 6] = [0.98, 0.99, 0.995, 0.998, 0.999, 1.0];

/// Thirty noisy places of a wave: the error on the wave itself with lambda by cross-validation, less that without (lambda = 1).
pub(crate) fn lambda_beats_none(effort: Effort) -> Outcome {
    let seeds = effort.trials(6, 30);
    let base = MlpParams::default()
        .hidden_layers([50])
        .activation(Activation::Tanh)
        .target_scaling(Scaling::None)
        .learning_rate(0.01)
        .epochs(1500);
    let wave = |x: f64| (3.0 * x).sin();
    let places = DMatrix::from_fn(1, 200, |_, i| 2.0 * i as f64 / 199.0 - 1.0);
    let truth = places.map(wave);
    let candidates = Space::new().over("lambda", LAMBDAS).grid().unwrap();
    let (mut none, mut chosen, mut gains) = (Vec::new(), Vec::new(), Vec::new());
    for seed in 1..=seeds as u64 {
        let mut stream = Key::once(seed).stream("wave");
        let x = DMatrix::from_fn(1, 30, |_, i| 2.0 * i as f64 / 29.0 - 1.0);
        let y = x.map(|x| wave(x) + 0.5 * normal(&mut stream));
        let noisy = Dataset::new(&x).values(&y);
        let params = base.clone().seed(seed);
        let tuned = Tuning::default().seed(seed).run(&params, &candidates, &noisy).unwrap();
        let tuned = with(&params, &tuned.best().unwrap().candidate).unwrap();
        let error = |params: &MlpParams| {
            params.fit(&noisy).unwrap().evaluate(&Dataset::new(&places).values(&truth)).unwrap().get("rmse").unwrap()
        };
        none.push(error(&params));
        chosen.push(error(&tuned));
        gains.push(none.last().unwrap() - chosen.last().unwrap());
    }
    let spread = deviation(&gains) / (seeds as f64).sqrt();
    Outcome {
        ours: format!(
            "{:.3} +- {:.3} without, {:.3} +- {:.3} with; better by {:.3} (standard error {spread:.3})",
            mean(&none),
            deviation(&none),
            mean(&chosen),
            deviation(&chosen),
            mean(&gains)
        ),
        trials: seeds,
        inside: 2.0 * spread < mean(&gains),
    }
}

const CLASSES: usize = 11;
const FEATURES: usize = 10;

/// Samples in the manner of the vowels: each class is spoken by six speakers, whose voices move all classes alike and each a
/// little by itself, so that classes overlap and are no single heap.
struct Vowels {
    /// features for each class and speaker.
    middles: Vec<Vec<f64>>,
}

impl Vowels {
    const SPEAKERS: usize = 6;

    fn new(seed: u64) -> Self {
        let mut stream = Key::once(seed).stream("vowels");
        let mut draw = |size: f64| -> Vec<f64> { (0..FEATURES).map(|_| size * normal(&mut stream)).collect() };
        let vowels: Vec<Vec<f64>> = (0..CLASSES).map(|_| draw(0.9)).collect();
        let voices: Vec<Vec<f64>> = (0..Self::SPEAKERS).map(|_| draw(0.9)).collect();
        let middles = vowels.iter().flat_map(|vowel| {
            let own: Vec<Vec<f64>> = voices
                .iter()
                .map(|voice| {
                    let own = draw(0.6);
                    (0..FEATURES).map(|i| vowel[i] + voice[i] + own[i]).collect()
                })
                .collect();
            own
        });
        Self { middles: middles.collect() }
    }

    fn samples(&self, count: usize, seed: u64) -> (DMatrix<f64>, Vec<u32>) {
        let mut stream = Key { seed, step: 1, shard: 0 }.stream("vowels");
        let middles: Vec<usize> = (0..count).map(|i| i % self.middles.len()).collect();
        let x =
            DMatrix::from_fn(FEATURES, count, |i, sample| self.middles[middles[sample]][i] + 0.5 * normal(&mut stream));
        (x, middles.iter().map(|middle| (middle / Self::SPEAKERS) as u32).collect())
    }
}

/// Hidden sizes far enough apart that one is better than another.
const SIZES: [usize; 4] = [1, 3, 8, 32];

/// Whether cross-validation of 528 samples puts the hidden sizes in the order that 6,600 fresh samples put them.
pub(crate) fn hidden_sizes(effort: Effort) -> Outcome {
    let seeds = effort.trials(3, 20);
    let candidates = Space::new().over("hidden_layers", SIZES).grid().unwrap();
    let (mut right, mut told, mut fresh) = (0, [0.0; 4], [0.0; 4]);
    for seed in 1..=seeds as u64 {
        let vowels = Vowels::new(seed);
        let (x, labels) = vowels.samples(528, seed);
        let (new_x, new_labels) = vowels.samples(6600, seed + 1000);
        let data = Dataset::new(&x).labels(&labels);
        let params = MlpParams::default().epochs(60).seed(seed);
        let tuned = Tuning::default().race(false).seed(seed).run(&params, &candidates, &data).unwrap();
        let own: Vec<f64> = tuned.trials.iter().map(|trial| trial.mean().unwrap()).collect();
        let new: Vec<f64> = candidates
            .iter()
            .map(|candidate| {
                let model = with(&params, candidate).unwrap().fit(&data).unwrap();
                model.evaluate(&Dataset::new(&new_x).labels(&new_labels)).unwrap().get("accuracy").unwrap()
            })
            .collect();
        let order = |accuracies: &[f64]| {
            let mut order: Vec<usize> = (0..SIZES.len()).collect();
            order.sort_by(|&a, &b| accuracies[b].total_cmp(&accuracies[a]));
            order
        };
        right += usize::from(order(&own) == order(&new));
        told.iter_mut().zip(&own).for_each(|(sum, own)| *sum += own / seeds as f64);
        fresh.iter_mut().zip(&new).for_each(|(sum, new)| *sum += new / seeds as f64);
    }
    let shown = |means: [f64; 4]| means.map(|mean| format!("{:.1}", 100.0 * mean)).join(", ");
    Outcome {
        ours: format!("{}; {} %, fresh {} %", share(right, seeds), shown(told), shown(fresh)),
        trials: seeds,
        inside: 0.8 * seeds as f64 <= right as f64,
    }
}

/// What a search of 20 candidates tells of samples whose classes were drawn without looking at them: the best mean, or the nested
/// estimate.
fn noise(effort: Effort, nested: bool) -> (Vec<f64>, usize) {
    let seeds = effort.trials(12, 400);
    let candidates =
        Space::new().over("hidden_layers", [2, 4, 8, 16]).over("learning_rate", [0.001, 0.003, 0.01, 0.03, 0.1]);
    let candidates = candidates.grid().unwrap();
    let found = (1..=seeds as u64).map(|seed| {
        let mut stream = Key::once(seed).stream("noise");
        let x = DMatrix::from_fn(6, 60, |_, _| uniform(&mut stream));
        let mut labels: Vec<u32> = (0..60).map(|i| i % 2).collect();
        shuffle(&mut labels, &mut stream);
        let tuning = Tuning { nested: nested.then_some(5), ..Tuning::default().race(false).seed(seed) };
        let params = MlpParams::default().epochs(20).seed(seed);
        let tuned = tuning.run(&params, &candidates, &Dataset::new(&x).labels(&labels)).unwrap();
        match tuned.nested {
            Some(nested) => nested.mean().unwrap(),
            None => tuned.best().unwrap().mean().unwrap(),
        }
    });
    (found.collect(), seeds)
}

fn accuracy(found: &[f64]) -> (String, f64, f64) {
    let error = deviation(found) / (found.len() as f64).sqrt();
    (format!("{:.3} (standard error {error:.3}; spread {:.3})", mean(found), deviation(found)), mean(found), error)
}

pub(crate) fn nested_on_noise(effort: Effort) -> Outcome {
    let (found, trials) = noise(effort, true);
    let (ours, mean, error) = accuracy(&found);
    Outcome { ours, trials, inside: (mean - 0.5).abs() < 3.0 * error }
}

pub(crate) fn best_on_noise(effort: Effort) -> Outcome {
    let (found, trials) = noise(effort, false);
    let (ours, mean, error) = accuracy(&found);
    Outcome { ours, trials, inside: 0.5 + 5.0 * error < mean }
}
