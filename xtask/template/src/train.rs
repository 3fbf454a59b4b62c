//! Learning: the mean of each class moves towards every sample of it.
//!
//! For a sample x of class c that weighs w: `W_c <- W_c + w`, then `m_c <- m_c + (w / W_c) (x - m_c)`. So W_c is what the
//! samples of the class weigh together, and m_c is their mean, after each sample and without keeping any.

use crate::model::{NearestMean, distance, loss};
use crate::params::NearestMeanParams;
use nn_core::kernels::all_finite;
use nn_core::{
    Course, Dataset, Error, Fit, FitOptions, Online, Params, Passed, Recipe, Result, Scalar, Scaler, State, StoppingCriteria,
    Target, Task,
};

/// Who learns, as errors say it.
pub(crate) const WHO: &str = "nearest-mean";

impl<F: Scalar> Fit<F> for NearestMeanParams {
    type Model = NearestMean<F>;

    fn fit_with(&self, data: &Dataset<'_, F>, mut options: FitOptions<'_, F>) -> Result<NearestMean<F>> {
        self.validate()?;
        data.check()?;
        let classes = classes(data)?;
        if let Some(validation) = &options.validation {
            let checked = Task::Classes(classes).check_alike(validation, data.features(), WHO);
            checked.map_err(|error| error.within("validation"))?;
        }

        let scaler = Scaler::fit(self.scaling, data.x(), data.features())?;
        let mut model = NearestMean::start(self.clone(), data.features(), classes, scaler);
        let (scaler, validation) = (model.scaler.as_ref(), options.validation);
        // The monitor, the stop flag, checkpoints and their continuation are the course's. A model says what an epoch is.
        let (criteria, recipe) = (StoppingCriteria::epochs(self.epochs), || Recipe::of(self));
        let state = &mut model.state;
        let course = Course::start(criteria, recipe, state, data, validation.as_ref(), &mut options)?;
        model.history = course.run(state, &mut options, |state, _, _| {
            // An epoch is quick, so it ends whole. A long one asks `FitOptions::is_stopped` now and then.
            let loss_so_far = pass(state, data, scaler)?;
            let validation_loss = validation.as_ref().map(|data| loss(&state.theta, data, scaler));
            Ok(Passed::new(loss_so_far, validation_loss))
        })?;
        Ok(model)
    }

    fn check_online(&self) -> Result<()> {
        Ok(())
    }
}

impl<F: Scalar> Online<F> for NearestMean<F> {
    /// One more pass of the rule. The scaling stays what it was learned to be at first.
    ///
    /// # Errors
    /// Those of [`Fit::fit_with`]; the model is then what it was before.
    fn partial_fit(&mut self, data: &Dataset<'_, F>) -> Result<()> {
        Task::Classes(self.classes).check_alike(data, self.features, WHO)?;
        let mut state = self.state.clone();
        let loss = pass(&mut state, data, self.scaler.as_ref())?;
        self.state = state;
        self.history.losses.push(loss);
        Ok(())
    }
}

/// How many classes there are to learn, each of which needs a sample to take a mean of.
fn classes<F: Scalar>(data: &Dataset<'_, F>) -> Result<usize> {
    let classes = Task::classes_of(data, WHO)?;
    Task::check_learnable(data)?;
    let Target::Labels { labels, .. } = data.target() else { return Ok(classes) };
    let mut seen = vec![false; classes];
    data.counted().for_each(|sample| seen[labels[sample] as usize] = true);
    match seen.iter().position(|seen| !seen) {
        Some(class) => Err(Error::data(format!("class {class} has no sample that weighs anything, so it has no mean"))),
        None => Ok(classes),
    }
}

/// The rule, sample after sample. Gives the mean squared distance of the samples to the mean of their class, each measured
/// just before its step.
fn pass<F: Scalar>(state: &mut State<F>, data: &Dataset<'_, F>, scaler: Option<&Scaler<F>>) -> Result<f64> {
    let Target::Labels { labels, .. } = data.target() else { return Ok(0.0) };
    let (mut sum, mut total) = (0.0, 0.0);
    let x = data.scaled(scaler);
    for sample in data.counted() {
        let (x, weight) = (&x[sample * data.features()..][..data.features()], data.weight(sample));
        let class = labels[sample] as usize;
        let mean = &mut state.theta[class * x.len()..][..x.len()];
        sum += weight.to_f64() * distance(x, mean).to_f64();
        total += weight.to_f64();

        state.running[class] += weight;
        let rate = weight / state.running[class];
        mean.iter_mut().zip(x).for_each(|(m, &x)| *m += rate * (x - *m));
        state.steps += 1;
    }
    if all_finite(&state.theta) && all_finite(&state.running) && sum.is_finite() {
        Ok(sum / total)
    } else {
        Err(Error::data("the features are so large that the means overflow; scale them"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nn_core::{Model, Scaling};

    const POINTS: [f64; 8] = [1.0, 0.0, 3.0, 4.0, 10.0, 10.0, 5.0, 5.0];

    fn params() -> NearestMeanParams {
        NearestMeanParams::default().scaling(Scaling::None)
    }

    #[test]
    fn a_class_is_remembered_by_the_mean_of_its_samples() {
        let model = params().fit(&Dataset::from_slice(2, &POINTS).labels(&[0, 0, 1, 0])).unwrap();
        assert_eq!(model.means().as_slice(), [3.0, 3.0, 10.0, 10.0]);
        // From (3, 3) the squared distances are 13, 1, 0 (its own mean) and 8.
        assert_eq!(model.evaluate(&Dataset::from_slice(2, &POINTS).labels(&[0, 0, 1, 0])).unwrap().get("loss"), Some(5.5));
    }

    #[test]
    fn a_sample_of_weight_2_counts_as_two() {
        let labels = [0, 0, 1, 1];
        let weighed = Dataset::from_slice(2, &POINTS).labels(&labels).weights(&[1.0, 1.0, 2.0, 1.0]);
        let doubled = [&POINTS[..6], &POINTS[4..]].concat();
        let twice = params().fit(&Dataset::from_slice(2, &doubled).labels(&[0, 0, 1, 1, 1])).unwrap();
        let difference = params().fit(&weighed).unwrap().means() - twice.means();
        assert!(difference.amax() < 1e-12, "{difference}");
    }

    #[test]
    fn a_class_without_a_sample_is_refused() {
        let data = Dataset::from_slice(2, &POINTS).labels_of(3, &[0, 0, 1, 1]);
        assert!(params().fit(&data).unwrap_err().to_string().starts_with("class 2 has no sample"));
    }
}
