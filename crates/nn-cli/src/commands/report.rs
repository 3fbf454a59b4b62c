//! `nn report`: a page that shows what a saved model has learned.

use crate::args::ReportArgs;
use crate::data::roles::Truth;
use crate::environment;
use crate::files::Place;
use crate::report::{self, Shown, Subject};
use crate::saved::{self, Saved};
use anyhow::Result;
use nn_core::{Measures, ModelFile, Scalar, Target};

/// Reads the model and the data, and writes the page.
pub(super) fn run(args: &ReportArgs) -> Result<()> {
    let file = saved::read(&args.model)?;
    let place = Place::claim(&args.out, args.force, report::is_report)?;
    environment::with_threads(None, || in_float!(file.precision, page(args, &file, &place)))
}

fn page<F: Scalar>(args: &ReportArgs, file: &ModelFile, place: &Place) -> Result<()> {
    let saved = Saved::<F>::new(file, &args.model)?;
    let question = saved.ask(&args.data, None, Truth::Optional)?;
    let data = question.samples.view();
    let measures = match data.target() {
        Target::None if !saved.needs_no_truth() => Measures::default(),
        _ => saved.trained.evaluate(&data).map_err(|error| question.locate(error))?,
    };
    let shown = Shown { name: report::heading(&args.data), data, table: &question.table, rows: None, measures };
    let subject = Subject {
        title: format!("{} on {}", file.kind, report::heading(&args.data)),
        trained: &*saved.trained,
        schema: &question.schema,
        facts: vec![
            ("model", file.kind.clone()),
            ("file", args.model.display().to_string()),
            ("data", args.data.clone()),
            ("samples", data.samples().to_string()),
            ("features", data.features().to_string()),
            ("epochs", file.history.losses.len().to_string()),
            ("stopped", file.history.stopped.name().to_owned()),
        ],
        parts: vec![shown],
    };
    report::write(&subject, place)
}
