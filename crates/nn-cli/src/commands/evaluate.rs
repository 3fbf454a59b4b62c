//! `nn evaluate`: how good a saved model is on data whose target is known.

use super::environment;
use super::saved::{self, Saved};
use crate::args::EvaluateArgs;
use crate::output::{self, Object};
use anyhow::Result;
use nn_core::{Measures, ModelFile, Scalar};

/// Reads the model and the data, and tells the measures.
pub(super) fn run(args: &EvaluateArgs) -> Result<()> {
    let file = saved::read(&args.model)?;
    let measures = environment::with_threads(None, || in_float!(file.precision, measure(args, &file)))?;
    if args.json {
        output::print_json(&Object(measures))
    } else {
        output::print(&output::measures(&[("value", &measures)]))
    }
}

fn measure<F: Scalar>(args: &EvaluateArgs, file: &ModelFile) -> Result<Measures> {
    let saved = Saved::<F>::new(file, &args.model)?;
    let question = saved.ask(&args.data, args.target.as_deref(), true)?;
    saved.trained.evaluate(&question.samples.view()).map_err(|error| question.locate(error))
}
