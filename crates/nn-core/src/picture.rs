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
    /// Samples, or what is made of them, in rows: images where samples are images.
    Samples {
        /// What they are: `reconstructions`.
        title: String,
        /// How to read them, in a sentence or more.
        text: String,
        /// What a row is, and its samples in the units of the data: features × samples.
        rows: Vec<(String, DMatrix<f64>)>,
    },
    /// How often numbers are how large.
    Histogram {
        /// What they are: `hidden probabilities`.
        title: String,
        /// How to read it, in a sentence or more.
        text: String,
        /// What the numbers are, and what is counted.
        names: [String; 2],
        /// The numbers.
        values: Vec<f64>,
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
    /// What units have learned, in words.
    Rules {
        /// What they are: `categories as rules`.
        title: String,
        /// How to read them, in a sentence or more.
        text: String,
        /// One a unit.
        rules: Vec<IfThen>,
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
    /// A network that has grown unit by unit, each fed by all that came before.
    Cascade {
        /// What it is: `the cascade`.
        title: String,
        /// (bias, features, hidden units) × (hidden units, outputs); 0 where there is no connection.
        weights: DMatrix<f64>,
        /// How many hidden units there are.
        units: usize,
        /// What each of them makes of the sum of its inputs.
        kinds: Vec<String>,
        /// The loss without hidden units, with the first, and so on.
        losses: Vec<f64>,
    },
    /// The answer over the plane of two features, as it was with each number of units.
    Surfaces {
        /// What they are: `the answer as units came`.
        title: String,
        /// Points along a side.
        side: usize,
        /// How many units there were, and what was answered, row by row from above; 0 is in the middle.
        planes: Vec<(usize, Vec<f64>)>,
        /// Samples: how far to the right and upwards from 0 to 1, and what is to be answered there, as in the planes.
        samples: Vec<([f64; 2], f64)>,
    },
}

/// If these features lie between these numbers, then this class, or targets between these.
#[derive(Clone, Debug, PartialEq)]
pub struct IfThen {
    /// The unit that says it, counted from 0.
    pub unit: usize,
    /// Features by their number, with the least and the greatest value of each; features that say nothing are left out.
    pub conditions: Vec<(usize, [f64; 2])>,
    /// The class.
    pub class: Option<u32>,
    /// The least and the greatest value of each target; empty where there are none.
    pub values: Vec<[f64; 2]>,
    /// What the samples weigh that fulfil the conditions.
    pub support: f64,
    /// The share of these for which it is true.
    pub confidence: f64,
}

impl IfThen {
    /// The rule in words: `if 1 <= length <= 2 and width = 3 then short`, numbers with four digits.
    pub fn text(
        &self,
        feature: impl Fn(usize) -> String,
        class: impl Fn(usize) -> String,
        target: impl Fn(usize) -> String,
    ) -> String {
        let conditions: Vec<String> = self.conditions.iter().map(|&(i, side)| between(side, &feature(i))).collect();
        let values: Vec<String> = self.values.iter().enumerate().map(|(k, &side)| between(side, &target(k))).collect();
        let mut rule = match conditions.is_empty() {
            true => "always".to_owned(),
            false => format!("if {}", conditions.join(" and ")),
        };
        if let Some(own) = self.class {
            rule += &format!(" then {}", class(own as usize));
        }
        if !values.is_empty() {
            rule += &format!(" then {}", values.join(" and "));
        }
        rule
    }
}

/// `low <= name <= high`, or what it is if there is one value only.
fn between([low, high]: [f64; 2], name: &str) -> String {
    match low == high {
        true => format!("{name} = {}", short(low)),
        false => format!("{} <= {name} <= {}", short(low), short(high)),
    }
}

/// A number with four digits.
fn short(number: f64) -> String {
    let size = number.abs();
    if number != 0.0 && !(1e-3..1e6).contains(&size) {
        return format!("{number:.3e}");
    }
    let digits = if size < 1.0 { 4 } else { 3_i32.saturating_sub(size.log10() as i32).max(0) as usize };
    let text = format!("{number:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
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
