//! `nn evaluate`: how good a saved model is on data whose target is known.

use super::environment;
use super::saved::{self, Saved};
use crate::args::EvaluateArgs;
use crate::output;
use anyhow::Result;
use nn_core::{Measures, ModelFile, Precision, Scalar};
use serde::Serialize;

/// The measures as a JSON object.
#[derive(Debug, Serialize)]
struct Object(#[serde(serialize_with = "output::as_object")] Measures);

/// Reads the model and the data, and tells the measures.
pub(super) fn run(args: &EvaluateArgs) -> Result<()> {
    let file = saved::read(&args.model)?;
    let measures = environment::with_threads(None, || match file.precision {
        Precision::F32 => measure::<f32>(args, &file),
        Precision::F64 => measure::<f64>(args, &file),
    })?;
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
