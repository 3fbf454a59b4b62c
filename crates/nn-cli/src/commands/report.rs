//! `nn report`: a page that shows what a saved model has learned.

use crate::args::ReportArgs;
use crate::data::Part;
use crate::data::roles::Truth;
use crate::environment;
use crate::files::Place;
use crate::models;
use crate::report::{self, Shown, Subject};
use crate::saved::{self, Saved};
use anyhow::Result;
use nn_core::{Measures, ModelFile, Scalar, Target};

/// Reads the model and the data, and writes the page.
pub(super) fn run(args: &ReportArgs) -> Result<()> {
    let file = saved::read(&args.question.model)?;
    let place = Place::claim(&args.out, args.force, report::is_report)?;
    environment::with_threads(None, || in_float!(file.precision, page(args, &file, &place)))
}

fn page<F: Scalar>(args: &ReportArgs, file: &ModelFile, place: &Place) -> Result<()> {
    let saved = Saved::<F>::new(file, &args.question.model)?;
    let (table, schema) = saved.read(&args.question.data, None, Truth::Optional)?;
    let part = Part::new(&table, &schema, None)?;
    let data = part.data();
    let measures = match data.target() {
        Target::None if Truth::to_measure(saved.entry.learns) == Truth::Needed => Measures::default(),
        _ => part.evaluate(&*saved.trained)?,
    };
    let name = report::heading(&args.question.data);
    let subject = Subject {
        title: format!("{} on {name}", file.kind),
        trained: &*saved.trained,
        facts: vec![
            ("model", file.kind.clone()),
            ("file", args.question.model.display().to_string()),
            ("data", args.question.data.clone()),
            ("samples", data.samples().to_string()),
            ("features", data.features().to_string()),
            (models::passes(&*saved.trained), file.history.losses.len().to_string()),
            ("stopped", file.history.stopped.name().to_owned()),
        ],
        shown: Shown { name, part: &part, measures },
        test: None,
    };
    report::write(&subject, place)
}
