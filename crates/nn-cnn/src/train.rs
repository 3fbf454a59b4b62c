//! Learning: the layers of a convolutional network in a row, and error back-propagation through them.
//!
//! What each layer computes and how its gradient comes back stands with the layer: the shared weights in
//! [`Conv2d`](crate::Conv2d), sampling in [`Pool`], the frame around an image in [`Frame`]. That the weights of a map are one
//! and the same at all its places means only that their gradient is a sum over the places; the rest is the machinery of every
//! network here.

use crate::{Augment, Cnn, CnnParams, Conv2d, Frame, LayerSpec, Output, PixelScaling, Pool, RbfOutput};
use nn_core::random::Key;
use nn_core::{
    Activate, Activation, Chain, Dataset, Dense, Dropout, Error, Fit, FitOptions, Image, Layer, Lesson, Network,
    Objective, Online, Params, Result, Scalar, Scaler, Scaling, Supervised, Task, check_room,
};

/// Who learns, as errors say it.
pub(crate) const WHO: &str = "a convolutional network";

/// A network with more parameters than this is taken for a slip of the finger.
const MOST: usize = 1 << 28;

/// So is one that makes more numbers of an image, of which all those of 16 images at least are held at a time.
const MOST_NUMBERS: usize = 1 << 24;

impl<F: Scalar> Fit<F> for CnnParams {
    type Model = Cnn<F>;

    fn fit_with(&self, data: &Dataset<'_, F>, options: FitOptions<'_, F>) -> Result<Cnn<F>> {
        self.validate()?;
        self.check_together()?;
        data.check()?;
        let image = self.image_of(data.features())?;
        let lesson = Lesson {
            who: WHO,
            training: self.training_in_force(),
            class_weight: self.class_weight,
            validation_fraction: self.validation_fraction,
        };
        let mut background = 0.0;
        let network = lesson.teach_by_descent(data, options, |data, task| {
            let scaler = self.scaler(data, image)?;
            background = surroundings(data, image, scaler.as_ref());
            let supervised = self.supervised(image, background, task)?;
            let parameters = supervised.theta_len();
            check_room::<F>("layers", parameters)?;
            let mut theta = vec![F::ZERO; parameters];
            self.init_in_force().fill_scaled(self.init_scale, &supervised.spans(), &mut theta, Key::once(self.seed));
            let network = Network::new(WHO, task, supervised, theta, lesson.training.optimizer);
            network.scale_inputs(scaler).scale_target(self.target_scaling, data)
        })?;
        Ok(Cnn { params: self.clone(), network, image, background })
    }

    fn check_online(&self) -> Result<()> {
        self.training_in_force().check_online()
    }
}

/// What surrounds the images, as the network reads it: the mean of all pixels at their borders.
fn surroundings<F: Scalar>(data: &Dataset<'_, F>, image: Image, scaler: Option<&Scaler<F>>) -> f64 {
    let at_border = |at: &usize| {
        let (row, column) = (at / image.columns % image.rows, at % image.columns);
        row == 0 || row + 1 == image.rows || column == 0 || column + 1 == image.columns
    };
    let border: Vec<usize> = (0..image.numbers()).filter(at_border).collect();
    // Divided before they are added: no sum of pixels is beyond the float.
    let (samples, places) = (data.samples() as f64, border.len() as f64);
    let mut sums = vec![0.0; border.len()];
    for sample in 0..data.samples() {
        let sample = data.sample(sample);
        sums.iter_mut().zip(&border).for_each(|(sum, &at)| *sum += sample[at].to_f64() / samples);
    }
    let mut means = vec![F::ZERO; image.numbers()];
    border.iter().zip(sums).for_each(|(&at, sum)| means[at] = F::from_f64(sum));
    if let Some(scaler) = scaler {
        scaler.apply(&mut means);
    }
    border.iter().map(|&at| means[at].to_f64() / places).sum()
}

impl CnnParams {
    /// How the pixels of these images are scaled.
    fn scaler<F: Scalar>(&self, data: &Dataset<'_, F>, image: Image) -> Result<Option<Scaler<F>>> {
        let channel = image.rows * image.columns;
        let fit = |scaling| Scaler::fit_blocks(scaling, data.x(), data.features(), channel);
        match self.scaling_in_force() {
            PixelScaling::None => Ok(None),
            PixelScaling::Standard => fit(Scaling::Standard),
            PixelScaling::MinMax => fit(Scaling::MinMax),
            PixelScaling::Lenet5 => Ok(fit(Scaling::MinMax)?.map(|scaler| scaler.then(-0.1, 1.275))),
        }
    }

    /// The layers and the loss for images of this shape.
    pub(crate) fn supervised<F: Scalar>(&self, image: Image, background: f64, task: Task) -> Result<Supervised<F>> {
        let loss = self.loss_in_force(task)?;
        let mut build = Build { chain: None, shape: image.axes().to_vec(), numbers: 0, count: 0, last: String::new() };
        let input = self.input_of(image)?;
        if input != [image.rows, image.columns] {
            let frame = Frame::new(image, input, self.framing_of(image, input), background);
            let value = format!("{}x{}", input[0], input[1]);
            let frame = frame.map_err(|expected| Error::param("input", value, expected))?;
            build.shape = frame.output().to_vec();
            build.push("input", frame);
            build.check_numbers("input", &self.framing_of(image, input))?;
        }
        if !self.distortion().is_none() {
            let framed = Image { rows: input[0], columns: input[1], ..image };
            build.push("augment", Augment::new(framed, self.distortion(), background));
        }
        for spec in &self.layers_in_force() {
            build.add(spec)?;
        }
        let outputs = task.outputs(loss);
        let features = build.units();
        if MOST < features.saturating_mul(outputs) {
            return Err(build.refused("output", "output", format!("at most {MOST} weights")));
        }
        match self.output_in_force() {
            Output::Rbf => {
                let rbf = RbfOutput::new(features, outputs);
                build.push("output", rbf.map_err(|expected| build.refused("output", features, expected))?);
            }
            Output::Dense => build.push("output", Dense::new(features, outputs)),
        }
        let activation = task.output_activation(loss);
        if activation != Activation::Identity {
            build.push(&format!("output_{activation}"), Activate::new(activation, outputs));
        }
        match build.chain {
            Some(chain) if chain.theta_len() <= MOST => Ok(Supervised { chain, loss }),
            chain => {
                let parameters = chain.map_or(0, |chain| chain.theta_len());
                let expected = format!("layers that make at most {MOST} weights and biases together");
                Err(Error::param("layers", parameters, expected))
            }
        }
    }
}

