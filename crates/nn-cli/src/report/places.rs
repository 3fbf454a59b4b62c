//! Units that stand for places among the samples: as images, or as marks over the samples.

use super::charts::{self, Labels, Mark, Ring};
use super::{Figure, MOST_UNITS, Section, Subject, capitalised, cut, drawing, palette, pixels, stride};
use anyhow::Result;
use nn_core::nalgebra::DMatrix;
use nn_core::{Scalar, Target};

/// Turns of the search for the direction in which samples lie widest; it settles long before.
const TURNS: usize = 200;

/// The section of these places.
pub(super) fn drawn<F: Scalar>(
    subject: &Subject<'_, F>,
    title: &str,
    places: &DMatrix<f64>,
    reaches: &DMatrix<f64>,
) -> Result<Option<Section>> {
    let data = subject.shown.data();
    let features = places.nrows();
    let title = capitalised(title);
    if let Some(image) = subject.schema().image.filter(|image| image.numbers() == features) {
        let shown = places.ncols().min(MOST_UNITS);
        let ends = charts::range(data.x().iter().map(|x| x.to_f64())).unwrap_or_default();
        let mut images = Vec::with_capacity(shown);
        for (unit, place) in places.column_iter().take(shown).enumerate() {
            images.push(drawing(pixels::sample(image, place.as_slice(), ends)?, format!("{}", unit + 1), true));
        }
        let text = format!("As images, on the scale of the samples.{}", cut(places.ncols(), shown, "units"));
        return Ok(Some(Section { title, text, figures: vec![Figure::images("", images)] }));
    }
    if features < 2 {
        // They stand below the curve.
        return Ok(None);
    }
    let names = subject.schema().feature_names();
    let samples: Vec<usize> = (0..data.samples()).step_by(stride(data.samples())).collect();
    let x = DMatrix::from_fn(features, samples.len(), |feature, at| data.sample(samples[at])[feature].to_f64());
    let plane = Plane::of(&x);
    let color = |sample: usize| match data.target() {
        Target::Labels { labels, .. } => palette::color(labels[sample] as usize),
        _ => palette::AXIS,
    };
    let marks: Vec<Mark> = samples
        .iter()
        .zip(x.column_iter())
        .map(|(&sample, x)| Mark { at: plane.at(x.as_slice()), color: color(sample), unseen: false })
        .collect();
    // Circles wider than all samples together are a tangle that says nothing.
    let span = |feature: usize| charts::range(x.row(feature).iter().copied()).map_or(0.0, |(low, high)| high - low);
    let fits = |reaches: &DMatrix<f64>| (0..2).all(|row| reaches.row(row).mean() <= span(row) / 2.0);
    let drawn = features == 2 && !reaches.is_empty() && fits(reaches);
    let reach = |unit: usize| drawn.then(|| (reaches[(0, unit)], reaches[(1, unit)]));
    let rings: Vec<Ring> = places
        .column_iter()
        .enumerate()
        .map(|(unit, place)| Ring { at: plane.at(place.as_slice()), reach: reach(unit) })
        .collect();
    let (labels, mut text) = match (&plane, names.as_slice()) {
        (Plane::Features, [x, y]) => ((x.clone(), y.clone()), "Crosses are the units, dots the samples.".to_owned()),
        _ => (
            ("widest".to_owned(), "next".to_owned()),
            "Crosses are the units, dots the samples, in the plane in which the samples lie widest (principal \
             components of the features on one scale)."
                .to_owned(),
        ),
    };
    if drawn {
        text += " A circle is a unit's width.";
    } else if features == 2 && !reaches.is_empty() {
        text += " The units are so wide that circles of their widths would hide the rest.";
    }
    let axes = Labels { title: "units among the samples", x: &labels.0, y: &labels.1 };
    let legend = match data.target() {
        Target::Labels { classes, .. } => (0..classes).map(|class| subject.schema().class_name(class)).collect(),
        _ => Vec::new(),
    };
    let figure = Figure::chart("", charts::places(axes, &marks, &rings)?).with_legend(legend);
    Ok(Some(Section { title, text, figures: vec![figure] }))
}

