//! The settings of a convolutional network, and the networks that are ready.

use crate::{Distortion, Framing, LayerSpec, Table};
use nn_core::params::LazyRecipe;
use nn_core::{
    Activation, BatchSize, ClassWeight, Error, Image, Init, Loss, Result, Rule, Scaling, ScheduleKind, Task, Training,
};

nn_core::choices! {
    /// Networks that are ready.
    pub enum Variant {
        /// Two convolutions of 3x3, a pooling, and one dense layer: for images of any size, small ones included.
        Small = "small",
        /// LeNet-5 as it is built today: relu, the largest of each window, all maps joined, softmax.
        Lenet5 = "lenet5",
        /// LeNet-5 as printed in 1998: trainable sampling, the third layer's table of connections, 1.7159 tanh(2x/3), RBF
        /// outputs, the paper's loss and its step for each weight. The paper makes 20 passes (`epochs`).
        Lenet5Of1998 = "lenet5_1998",
    }
}

nn_core::choices! {
    /// The units that answer.
    pub enum Output {
        /// Sums of everything before them.
        Dense = "dense",
        /// Distances from fixed codes of the classes; see [`RbfOutput`](crate::RbfOutput).
        Rbf = "rbf",
    }
}

nn_core::choices! {
    /// How pixels are scaled, all of a channel alike.
    pub enum PixelScaling {
        /// Not at all.
        None = "none",
        /// To mean 0 and standard deviation 1.
        Standard = "standard",
        /// To the range from 0 to 1.
        MinMax = "min-max",
        /// To the range from -0.1 to 1.175, which brings images of ink on paper to mean 0 and variance 1, roughly. LeCun and
        /// others 1998, section III.A.
        Lenet5 = "lenet5",
    }
}

nn_core::params! {
    /// Settings of a convolutional network: plain data, each field with a setter of its name.
    pub struct CnnParams: "cnn" {
        /// A network that is ready; what is `auto` below is its.
        variant: Variant = Variant::Small, ..;
        /// The layers between the image and the output units, joined by -; `auto` is those of the variant.
        layers: Option<Vec<LayerSpec>> = None, ..;
        /// The units that answer; `auto` is rbf for lenet5_1998 and dense for the others.
        output: Option<Output> = None, ..;
        /// Rows and columns of the images, and channels if not 1; `auto` is what the data say, else a square.
        image: Option<Image> = None, ..;
        /// Rows and columns that the network takes, whatever the images have; `auto` is 32x32 for LeNet-5, and for the others the images' own, which small rounds up to even ones.
        input: Option<Image> = None, ..;
        /// How images become as large as the input; `auto` pads those that fit into it and are more than half as large, and resizes the others.
        framing: Option<Framing> = None, ..;
        /// How pixels are scaled; learned from the training samples and kept with the model. `auto` is lenet5 for lenet5_1998 and standard for the others.
        scaling: Option<PixelScaling> = None, ..;
        /// Pixels of the input by which an image is shifted at most at each step of training, along each side, drawn anew each time.
        shift: f64 = 0.0, 0.0..=1000.0;
        /// Degrees by which it is turned at most, either way.
        rotation: f64 = 0.0, 0.0..=180.0;
        /// Share by which it grows or shrinks at most.
        zoom: f64 = 0.0, 0.0..=0.9;
        /// What the outputs are judged by; `auto` is cross-entropy for classes (maximum-a-posteriori with rbf) and squared error for quantities.
        loss: Option<Loss> = None, ..;
        /// Start of the weights; `auto` is lecun for lenet5_1998 and he for the others.
        init: Option<Init> = None, ..;
        /// Scale of the start: half the width of uniform, the deviation of normal, the factor of nguyen-widrow; `auto` is 0.5, 0.01 and 0.7.
        init_scale: Option<f64> = None, nn_core::params::Range::above(0.0);
        /// Whether rare classes count more: `balanced` weighs a class by samples / (classes x samples of the class).
        class_weight: ClassWeight = ClassWeight::None, ..;
        /// How quantities to be learned are scaled; answers come back in their own units.
        target_scaling: Scaling = Scaling::Standard, ..;
    }
    training {
        epochs: 30,
        batch_size: "32, and 1 with variant=lenet5_1998," => BatchSize::Count(32),
        optimizer: "adam, and diagonal with variant=lenet5_1998" => Rule::Adam,
        schedule: "cosine" => ScheduleKind::Cosine,
    }
}