/// A network under construction.
struct Build<F: Scalar> {
    chain: Option<Chain<F>>,
    /// What leaves the last layer: `[maps, rows, columns]`, or `[units]` after a dense one.
    shape: Vec<usize>,
    /// Numbers that all layers so far make of an image.
    numbers: usize,
    /// Layers so far that LeCun's names count.
    count: usize,
    /// The last of their names.
    last: String,
}

impl<F: Scalar> Build<F> {
    fn units(&self) -> usize {
        self.shape.iter().product()
    }

    fn push(&mut self, name: &str, layer: impl Layer<F> + 'static) {
        self.numbers = self.numbers.saturating_add(layer.outputs());
        self.chain = Some(match self.chain.take() {
            None => Chain::new(name, layer),
            Some(chain) => chain.then(name, layer),
        });
    }

    /// What is wrong with a layer of the list.
    fn refused(&self, name: &str, spec: impl std::fmt::Display, expected: String) -> Error {
        Error::param("layers", spec, format!("for layer {name}: {expected}"))
    }

    /// That the layers up to this one do not make more numbers of an image than there is room for.
    fn check_numbers(&self, name: &str, spec: &impl std::fmt::Display) -> Result<()> {
        if self.numbers <= MOST_NUMBERS {
            return Ok(());
        }
        let expected = format!("at most {MOST_NUMBERS} numbers of an image in it and the layers before it");
        Err(self.refused(name, spec, expected))
    }

    /// The maps that a layer needs before it.
    fn maps(&self, name: &str, spec: &LayerSpec) -> Result<[usize; 3]> {
        <[usize; 3]>::try_from(self.shape.as_slice()).map_err(|_| {
            self.refused(name, spec, format!("maps before it, but there are {} units without places", self.units()))
        })
    }

    /// The name of what goes with the layer before it.
    fn after_last(&self, what: &str) -> String {
        if self.last.is_empty() { what.to_owned() } else { format!("{}_{what}", self.last) }
    }

    /// With one layer more.
    fn add(&mut self, spec: &LayerSpec) -> Result<()> {
        let name = match spec.letter() {
            Some(letter) => {
                self.count += 1;
                self.last = format!("{letter}{}", self.count);
                self.last.clone()
            }
            None => match spec {
                LayerSpec::Dropout(_) => self.after_last("dropout"),
                other => self.after_last(&other.to_string()),
            },
        };
        let refused = |build: &Self, expected| build.refused(&name, spec, expected);
        match spec {
            LayerSpec::Conv { maps, kernel, stride, padding, table } => {
                let input = self.maps(&name, spec)?;
                let weights = [input[0], *maps, kernel[0], kernel[1]].into_iter().fold(1, usize::saturating_mul);
                let padded = [input[1], input[2]].map(|size| size + 2 * padding);
                let places = [input[0].max(*maps), padded[0], padded[1]].into_iter().fold(1, usize::saturating_mul);
                if MOST < weights.max(places) {
                    return Err(refused(self, format!("at most {MOST} weights and places")));
                }
                let conv = Conv2d::new(input, *maps, *kernel, *stride, *padding, table);
                let conv = conv.map_err(|expected| refused(self, expected))?;
                self.shape = conv.output().to_vec();
                self.push(&name, conv);
            }
            LayerSpec::Max { size, stride }
            | LayerSpec::Mean { size, stride }
            | LayerSpec::Subsample { size, stride } => {
                let input = self.maps(&name, spec)?;
                let pool = match spec {
                    LayerSpec::Max { .. } => Pool::max(input, *size, *stride),
                    LayerSpec::Mean { .. } => Pool::mean(input, *size, *stride),
                    _ => Pool::subsample(input, *size, *stride),
                };
                let pool = pool.map_err(|expected| refused(self, expected))?;
                self.shape = pool.output().to_vec();
                self.push(&name, pool);
            }
            LayerSpec::Dense { units } => {
                let inputs = self.units();
                if MOST < inputs.saturating_mul(*units) {
                    return Err(refused(self, format!("at most {MOST} weights")));
                }
                self.shape = vec![*units];
                self.push(&name, Dense::new(inputs, *units));
            }
            LayerSpec::Activation(activation) => self.push(&name, Activate::new(*activation, self.units())),
            LayerSpec::Dropout(rate) => self.push(&name, Dropout::new(*rate, self.units())?),
        }
        self.check_numbers(&name, spec)
    }
}

impl<F: Scalar> Online<F> for Cnn<F> {
    /// One pass over these samples in the given order. The scaling stays as it was learned at first.
    ///
    /// # Errors
    /// Those of [`Fit::fit_with`]; the model is then what it was before.
    fn partial_fit(&mut self, data: &Dataset<'_, F>) -> Result<()> {
        self.network.partial_fit(data, &self.params.training_in_force())
    }
}
