//! The data of `nn train` and `nn tune`: read, checked, and what there is to say about them.

use super::FEWEST_TO_CUT;
use crate::args::LessonArgs;
use crate::data::columns;
use crate::data::roles::{Truth, Wishes};
use crate::data::table::{Cells, Gaps, Table, quoted};
use crate::data::{STANDARD_INPUT, Source};
use crate::output;
use crate::settings::Settings;
use anyhow::{Result, bail};
use nn_core::{Entry, Image, Learns, OwnedDataset, Scalar, Schema};

/// The data of a training or a search, read and checked, but not yet numbers of a float.
pub(super) struct Material {
    pub(super) table: Table,
    pub(super) schema: Schema,
    /// The shape of its images, where they hold it.
    pub(super) image: Option<Image>,
    /// The data of `--test`.
    pub(super) test: Option<Table>,
    /// Sequences that do not belong to the data.
    pub(super) strangers: Option<Table>,
}

impl Material {
    /// Reads `--data` and `--test`.
    pub(super) fn read(args: &LessonArgs, test: Option<&str>, entry: &Entry, gaps: [Gaps; 2]) -> Result<Self> {
        check_inputs(args, test)?;
        Self::of(Source::open(&args.data)?, args, test, entry, gaps)
    }

    /// Reads a `source`, the data or a part of them, and `--test`.
    pub(super) fn of(
        mut source: Source,
        args: &LessonArgs,
        test: Option<&str>,
        entry: &Entry,
        [gaps, label_gaps]: [Gaps; 2],
    ) -> Result<Self> {
        if args.sequence.is_some() && entry.learns != Learns::Sequences {
            bail!("{} knows no sequences, so --sequence means nothing to it", entry.name);
        }
        let strangers = source.strangers()?;
        let wishes = Wishes {
            target: args.target.as_deref(),
            ignore: &args.ignore,
            sequence: args.sequence.as_deref(),
            task: args.task,
            gaps,
            label_gaps,
        };
        let (roles, table, schema) = source.read_new(wishes, entry.learns)?;
        let image = schema.image.filter(|_| source.holds_images());
        let (inputs, targets) = (roles.inputs.len(), roles.targets.len());
        warn_of_identifiers(&table, inputs);
        warn_of_commas(&table, inputs + targets);
        warn_of_axes(&source.name, image);
        let read_test =
            |test| Source::open(test)?.read_known(&schema, None, Truth::to_measure(entry.learns), [gaps, label_gaps]);
        let test = test.map(read_test).transpose()?;
        let known = |source: Source| source.read_known(&schema, None, Truth::Needed, [gaps, label_gaps]);
        let strangers = strangers.filter(|_| entry.learns == Learns::Sequences).map(known).transpose()?;
        Ok(Self { table, schema, image, test, strangers })
    }

    /// Tells of columns that are taken for what they may not be meant for.
    pub(super) fn tell(&self, entry: &Entry, is_stream: bool) {
        let Self { table, schema, .. } = self;
        if entry.learns == Learns::Inputs && schema.targets.is_empty() && schema.image.is_none() {
            tell_of_labels(table);
        }
        // Of a stream each part is a sequence of its own.
        if entry.learns == Learns::Sequences && schema.sequence.is_none() && !schema.is_series() && !is_stream {
            output::note(format_args!(
                "note: {}: its rows are one sequence, in their order; --sequence COLUMN tells of several",
                table.name
            ));
        }
    }

    /// The rows without a target, and their samples, which a model may learn from all the same.
    pub(super) fn unlabelled<F: Scalar>(
        &self,
        settings: &Settings,
        quiet: bool,
    ) -> Result<(Vec<usize>, Option<OwnedDataset<F>>)> {
        let Self { table, schema, .. } = self;
        let without = columns::unlabelled_rows(table, schema);
        if without.is_empty() {
            return Ok((without, None));
        }
        if !quiet {
            output::note(format_args!(
                "note: {}: {} samples have no target, and are {}",
                table.name,
                without.len(),
                if settings.learns_without_targets() { "learned from without one" } else { "passed over" }
            ));
        }
        let samples = columns::unlabelled::<F>(table, schema, &without)?;
        Ok((without, Some(samples)))
    }
}

/// That no input is to be read twice.
pub(super) fn check_inputs(args: &LessonArgs, test: Option<&str>) -> Result<()> {
    if args.data == STANDARD_INPUT && test == Some(STANDARD_INPUT) {
        bail!("standard input can be read once, but --data and --test both name it");
    }
    Ok(())
}

/// A name that is another in every row tells a model nothing, and each makes an input of its own.
fn warn_of_identifiers(table: &Table, inputs: usize) {
    for column in &table.columns[..inputs] {
        if let Cells::Names(names) = &column.cells
            && FEWEST_TO_CUT <= table.rows()
            && names.names.len() == table.rows()
            && columns::number_with_comma(column).is_none()
        {
            let name = &column.name;
            output::note(format_args!(
                "warning: {}: column {name} has another name in every row and makes {} inputs; --ignore {name} leaves it out",
                table.name,
                table.rows()
            ));
        }
    }
}

/// Numbers with commas in them are read as names, each of which makes an input or a class.
fn warn_of_commas(table: &Table, inputs_and_targets: usize) {
    for column in &table.columns[..inputs_and_targets] {
        if let Some(cell) = columns::number_with_comma(column) {
            output::note(format_args!(
                "warning: {}: column {}: {} is read as a name, and so are all its cells; numbers have a point and no comma",
                table.name,
                column.name,
                quoted(cell)
            ));
        }
    }
}

/// A last column of names is what other models learn, and a map may be shown, and so is one of a few whole numbers beside others that
/// are more than that; as an input it shapes the map.
fn tell_of_labels(table: &Table) {
    let Some((last, others)) = table.columns.split_last().filter(|(_, others)| !others.is_empty()) else { return };
    let holds = match &last.cells {
        Cells::Names(_) if columns::number_with_comma(last).is_none() => "names",
        _ if columns::looks_like_classes(last) && !others.iter().any(columns::looks_like_classes) => {
            "a few whole numbers"
        }
        _ => return,
    };
    let name = &last.name;
    output::note(format_args!(
        "note: {}: column {name} holds {holds} and is an input; --target {name} makes it a label, which is shown but not learned \
         from",
        table.name
    ));
}

/// An array of images whose channels come last is one of narrow images with many channels, by the order of its axes.
fn warn_of_axes(data: &str, image: Option<Image>) {
    if let Some(Image { channels, rows, columns }) = image
        && 4 < channels.min(rows)
        && matches!(columns, 1 | 3 | 4)
    {
        output::note(format_args!(
            "warning: {data}: {channels} channels of {rows} rows and {columns} columns, as its axes are samples, channels, \
             rows and columns; of images with their channels last, numpy's transpose(0, 3, 1, 2) makes such"
        ));
    }
}

/// Numbers that are large beside their differences, such as seconds since 1970, lose these in 32 bits.
pub(super) fn warn_of_rounding(table: &Table, schema: &Schema) {
    let known = schema.inputs.iter().chain(&schema.targets);
    for (column, _) in table.columns.iter().zip(known).filter(|(_, known)| known.categories.is_empty()) {
        if columns::collapses(column) {
            output::note(format_args!(
                "warning: {}: column {}: its values differ too little for 32 bits; --precision f64 keeps them",
                table.name, column.name
            ));
        }
    }
}
