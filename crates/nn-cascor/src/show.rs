//! What a grown network shows of itself: its cascade, how its error fell unit by unit, and the surface of its answers as it grew.

use crate::growth::{CORRELATION, UNITS};
use crate::model::Cascor;
use nn_core::nalgebra::DMatrix;
use nn_core::{Dataset, Model, Picture, Result, Scalar, Target, Task};

/// Points along a side of a surface.
const SIDE: usize = 60;
/// Samples on a surface at most.
const MOST_SAMPLES: usize = 400;
/// More stages are not drawn; of more only some are.
const MOST_STAGES: usize = 24;

/// The cascade, and what the best candidate came to in each epoch.
pub(crate) fn pictures<F: Scalar>(model: &Cascor<F>) -> Vec<Picture> {
    let mut pictures = vec![cascade(model)];
    let measures = &model.history().measures;
    if let Some(values) = measures.get(CORRELATION).filter(|values| values.iter().any(|value| 0.0 < *value)) {
        pictures.push(Picture::Course {
            title: "correlation of the best candidate".to_owned(),
            text: "How much the best candidate has to do with the errors that are left, in each pass; 0 while the output weights \
                   are trained. Each hill is the search for one hidden unit."
                .to_owned(),
            values: values.clone(),
        });
    }
    pictures
}

fn cascade<F: Scalar>(model: &Cascor<F>) -> Picture {
    let (features, units) = (model.features(), model.units().len());
    let outputs = model.output_weights();
    let outputs_bias = &model.grown.head[(features + units) * outputs.ncols()..];
    let mut weights = DMatrix::zeros(1 + features + units, units + outputs.ncols());
    for unit in 0..units {
        if let Some((bias, incoming)) = model.weights(unit).and_then(<[F]>::split_last) {
            let all = std::iter::once(bias).chain(incoming);
            all.enumerate().for_each(|(row, weight)| weights[(row, unit)] = weight.to_f64());
        }
    }
    for (output, (column, bias)) in outputs.column_iter().zip(outputs_bias).enumerate() {
        let all = std::iter::once(bias).chain(&column);
        all.enumerate().for_each(|(row, weight)| weights[(row, units + output)] = weight.to_f64());
    }
    Picture::Cascade {
        title: "the cascade".to_owned(),
        weights,
        units,
        kinds: model.units().iter().map(|unit| unit.name().to_owned()).collect(),
        losses: losses_by_units(model),
    }
}

/// The training loss at the end of each phase of outputs: without hidden units, with one, and so on.
fn losses_by_units<F: Scalar>(model: &Cascor<F>) -> Vec<f64> {
    let history = model.history();
    let Some(counts) = history.measures.get(UNITS) else { return Vec::new() };
    let mut losses: Vec<(f64, f64)> = Vec::new();
    // In the passes that train candidates the loss stays what it was.
    for (&units, &loss) in counts.iter().zip(&history.losses) {
        match losses.last_mut() {
            Some(last) if last.0 == units => last.1 = loss,
            _ => losses.push((units, loss)),
        }
    }
    losses.into_iter().map(|(_, loss)| loss).collect()
}

/// Of two features and a single thing to tell, the answers over the plane with each number of hidden units.
pub(crate) fn surfaces<F: Scalar>(model: &Cascor<F>, data: &Dataset<'_, F>) -> Result<Vec<Picture>> {
    data.check_features(model.features())?;
    let is_single = matches!(model.network.task, Task::Classes(2) | Task::Values(1));
    if model.features() != 2 || !is_single || model.stages() < 2 {
        return Ok(Vec::new());
    }
    let [x, y] = [0, 1].map(|feature| widened(data.x().iter().skip(feature).step_by(2).map(|x| x.to_f64())));
    let at = |(low, high): (f64, f64), step: usize| F::from_f64(low + (high - low) * (step as f64 + 0.5) / SIDE as f64);
    // Row by row from above, as images are.
    let points: Vec<F> =
        (0..SIDE).rev().flat_map(|row| (0..SIDE).flat_map(move |column| [at(x, column), at(y, row)])).collect();
    let points = Dataset::from_slice(2, &points);
    let middle = match (model.network.task, data.target()) {
        (Task::Classes(_), _) => 0.5,
        (_, Target::Values { values, .. }) => {
            values.iter().map(|value| value.to_f64()).sum::<f64>() / values.len().max(1) as f64
        }
        _ => 0.0,
    };
    let ((left, right), (bottom, top)) = (x, y);
    let place = |sample: usize| {
        let [x, y] = [0, 1].map(|feature| data.x()[2 * sample + feature].to_f64());
        let target = match data.target() {
            Target::Labels { labels, .. } => Some(f64::from(labels[sample])),
            Target::Values { values, outputs: 1 } => Some(values[sample].to_f64()),
            _ => None,
        };
        target.map(|target| ([(x - left) / (right - left), (y - bottom) / (top - bottom)], target - middle))
    };
    let samples = (0..data.samples()).step_by(data.samples().div_ceil(MOST_SAMPLES).max(1)).filter_map(place).collect();
    let step = model.stages().div_ceil(MOST_STAGES);
    let last = model.stages() - 1;
    let mut planes = Vec::new();
    for units in (0..=last).filter(|units| units % step == 0 || *units == last) {
        let answers = model.predict_at(units, &points)?;
        let row = answers.nrows() - 1;
        planes.push((units, answers.row(row).iter().map(|answer| answer.to_f64() - middle).collect()));
    }
    Ok(vec![Picture::Surfaces { title: "the answer as units came".to_owned(), side: SIDE, planes, samples }])
}

/// From the least to the most, and a little to both sides.
fn widened(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
    let margin = 0.05 * (high - low).max(f64::MIN_POSITIVE);
    (low - margin, high + margin)
}
