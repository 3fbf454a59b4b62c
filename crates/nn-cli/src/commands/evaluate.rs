//! `nn evaluate`: how good a saved model is on data whose target is known.

use crate::args::EvaluateArgs;
use crate::data::Part;
use crate::data::roles::Truth;
use crate::output::{self, Object};
use crate::saved::{self, Saved};
use crate::{environment, quality};
use anyhow::Result;
use nn_core::{ModelFile, Scalar};

/// Reads the model and the data, and tells the measures.
pub(super) fn run(args: &EvaluateArgs) -> Result<()> {
    let file = saved::read(&args.question.model)?;
    environment::with_threads(None, || in_float!(file.precision, evaluate(args, &file)))
}

fn evaluate<F: Scalar>(args: &EvaluateArgs, file: &ModelFile) -> Result<()> {
    let saved = Saved::<F>::new(file, &args.question.model)?;
    let truth = Truth::to_measure(saved.entry.learns);
    let (table, schema) = saved.read(&args.question.data, args.target.as_deref(), truth)?;
    let part = Part::new(&table, &schema, None)?;
    let strangers = saved.strangers(&args.question.data, &schema)?;
    let measures = part.judged_with(&*saved.trained, strangers.as_ref())?;
    saved.trained.remarks_of(&part.data())?.iter().for_each(|remark| output::note(format_args!("note: {remark}")));
    if args.json {
        return output::print_json(&Object(measures));
    }
    let answers = part.predict(&*saved.trained)?;
    output::print(&quality::tables(&schema, saved.trained.answer(), &answers, &part.data(), measures)?)
}
