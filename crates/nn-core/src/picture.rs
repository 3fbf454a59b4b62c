//! What a trained model has to show of itself: numbers, which the command draws.

use crate::Image;
use nalgebra::DMatrix;

/// Something to draw. A model that has more to show than these adds its kind here, and nn-cli the drawing of it.
/// It is exhaustive, so that a kind without its drawing does not compile.
#[derive(Clone, Debug, PartialEq)]
pub enum Picture {
    /// What weights units give to the features: images where the samples are images.
    Weights {
        /// What they are: `weights of the first hidden layer`.
        title: String,
        /// features × units.
        weights: DMatrix<f64>,
        /// Whether the units stand for the classes, in their order.
        by_class: bool,
    },
    /// Windows of weights that units look at their inputs through.
    Filters {
        /// What they are: `filters of layer c1`.
        title: String,
        /// Their shape, a channel for each map they look at.
        image: Image,
        /// numbers of a filter × filters.
        filters: DMatrix<f64>,
    },
    /// What is made of some samples: for each of them small images side by side.
    Maps {
        /// What they are: `maps of layer c1`.
        title: String,
        /// The shape of each, of one channel.
        image: Image,
        /// For each sample: numbers of a map × maps.
        samples: Vec<DMatrix<f64>>,
    },
    /// Places among the samples that units stand for.
    Places {
        /// What they are: `centres`.
        title: String,
        /// In the units of the data: features × units.
        places: DMatrix<f64>,
        /// How far each reaches along each feature, in the same units; as `places`, or empty where they have no reach.
        reaches: DMatrix<f64>,
    },
    /// A quantity over another of which one value was chosen.
    Choice {
        /// What it is: `leave-one-out error over ridge`.
        title: String,
        /// How to read it, a sentence or two.
        text: String,
        /// What was chosen, and what it was chosen by.
        names: [String; 2],
        /// Values that were tried, all above 0 and rising, with what each led to.
        points: Vec<(f64, f64)>,
        /// The one that was chosen.
        chosen: f64,
    },
}