/// The steps of the paper: the rates of its twenty passes. LeCun and others 1998, section III.B.
const RATES_OF_1998: [f64; 13] = [5e-4, 5e-4, 2e-4, 2e-4, 2e-4, 1e-4, 1e-4, 1e-4, 5e-5, 5e-5, 5e-5, 5e-5, 1e-5];

impl CnnParams {
    /// LeNet-5 as it is built today.
    pub fn lenet5() -> Self {
        Self::default().variant(Variant::Lenet5)
    }

    /// LeNet-5 as printed in 1998, and its twenty passes.
    pub fn lenet5_1998() -> Self {
        Self::default().variant(Variant::Lenet5Of1998).epochs(20)
    }

    fn is_of_1998(&self) -> bool {
        self.variant == Variant::Lenet5Of1998
    }

    /// The layers in force, for images of such a shape and the output units left out.
    pub(crate) fn layers_in_force(&self) -> Vec<LayerSpec> {
        if let Some(layers) = &self.layers {
            return layers.clone();
        }
        let (relu, tanh) = (Activation::Relu.into(), LayerSpec::from(Activation::ScaledTanh));
        match self.variant {
            Variant::Small => vec![
                LayerSpec::conv(16, 3).padded(1),
                Activation::Relu.into(),
                LayerSpec::conv(32, 3).padded(1),
                Activation::Relu.into(),
                LayerSpec::max(2),
                LayerSpec::Dropout(0.25),
                LayerSpec::dense(64),
                relu,
            ],
            Variant::Lenet5 => vec![
                LayerSpec::conv(6, 5),
                Activation::Relu.into(),
                LayerSpec::max(2),
                LayerSpec::conv(16, 5),
                Activation::Relu.into(),
                LayerSpec::max(2),
                LayerSpec::dense(120),
                Activation::Relu.into(),
                LayerSpec::dense(84),
                relu,
            ],
            Variant::Lenet5Of1998 => vec![
                LayerSpec::conv(6, 5),
                tanh.clone(),
                LayerSpec::subsample(2),
                tanh.clone(),
                LayerSpec::conv(16, 5).joined(Table::Lenet5),
                tanh.clone(),
                LayerSpec::subsample(2),
                tanh.clone(),
                LayerSpec::conv(120, 5),
                tanh.clone(),
                LayerSpec::dense(84),
                tanh,
            ],
        }
    }

    /// The output units in force.
    pub(crate) fn output_in_force(&self) -> Output {
        self.output.unwrap_or(if self.is_of_1998() { Output::Rbf } else { Output::Dense })
    }

    /// The loss in force.
    pub(crate) fn loss_in_force(&self, task: Task) -> Result<Loss> {
        let rbf = self.output_in_force() == Output::Rbf;
        let classes = matches!(task, Task::Classes(_));
        if rbf && !classes {
            return Err(Error::param("output", Output::Rbf, "dense where quantities are learned"));
        }
        let loss = task.loss(self.loss.or(rbf.then_some(Loss::MaximumAPosteriori)))?;
        if rbf && !matches!(loss, Loss::MaximumAPosteriori | Loss::CrossEntropy) {
            return Err(Error::param("loss", loss, "maximum-a-posteriori or cross-entropy with output=rbf"));
        }
        Ok(loss)
    }

    /// The scaling of pixels in force.
    pub(crate) fn scaling_in_force(&self) -> PixelScaling {
        self.scaling.unwrap_or(if self.is_of_1998() { PixelScaling::Lenet5 } else { PixelScaling::Standard })
    }

