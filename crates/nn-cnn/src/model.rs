//! What a trained convolutional network can do.

use crate::CnnParams;
use crate::train::WHO;
use nn_core::nalgebra::DMatrix;
use nn_core::{
    Answer, Arrays, Dataset, Error, History, Image, Measures, Model, Network, Objective, Online, Picture, Result, Role,
    Scalar, Task,
};

/// Images whose maps are shown.
const MOST_EXAMPLES: usize = 4;

/// A convolutional network: maps whose units look at windows of the maps before and share their weights, sampling between
/// them, and dense layers at the end.
///
/// Made by [`CnnParams::fit`](nn_core::Fit::fit).
#[derive(Clone, Debug)]
pub struct Cnn<F: Scalar = f32> {
    pub(crate) params: CnnParams,
    pub(crate) network: Network<F>,
    pub(crate) image: Image,
    /// What surrounds an image, as the network reads it.
    pub(crate) background: f64,
}

impl<F: Scalar> Cnn<F> {
    /// The most probable class of each image.
    ///
    /// # Errors
    /// Those of [`predict`](Model::predict); [`Error::Data`] where quantities were learned.
    pub fn classify(&self, data: &Dataset<'_, F>) -> Result<Vec<u32>> {
        self.network.classify(data)
    }

    /// All parameters in one slice, layer after layer; see the layers for the order of theirs.
    pub fn theta(&self) -> &[F] {
        &self.network.state.theta
    }

    /// The shape of the images it learned from.
    pub fn image(&self) -> Image {
        self.image
    }

    /// What leaves a layer, its activation applied, for each image: the features that the network has made for itself, which
    /// any simpler model may learn from. Layers are called as LeCun calls them, `c1`, `s2`, `c3`, ..., `f6`; see
    /// [`layers`](Model::layers).
    ///
    /// # Shapes
    /// (maps, rows, columns) × samples, or units × samples.
    ///
    /// # Errors
    /// Those of [`predict`](Model::predict); [`Error::Param`] for a layer that is not there.
    pub fn activations(&self, data: &Dataset<'_, F>, layer: &str) -> Result<DMatrix<F>> {
        self.network.activations(data, layer)?.ok_or_else(|| {
            let names: Vec<String> = self.layers().into_iter().map(|layer| layer.name).collect();
            Error::param("layer", layer, format!("one of {}", names.join(", ")))
        })
    }
}

impl<F: Scalar> Model<F> for Cnn<F> {
    type Params = CnnParams;

    nn_core::answers_of_network!(F);

    fn params(&self) -> &CnnParams {
        &self.params
    }

    fn online(&mut self) -> Option<&mut dyn Online<F>> {
        Some(self)
    }

    fn answer(&self) -> Answer {
        self.network.answer(true)
    }

    /// `loss` and `accuracy` for classes; `loss`, `rmse` and `r2` for quantities, in their own units.
    fn evaluate(&self, data: &Dataset<'_, F>) -> Result<Measures> {
        self.network.evaluate(data)
    }

    /// The filters of the first convolution.
    fn pictures(&self) -> Vec<Picture> {
        let spans = self.network.supervised.spans();
        let Some(span) = spans.iter().find(|span| span.name.starts_with('c') && span.role == Role::Weight) else {
            return Vec::new();
        };
        let layer = span.name.split('.').next().unwrap_or_default();
        let image = match span.shape[..] {
            [_, channels, rows, columns] => Image { channels, rows, columns },
            [_, rows, columns] => Image::grey(rows, columns),
            _ => return Vec::new(),
        };
        let weights = self.theta()[span.range.clone()].iter().map(|weight| weight.to_f64());
        let filters = DMatrix::from_iterator(image.numbers(), span.shape[0], weights);
        vec![Picture::Filters { title: format!("filters of layer {layer}"), image, filters }]
    }

    /// What leaves each layer whose maps have more than one place, for an image of each class.
    fn pictures_of(&self, data: &Dataset<'_, F>) -> Result<Vec<Picture>> {
        let mut pictures = Vec::new();
        let examples = data.examples(MOST_EXAMPLES);
        let shown = data.select(&examples)?;
        for layer in self.layers().iter().filter(|layer| is_counted(&layer.name)) {
            let [maps, rows, columns] = layer.shape[..] else { continue };
            if rows * columns < 2 {
                continue;
            }
            let answers = self.activations(&shown.view(), &layer.name)?;
            let of_sample = |(&sample, column): (&usize, usize)| {
                let numbers = answers.column(column).into_iter().map(|value| value.to_f64());
                (sample, DMatrix::from_iterator(rows * columns, maps, numbers))
            };
            let samples = examples.iter().zip(0..).map(of_sample).collect();
            let image = Image::grey(rows, columns);
            pictures.push(Picture::Maps { title: format!("maps of layer {}", layer.name), image, samples });
        }
        Ok(pictures)
    }

    fn arrays(&self) -> Arrays {
        let mut arrays = self.network.arrays();
        let Image { rows, columns, channels } = self.image;
        arrays.insert_counts("image.shape", &[rows, columns, channels]);
        arrays.insert("image.background", &[1], &[self.background]);
        arrays
    }

    fn from_arrays(params: CnnParams, history: History, arrays: &Arrays) -> Result<Self> {
        let shape = arrays.counts("image.shape", 3)?;
        let image = Image { rows: shape[0], columns: shape[1], channels: shape[2] };
        let background = arrays.numbers("image.background", 1, ..)?[0];
        let unlike = |error: Error| Error::format(format!("settings of the model: {error}"));
        nn_core::params::check_field("image", &image, &nn_core::params::Range::Any).map_err(unlike)?;
        let task = match arrays.shape("output.bias") {
            Some(&[outputs]) => Network::<F>::saved_task(arrays, outputs)?,
            // RBF units have no numbers of their own.
            _ => Task::Classes(Network::<F>::saved_classes(arrays)?),
        };
        let supervised = params.supervised(image, background, task).map_err(unlike)?;
        let network = Network::restored(WHO, task, supervised, params.rule_in_force(), history, arrays)?;
        Ok(Self { params, network, image, background })
    }
}

/// Whether a layer is one that LeCun's names count: a letter and a number.
fn is_counted(name: &str) -> bool {
    name.get(1..).is_some_and(|number| number.parse::<usize>().is_ok())
}
