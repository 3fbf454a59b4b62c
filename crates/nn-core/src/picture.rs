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
        /// Samples by their number, and for each: numbers of a map × maps.
        samples: Vec<(usize, DMatrix<f64>)>,
    },
    /// Something that each epoch came to.
    Course {
        /// What it is: `topographic error`.
        title: String,
        /// How to read it.
        text: String,
        /// One an epoch.
        values: Vec<f64>,
    },
    /// Units on a grid, each in a colour.
    Grid {
        /// What they are: `U-matrix`.
        title: String,
        /// How to read them, in a sentence or more.
        text: String,
        /// How the units lie.
        layout: GridLayout,
        /// Side by side, of one layout.
        planes: Vec<GridPlane>,
    },
    /// Units in the plane of two features, among samples.
    Net {
        /// What it is: `the map among the samples`.
        title: String,
        /// 2 × units.
        units: DMatrix<f64>,
        /// The pairs of units that are neighbours.
        links: Vec<(usize, usize)>,
        /// 2 × samples.
        samples: DMatrix<f64>,
        /// The class of each sample; empty where there is none.
        classes: Vec<u32>,
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
    /// Rectangles in the plane of two features that units stand for, among samples.
    Boxes {
        /// What they are: `categories`.
        title: String,
        /// How to read them, in a sentence or more.
        text: String,
        /// The lower corners, in the units of the data: 2 × boxes.
        low: DMatrix<f64>,
        /// The upper corners, as `low`.
        high: DMatrix<f64>,
        /// The class that each box stands for; empty where there is none.
        box_classes: Vec<u32>,
        /// 2 × samples.
        samples: DMatrix<f64>,
        /// The class of each sample; empty where there is none.
        classes: Vec<u32>,
    },
    /// What happens from step to step: a line for each of several things.
    Lines {
        /// What they are: `forecast against truth`.
        title: String,
        /// How to read them, in a sentence or more.
        text: String,
        /// What the steps are, and the quantity.
        names: [String; 2],
        /// Name and values of each line, from the first step on.
        lines: Vec<(String, Vec<f64>)>,
    },
    /// Points in a plane that is not that of two features.
    Points {
        /// What they are: `states by their principal components`.
        title: String,
        /// How to read them, in a sentence or more.
        text: String,
        /// What the axes are.
        names: [String; 2],
        /// 2 × points.
        points: DMatrix<f64>,
        /// The class of each point; empty where there is none.
        classes: Vec<u32>,
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

/// How units lie on a grid: row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GridLayout {
    /// Units in a row.
    pub columns: usize,
    /// Rows.
    pub rows: usize,
    /// Whether the odd rows are shifted by half a place, and the cells are hexagons.
    pub hexagonal: bool,
    /// Whether each edge meets the opposite one.
    pub torus: bool,
}

/// One colouring of the units of a grid, and what is written on it.
#[derive(Clone, Debug, PartialEq)]
pub struct GridPlane {
    /// What it is.
    pub name: PlaneName,
    /// The colour of each unit.
    pub colors: CellColors,
    /// What each unit has won: a dot whose area is its share. Empty for no dots.
    pub hits: Vec<f64>,
    /// The classes of the samples at each unit, the most frequent first. Empty for no labels.
    pub labels: Vec<Vec<u32>>,
    /// Units one after another, joined by a line.
    pub path: Vec<usize>,
}

/// What a plane is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlaneName {
    /// This; empty where the title says it all.
    Text(String),
    /// The name of a feature.
    Feature(usize),
}

/// The colours of the units of a grid.
#[derive(Clone, Debug, PartialEq)]
pub enum CellColors {
    /// A number each, on one scale.
    Scale(Vec<f64>),
    /// A group each.
    Groups(Vec<usize>),
}