    /// The start in force.
    ///
    /// The paper's own for 1998, `U(-a, a)` with `a = 2.4 / inputs`, leaves so little of an image after five layers that the
    /// curvature measured before the first pass is a thousand times too small, and the first steps as much too large: of two
    /// seeds tried both ran away. The start that the same authors recommend elsewhere in that year keeps sums at variance 1.
    pub(crate) fn init_in_force(&self) -> Init {
        self.init.unwrap_or(if self.is_of_1998() { Init::LeCun } else { Init::He })
    }

    /// The shape of an image of so many features.
    pub(crate) fn image_of(&self, features: usize) -> Result<Image> {
        match self.image {
            Some(image) if image.numbers() == features => Ok(image),
            Some(image) => {
                let expected = format!("rows x columns x channels that make {features} features");
                Err(Error::param("image", image, expected))
            }
            None => {
                let side = features.isqrt();
                if side * side == features && 0 < side {
                    return Ok(Image::grey(side, side));
                }
                let expected =
                    format!("rows x columns x channels, as {features} features are no square image of one channel");
                Err(Error::param("image", "auto", expected))
            }
        }
    }

    /// Rows and columns that the network takes of such images.
    pub(crate) fn input_of(&self, image: Image) -> Result<[usize; 2]> {
        match (self.input, &self.layers, self.variant) {
            (Some(input), ..) if input.channels != 1 && input.channels != image.channels => {
                let expected = format!("rows x columns, as the images have their {} channels", image.channels);
                Err(Error::param("input", input, expected))
            }
            (Some(input), ..) => Ok([input.rows, input.columns]),
            (None, Some(_), _) => Ok([image.rows, image.columns]),
            (None, None, Variant::Small) => Ok([image.rows, image.columns].map(|size| size.next_multiple_of(2))),
            (None, None, Variant::Lenet5 | Variant::Lenet5Of1998) => Ok([32, 32]),
        }
    }

    /// How such images become of that size.
    pub(crate) fn framing_of(&self, image: Image, [rows, columns]: [usize; 2]) -> Framing {
        let fits = |from: usize, to: usize| from <= to && to < 2 * from;
        let usual = if fits(image.rows, rows) && fits(image.columns, columns) { Framing::Pad } else { Framing::Resize };
        self.framing.unwrap_or(usual)
    }

    /// How far images are moved while it learns.
    pub(crate) fn distortion(&self) -> Distortion {
        Distortion { shift: self.shift, rotation: self.rotation, scaling: self.zoom }
    }

    /// The rule in force, which for LeNet-5 as printed is its own.
    pub(crate) fn rule_in_force(&self) -> Rule {
        self.optimizer.unwrap_or(if self.is_of_1998() { Rule::Diagonal } else { self.rule() })
    }

    /// The settings of the training loop in force: those of the paper for LeNet-5 as printed.
    pub(crate) fn training_in_force(&self) -> Training {
        let rule = self.rule_in_force();
        // A checkpoint compares what was asked for.
        let mut training =
            Training { recipe: Some(LazyRecipe::model(self)), ..self.clone().optimizer(rule).training() };
        if rule == Rule::Diagonal && self.is_of_1998() {
            if self.learning_rate.is_none() && self.schedule_rates.is_empty() {
                training.schedule_rates = RATES_OF_1998.to_vec();
            }
            if self.batch_size.is_none() {
                training.batch_size = BatchSize::Count(1);
            }
        }
        training
    }

    /// That the settings fit together, whatever the images.
    pub(crate) fn check_together(&self) -> Result<()> {
        let rule = self.rule_in_force();
        if rule.is_minimiser() {
            // What is left to chance changes from step to step, and such a rule compares its steps.
            for (name, most) in [("shift", self.shift), ("rotation", self.rotation), ("zoom", self.zoom)] {
                if most != 0.0 {
                    return Err(Error::param(name, most, format!("0 with {rule}")));
                }
            }
            let layers = self.layers_in_force();
            if let Some(dropout) = layers.iter().find(|spec| matches!(spec, LayerSpec::Dropout(rate) if *rate != 0.0)) {
                return Err(Error::param("layers", dropout, format!("a list without dropout with {rule}")));
            }
        }
        self.clone().optimizer(rule).check_rule()
    }
}
