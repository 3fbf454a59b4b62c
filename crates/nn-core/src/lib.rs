#![doc = include_str!("../README.md")]

// The macros name this crate from outside and from within alike.
extern crate self as nn_core;

mod activation;
mod arrays;
mod batch;
mod chain;
mod checkpoint;
mod class_weight;
mod course;
mod dataset;
mod dense;
mod descent;
mod dropout;
mod early;
pub mod entry;
mod error;
mod file;
mod image;
mod init;
mod layer;
pub mod linalg;
mod loss;
mod measures;
pub mod metrics;
pub mod minimise;
mod model;
mod network;
mod objective;
pub mod params;
mod picture;
pub mod random;
mod room;
mod rule;
mod samples;
mod scalar;
mod scaler;
mod schedule;
mod schema;
pub mod search;
pub mod split;
pub mod stationary;
mod supervised;
mod task;
pub mod testing;
mod threads;
pub mod train;
mod training;
pub mod tune;
mod write;

pub use activation::Activate;
pub use arrays::Arrays;
pub use batch::BatchSize;
pub use chain::Chain;
pub use checkpoint::{Checkpoint, CheckpointTo, Every};
pub use class_weight::ClassWeight;
pub use course::{Course, Passed, StoppingCriteria};
pub use dataset::{Dataset, MOST_CLASSES, OwnedDataset, OwnedTarget, Target};
pub use dense::Dense;
pub use descent::Penalty;
pub use dropout::Dropout;
pub use early::{Early, EarlyStopping};
pub use entry::{Entry, Learns};
pub use error::{Error, Result};
pub use file::ModelFile;
pub use image::Image;
pub use init::Init;
pub use layer::{Layer, LayerFacts, MOST_LANES, Pass, Point, Role, Span};
pub use loss::Loss;
pub use measures::{Better, Measure, Measures, better, compared};
pub use model::{Answer, Epoch, Fit, FitOptions, History, Model, Monitor, Online, Stage, Stopped, check_answers};
pub use network::{Answering, Lesson, Network};
pub use objective::{At, Cut, Objective, Shard, Sum, Sums};
pub use params::{Params, Recipe, Setting};
pub use picture::{CellColors, GridLayout, GridPlane, IfThen, Picture, PlaneName};
pub use room::check_room;
pub use rule::{Rule, Step};
pub use samples::Samples;
pub use scalar::{Precision, Scalar};
pub use scaler::{Scaler, Scaling};
pub use schedule::{Schedule, ScheduleKind};
pub use schema::{Column, Schema};
pub use supervised::Supervised;
pub use task::Task;
pub use threads::{enter, side_by_side, side_by_side_for, threads, with_threads};
pub use training::{State, Training};
pub use write::{Unfinished, check_writable, remove_leftovers, remove_unfinished, write_whole};

pub use kernels::Activation;
pub use nalgebra;
#[doc(no_inline)]
pub use nn_kernels as kernels;

/// What every model crate exports beside its own: its user imports one crate.
pub mod prelude {
    pub use crate::{
        Checkpoint, Column, Dataset, EarlyStopping, Epoch, Error, Every, Fit, FitOptions, History, LayerFacts,
        Measures, Model, ModelFile, Online, OwnedDataset, Params, Result, Scaling, Schema, Stage, Stopped, Target,
        nalgebra, split, tune, with_threads,
    };
}

#[doc(hidden)]
pub use serde;
