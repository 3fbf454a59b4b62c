//! `nn inspect`: what a saved model holds.

use crate::args::InspectArgs;
use crate::models::{EPOCHS, passes};
use crate::output::{self, faint, number, strong};
use crate::saved::{self, Saved};
use crate::words::list;
use anyhow::Result;
use nn_core::params::as_typed;
use nn_core::{LayerFacts, ModelFile, Recipe, Scalar, Schema};
use serde::Serialize;
use serde_json::Value;
use std::path::Path;

/// What is told; the fields of `--json`, in their order.
#[derive(Debug, Serialize)]
struct Content<'a> {
    kind: &'a str,
    precision: &'static str,
    params: Value,
    features: Vec<String>,
    targets: Vec<&'a str>,
    /// The column that says which sequence a row is of, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<&'a str>,
    classes: &'a [String],
    /// Absent where parts of a stream are counted too.
    #[serde(skip_serializing_if = "Option::is_none")]
    epochs: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    epochs_and_parts: Option<usize>,
    /// Absent of a checkpoint, which is written before it is known why training will end.
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<&'static str>,
    losses: &'a [f64],
    validation_losses: &'a [f64],
    arrays: Vec<Array<'a>>,
    /// Absent where the model is not made of layers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    layers: Vec<Layer>,
    /// What its user should know of how training went.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remarks: Vec<String>,
}

/// A layer, from the inputs to the outputs.
#[derive(Debug, Serialize)]
struct Layer {
    name: String,
    shape: Vec<usize>,
    parameters: usize,
    connections: usize,
}

/// An array and its shape, the last axis running fastest.
#[derive(Debug, Serialize)]
struct Array<'a> {
    name: &'a str,
    shape: &'a [usize],
}

/// Reads the model and tells what is in it.
pub(super) fn run(args: &InspectArgs) -> Result<()> {
    let file = saved::read(&args.model)?;
    let no_names = Schema::default();
    let mut content = Content::of(&file, file.schema.as_ref().unwrap_or(&no_names))?;
    match file.checkpoint_of() {
        Some(_) => content.remarks.push("a checkpoint, which nn train --resume continues".to_owned()),
        None => {
            let (recipe, layers, remarks, passes) = in_float!(file.precision, of_model(&file, &args.model))?;
            (content.params, content.layers, content.remarks) = (recipe.settings.into(), layers, remarks);
            if passes != EPOCHS {
                content.epochs_and_parts = content.epochs.take();
            }
        }
    }
    if args.json {
        return output::print_json(&content);
    }
    let notes: String = content.remarks.iter().map(|remark| format!("note: {remark}\n")).collect();
    let gap = if notes.is_empty() { "" } else { "\n" };
    output::print(&(content.tables() + gap + &notes))
}

/// What the model itself has to tell: its settings, its layers, remarks, and what its losses are those of.
fn of_model<F: Scalar>(file: &ModelFile, path: &Path) -> Result<(Recipe, Vec<Layer>, Vec<String>, &'static str)> {
    let trained = Saved::<F>::new(file, path)?.trained;
    let layer = |facts: LayerFacts| {
        let LayerFacts { name, shape, parameters, connections } = facts;
        Layer { name, shape, parameters, connections }
    };
    let layers = trained.layers().into_iter().map(layer).collect();
    Ok((trained.recipe(), layers, trained.remarks(), passes(&*trained)))
}

impl<'a> Content<'a> {
    fn of(file: &'a ModelFile, schema: &'a Schema) -> Result<Self> {
        let (params, stopped) = match file.checkpoint_of() {
            Some(Recipe { model, mut settings }) => {
                settings.insert("model".to_owned(), model.into());
                (settings.into(), None)
            }
            // A model's are told by the model.
            None => (Value::Null, Some(file.history.stopped.name())),
        };
        Ok(Self {
            kind: &file.kind,
            precision: file.precision.name(),
            params,
            features: schema.feature_names(),
            targets: schema.targets.iter().map(|target| target.name.as_str()).collect(),
            sequence: schema.sequence.as_deref(),
            classes: schema.class_names(),
            epochs: Some(file.history.losses.len()),
            epochs_and_parts: None,
            stopped,
            losses: &file.history.losses,
            validation_losses: &file.history.validation_losses,
            arrays: file.arrays.iter().map(|(name, shape)| Array { name, shape }).collect(),
            layers: Vec::new(),
            remarks: Vec::new(),
        })
    }

    /// The content for a reader.
    fn tables(&self) -> String {
        let mut facts = vec![("kind", self.kind.to_owned()), ("float", self.precision.to_owned())];
        let mut names = |what: &'static str, names: &[String]| {
            if !names.is_empty() {
                facts.push((what, format!("{} {}", names.len(), faint(&format!("({})", list(names))))));
            }
        };
        names("features", &self.features);
        names("targets", &self.targets.iter().map(|&name| name.to_owned()).collect::<Vec<_>>());
        names("classes", self.classes);
        if let Some(sequence) = self.sequence {
            facts.push(("sequence", sequence.to_owned()));
        }
        let why = self.stopped.map_or_else(|| "so far".to_owned(), |why| format!("stopped: {why}"));
        for (what, count) in [(EPOCHS, self.epochs), ("epochs and parts", self.epochs_and_parts)] {
            facts.extend(count.map(|count| (what, format!("{count} {}", faint(&format!("({why})"))))));
        }
        for (what, losses) in [("loss", self.losses), ("validation", self.validation_losses)] {
            if let [first, .., last] = losses {
                facts.push((what, format!("{} at first, {} in the end", number(*first), number(*last))));
            }
        }
        let mut text = output::facts(&facts);

        if let Value::Object(params) = &self.params {
            let params: Vec<(&str, String)> =
                params.iter().map(|(name, value)| (name.as_str(), as_typed(value))).collect();
            text += &format!("\n{}\n{}", strong("settings"), indented(&params));
        }
        if !self.layers.is_empty() {
            text += &format!("\n{}\n{}", strong("layers"), self.layer_table());
        }
        let arrays: Vec<(&str, String)> = self.arrays.iter().map(|array| (array.name, shape(array.shape))).collect();
        text += &format!("\n{}\n{}", strong("arrays"), indented(&arrays));
        text
    }
}

impl Content<'_> {
    /// A line a layer, and one for all of them.
    fn layer_table(&self) -> String {
        let total = |count: fn(&Layer) -> usize| self.layers.iter().map(count).sum::<usize>();
        let sum = Layer {
            name: "together".to_owned(),
            shape: Vec::new(),
            parameters: total(|layer| layer.parameters),
            connections: total(|layer| layer.connections),
        };
        let cells = |layer: &Layer| {
            [layer.name.clone(), shape(&layer.shape), layer.parameters.to_string(), layer.connections.to_string()]
        };
        let heads = ["", "leaves it as", "parameters", "connections"].map(str::to_owned);
        let rows: Vec<[String; 4]> =
            std::iter::once(heads).chain(self.layers.iter().chain([&sum]).map(cells)).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let [names, shapes, parameters, connections] = [0, 1, 2, 3].map(width);
        let line = |row: &[String; 4]| {
            let [name, shape, own, met] = row;
            format!("  {name:names$}  {shape:>shapes$}  {own:>parameters$}  {met:>connections$}\n")
        };
        rows.iter().map(line).collect()
    }
}

/// `10 x 64`.
fn shape(shape: &[usize]) -> String {
    shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(" x ")
}

fn indented(lines: &[(&str, String)]) -> String {
    let width = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    lines.iter().map(|(name, value)| format!("  {name:width$}  {value}\n")).collect()
}