/// Where samples of any number of features are drawn.
enum Plane {
    /// There are two, and these it is.
    Features,
    /// Each feature less `mean` times `scale`, along two directions.
    Widest { mean: Vec<f64>, scale: Vec<f64>, axes: [Vec<f64>; 2] },
}

impl Plane {
    /// For samples, features × samples.
    fn of(x: &DMatrix<f64>) -> Self {
        if x.nrows() == 2 {
            return Self::Features;
        }
        let count = x.ncols().max(1) as f64;
        let mean: Vec<f64> = x.row_iter().map(|row| row.iter().map(|x| x / count).sum()).collect();
        let spread = |row: usize| x.row(row).iter().map(|x| (x - mean[row]).powi(2) / count).sum::<f64>().sqrt();
        let inverse = |spread: f64| if 0.0 < spread && spread.is_finite() { 1.0 / spread } else { 0.0 };
        let scale: Vec<f64> = (0..x.nrows()).map(|row| inverse(spread(row))).collect();
        let scaled = DMatrix::from_fn(x.nrows(), x.ncols(), |row, column| (x[(row, column)] - mean[row]) * scale[row]);
        let first = widest(&scaled, None);
        let second = widest(&scaled, Some(&first));
        Self::Widest { mean, scale, axes: [first, second] }
    }

    fn at(&self, x: &[f64]) -> (f64, f64) {
        match self {
            Self::Features => (x[0], x[1]),
            Self::Widest { mean, scale, axes } => {
                let along = |axis: &[f64]| -> f64 {
                    axis.iter()
                        .zip(x)
                        .zip(mean.iter().zip(scale))
                        .map(|((a, x), (mean, scale))| a * (x - mean) * scale)
                        .sum()
                };
                (along(&axes[0]), along(&axes[1]))
            }
        }
    }
}

/// The direction in which `x` lies widest, at right angles to another: by power iteration.
fn widest(x: &DMatrix<f64>, but: Option<&[f64]>) -> Vec<f64> {
    // No symmetry of the data should hide it from the start.
    let mut axis: Vec<f64> = (0..x.nrows()).map(|i| 1.0 + 0.5 * (i as f64 * 2.4).sin()).collect();
    for _ in 0..TURNS {
        if let Some(but) = but {
            let share: f64 = axis.iter().zip(but).map(|(a, b)| a * b).sum();
            axis.iter_mut().zip(but).for_each(|(a, b)| *a -= share * b);
        }
        let mut next = vec![0.0; axis.len()];
        for sample in x.column_iter() {
            let along: f64 = sample.iter().zip(&axis).map(|(x, a)| x * a).sum();
            next.iter_mut().zip(sample.iter()).for_each(|(next, x)| *next += along * x);
        }
        let length = next.iter().map(|x| x * x).sum::<f64>().sqrt();
        if !(0.0 < length && length.is_finite()) {
            break;
        }
        axis = next.iter().map(|x| x / length).collect();
    }
    axis
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plane_is_that_in_which_samples_lie_widest() {
        // Along (1, 1, 0) much, across it less, and the third feature is constant.
        let x = DMatrix::from_fn(3, 40, |row, j| {
            let (much, less) = ((j as f64 * 0.7).sin() * 10.0, (j as f64 * 1.3).cos());
            [much + less, much - less, 5.0][row]
        });
        let Plane::Widest { axes: [first, second], .. } = Plane::of(&x) else { panic!("three features") };
        assert!((first[0] - first[1]).abs() < 1e-3 && first[2] == 0.0, "{first:?}");
        assert!(first.iter().zip(&second).map(|(a, b)| a * b).sum::<f64>().abs() < 1e-9);
    }
}
