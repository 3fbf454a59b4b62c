//! Columns become the rows of x and the target of a [`Dataset`](nn_core::Dataset).

use super::roles::Roles;
use super::table::{Cells, Column, MISSING, Stored, Table, quoted};
use crate::args::Task;
use crate::words::list;
use anyhow::{Result, anyhow, bail};
use nn_core::{Learns, OwnedDataset, OwnedTarget, Scalar, Schema};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// A numeric target of whole numbers is a class if it has at most so many different ones.
const MOST_WHOLE_CLASSES: usize = 20;

/// More different names than this, if they are also more than half of the rows, are identifiers and no input.
const MOST_NAMES: usize = 1000;

/// More numbers than this, 8 GB of them, are taken for a column of identifiers that became inputs by mistake.
pub(super) const MOST_NUMBERS: usize = 1 << 31;

/// Samples that are written together, so that the lines of memory they share are not fetched once a column.
const BLOCK: usize = 64;

/// A column that has at least so many steps of a float of 32 bits from its least to its greatest value keeps enough.
const FEWEST_STEPS: f64 = 1024.0;

/// What the columns of `table`, which has been read for `roles`, become for a model that `learns`.
///
/// # Errors
/// Fewer than two samples or classes for a model that learns from targets; quantities where classes are needed; an
/// input that has another name in almost every row.
pub(crate) fn schema(table: &Table, roles: &Roles, task: Option<Task>, learns: Learns) -> Result<Schema> {
    let (inputs, rest) = table.columns.split_at(roles.inputs.len());
    let (targets, sequence) = rest.split_at(roles.targets.len());
    if learns != Learns::Inputs && table.rows() < 2 {
        bail!("{}: there is only one sample, from which nothing can be learned", table.name);
    }
    for column in inputs {
        let different = names(column);
        if MOST_NAMES < different && table.rows() / 2 < different {
            let (name, rows) = (&column.name, table.rows());
            let way_out = match number_with_comma(column) {
                Some(cell) => format!("{} is no number, for these have a point and no comma", quoted(cell)),
                None => format!("--ignore {name} leaves it out"),
            };
            bail!(
                "{}: column {name}: {different} different names in {rows} rows are too many for an input; {way_out}",
                table.name
            );
        }
    }
    let is_series = matches!((inputs, targets), ([input], [target]) if input.name == target.name);
    // What comes next in a series of numbers is a number, however few there are.
    let task = if is_series { task.or(Some(Task::Regress)).filter(|_| names(&inputs[0]) == 0) } else { task };
    let inputs = inputs.iter().map(|column| nn_core::Column::categorical(&column.name, categories(column))).collect();
    let targets = match targets {
        [only] => vec![target(table, only, task, learns)?],
        several => several.iter().map(|column| nn_core::Column::numeric(&column.name)).collect(),
    };
    let sequence = sequence.first().map(|column| column.name.clone());
    Ok(Schema { inputs, targets, ignored: roles.ignored.clone(), sequence, image: None })
}

/// How many different names a column has.
fn names(column: &Column) -> usize {
    match &column.cells {
        Cells::Numbers(_) | Cells::Stored(_) => 0,
        Cells::Names(names) => names.names.len(),
    }
}

/// Whether numbers of the column become one in 32 bits that differ, and few of them are left.
pub(crate) fn collapses(column: &Column) -> bool {
    if matches!(&column.cells, Cells::Stored(Stored { array, .. }) if array.fits_in_f32()) {
        return false;
    }
    let numbers = column.cells.numbers();
    let (low, high) = numbers.iter().fold((f64::MAX, f64::MIN), |(low, high), &n| (low.min(n), high.max(n)));
    let step = f64::from(f32::EPSILON) * low.abs().max(high.abs());
    if low == high || FEWEST_STEPS * step <= high - low {
        return false;
    }
    let mut sorted = numbers.into_owned();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.windows(2).any(|pair| pair[0] != pair[1] && pair[0] as f32 == pair[1] as f32)
}

/// The names of a column of names, sorted; none for numbers.
fn categories(column: &Column) -> Vec<String> {
    match &column.cells {
        Cells::Numbers(_) | Cells::Stored(_) => Vec::new(),
        Cells::Names(names) => {
            let mut sorted = names.names.clone();
            sorted.sort_unstable();
            sorted
        }
    }
}

/// A single target: a class or a quantity.
fn target(table: &Table, column: &Column, task: Option<Task>, learns: Learns) -> Result<nn_core::Column> {
    let classes = match &column.cells {
        Cells::Names(_) => categories(column),
        _ if task == Some(Task::Regress) => Vec::new(),
        _ => {
            let different = different_numbers(column);
            let chosen = are_few_and_whole(&different) || task == Some(Task::Classify);
            if chosen { different.into_iter().map(class_name).collect() } else { Vec::new() }
        }
    };
    let place = format!("{}: column {}", table.name, column.name);
    if let (Cells::Names(_), Some(Task::Regress)) = (&column.cells, task) {
        bail!("{place}: --task regress takes numbers, and these are names");
    }
    if classes.is_empty() && learns == Learns::Classes {
        bail!("{place}: the model learns classes, and these are quantities; --task classify takes each for a class");
    }
    if let ([only], true) = (classes.as_slice(), learns != Learns::Inputs) {
        bail!("{place}: there is only one class, {}; to learn takes two or more", quoted(only));
    }
    Ok(nn_core::Column::categorical(&column.name, classes))
}

/// Whether these are numbers that would be classes in a target: two or more, all whole, and few.
pub(crate) fn looks_like_classes(column: &Column) -> bool {
    let Cells::Numbers(numbers) = &column.cells else { return false };
    let mut different = Vec::new();
    for &number in numbers.iter().filter(|number| !number.is_nan()) {
        if !different.contains(&number) {
            different.push(number);
        }
        // Of most columns the first number says it.
        if !are_few_and_whole(&different) {
            return false;
        }
    }
    1 < different.len()
}

/// The first name of a column all of whose names would be numbers but for their commas, as `1,5` and `1,000`.
pub(crate) fn number_with_comma(column: &Column) -> Option<&str> {
    let is_one = |name: &String| name.contains(',') && name.replace(',', "").parse::<f64>().is_ok();
    match &column.cells {
        Cells::Names(names) if names.names.iter().all(is_one) => names.names.first().map(String::as_str),
        _ => None,
    }
}

/// The different numbers of a column, sorted; none of names. What is missing is not one.
fn different_numbers(column: &Column) -> Vec<f64> {
    let mut sorted = column.cells.numbers().into_owned();
    sorted.retain(|number| !number.is_nan());
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.dedup();
    sorted
}

fn are_few_and_whole(different: &[f64]) -> bool {
    different.len() <= MOST_WHOLE_CLASSES && different.iter().all(|number| number.fract() == 0.0)
}

/// A number as the name of a class: `3`.
fn class_name(number: f64) -> String {
    // Zero has no sign here.
    (number + 0.0).to_string()
}

/// The columns of `table` that are targets of `schema`, or none.
fn target_columns<'a>(table: &'a Table, schema: &Schema) -> &'a [Column] {
    let end = table.columns.len() - usize::from(schema.sequence.is_some());
    &table.columns[schema.inputs.len()..end]
}

/// For each row, which sequence it is of; `None` where all rows are one.
fn sequence_codes<'a>(table: &'a Table, schema: &Schema) -> Option<Cow<'a, [u32]>> {
    schema.sequence.as_ref().and(table.columns.last()).map(|column| column.cells.codes())
}

/// The rows of `table` that are samples: all, but for those of a series after which nothing comes.
///
/// # Errors
/// A sequence whose rows do not stand together; one of a series that has a single row.
pub(crate) fn rows(table: &Table, schema: &Schema) -> Result<Vec<usize>> {
    let codes = sequence_codes(table, schema);
    if let (Some(codes), Some(column)) = (&codes, table.columns.last()) {
        let mut seen = HashSet::new();
        for row in (0..codes.len()).filter(|&row| row == 0 || codes[row] != codes[row - 1]) {
            if !seen.insert(codes[row]) {
                return Err(table.problem(
                    row,
                    &column.name,
                    "a sequence goes on here that had ended before; its rows must stand together",
                ));
            }
        }
    }
    let missing = table.gaps_in(target_columns(table, schema));
    if !missing.is_empty() && missing.iter().all(|&missing| missing) {
        bail!("{}: no row has a target, and what is learned or measured needs some that have", table.name);
    }
    let foretells = schema.is_series() && !target_columns(table, schema).is_empty();
    if !foretells {
        return Ok((0..table.rows()).filter(|&row| !missing[row]).collect());
    }
    let goes_on =
        |row: usize| row + 1 < table.rows() && codes.as_ref().is_none_or(|codes| codes[row] == codes[row + 1]);
    let begins = |row: usize| row == 0 || !goes_on(row - 1);
    if let Some(row) = (0..table.rows()).find(|&row| begins(row) && !goes_on(row)) {
        return Err(table.problem(
            row,
            &schema.inputs[0].name,
            "the sequence ends with its first row, so nothing comes next",
        ));
    }
    Ok((0..table.rows()).filter(|&row| goes_on(row)).collect())
}

/// The rows of `table` whose target is missing, which were let through by whoever read it.
pub(crate) fn unlabelled_rows(table: &Table, schema: &Schema) -> Vec<usize> {
    let missing = table.gaps_in(target_columns(table, schema));
    (0..table.rows()).filter(|&row| missing[row]).collect()
}

/// Where sequences start among these rows, where there are any.
fn starts(table: &Table, schema: &Schema, rows: &[usize]) -> Option<Vec<usize>> {
    let codes = sequence_codes(table, schema)?;
    Some((0..rows.len()).filter(|&at| at == 0 || codes[rows[at]] != codes[rows[at - 1]]).collect())
}

/// As sequences, where there are any.
fn in_sequences<F: Scalar>(data: OwnedDataset<F>, starts: Option<Vec<usize>>) -> OwnedDataset<F> {
    match starts {
        Some(starts) => data.sequences(starts),
        None => data,
    }
}

/// The samples in these `rows` of `table`, whose first columns are the inputs of `schema`, and the next its targets or nothing.
///
/// # Errors
/// A name that `schema` does not have, or a number that is too large for the float.
pub(crate) fn dataset<F: Scalar>(table: &Table, schema: &Schema, rows: &[usize]) -> Result<OwnedDataset<F>> {
    let data = inputs(table, schema, rows, targets(table, schema, rows)?)?;
    Ok(in_sequences(data, starts(table, schema, rows)))
}

/// The inputs in these `rows`, whose targets nobody knows.
///
/// # Errors
/// Those of [`dataset`] about inputs.
pub(crate) fn unlabelled<F: Scalar>(table: &Table, schema: &Schema, rows: &[usize]) -> Result<OwnedDataset<F>> {
    inputs(table, schema, rows, OwnedTarget::None)
}

/// The inputs in these `rows` with this target.
fn inputs<F: Scalar>(
    table: &Table,
    schema: &Schema,
    rows: &[usize],
    target: OwnedTarget<F>,
) -> Result<OwnedDataset<F>> {
    let features = schema.inputs.iter().map(nn_core::Column::width).sum();
    if MOST_NUMBERS / table.rows() < features {
        return Err(too_many(table, schema, features));
    }
    let mut x = Vec::new();
    x.try_reserve_exact(features * rows.len()).map_err(|_| too_many(table, schema, features))?;
    x.resize(features * rows.len(), F::ZERO);
    let mut numeric = Vec::new();
    let mut feature = 0;
    for (column, known) in table.columns.iter().zip(&schema.inputs) {
        if known.categories.is_empty() {
            numeric.push((feature, column));
        } else {
            for (sample, code) in codes(table, column, known, "name", rows)?.into_iter().enumerate() {
                let of_column = &mut x[sample * features + feature..][..known.width()];
                if code == MISSING {
                    of_column.fill(F::from_f64(f64::NAN));
                } else {
                    of_column[code as usize] = F::ONE;
                }
            }
        }
        feature += known.width();
    }
    for (rows, x) in rows.chunks(BLOCK).zip(x.chunks_mut(BLOCK * features)) {
        for (feature, column) in &numeric {
            write_numbers(table, column, rows, x, features, *feature)?;
        }
    }
    Ok(OwnedDataset::new(features, x, target))
}

/// The samples in these `rows` of `table` with their targets, but with a zero for their inputs: enough to decide on a split, which
/// looks at classes and sequences alone.
///
/// # Errors
/// Those of [`dataset`] about targets.
pub(crate) fn without_inputs<F: Scalar>(table: &Table, schema: &Schema, rows: &[usize]) -> Result<OwnedDataset<F>> {
    let data = OwnedDataset::new(1, vec![F::ZERO; rows.len()], targets(table, schema, rows)?);
    Ok(in_sequences(data, starts(table, schema, rows)))
}

/// What belongs to the samples in these `rows`.
fn targets<F: Scalar>(table: &Table, schema: &Schema, rows: &[usize]) -> Result<OwnedTarget<F>> {
    // Of a series the target is what comes next.
    let next: Vec<usize>;
    let rows = if schema.is_series() {
        next = rows.iter().map(|row| row + 1).collect();
        &next
    } else {
        rows
    };
    match (target_columns(table, schema), schema.targets.as_slice()) {
        ([], _) => Ok(OwnedTarget::None),
        ([column], [known]) if !known.categories.is_empty() => {
            let labels = codes(table, column, known, "class", rows)?;
            Ok(OwnedTarget::Labels { labels, classes: known.categories.len() })
        }
        (columns, _) => {
            let outputs = columns.len();
            let mut values = vec![F::ZERO; outputs * rows.len()];
            for (output, column) in columns.iter().enumerate() {
                write_numbers(table, column, rows, &mut values, outputs, output)?;
            }
            Ok(OwnedTarget::Values { values, outputs })
        }
    }
}

/// There are more numbers than there may be or than there is memory for.
fn too_many(table: &Table, schema: &Schema, features: usize) -> anyhow::Error {
    let rows = table.rows();
    let what = format!("{}: {features} inputs of {rows} samples are too many", table.name);
    match schema.inputs.iter().max_by_key(|column| column.width()) {
        Some(most) if 1 < most.width() => {
            let (name, width) = (&most.name, most.width());
            anyhow!("{what}; column {name} has {width} different names, and --ignore {name} leaves it out")
        }
        _ => anyhow!(what),
    }
}

/// Writes these `rows` of a numeric column as row `at` of a matrix with rows of as many numbers as there are `features`.
fn write_numbers<F: Scalar>(
    table: &Table,
    column: &Column,
    rows: &[usize],
    matrix: &mut [F],
    features: usize,
    at: usize,
) -> Result<()> {
    if let Cells::Names(_) = column.cells {
        bail!("{}: column {}: expected numbers, got names", table.name, column.name);
    }
    let mut all_fit = true;
    column.cells.each_number(rows, |sample, number| {
        let value = F::from_f64(number);
        // What is missing was let through by whoever read it.
        all_fit &= value.is_finite() || number.is_nan();
        matrix[sample * features + at] = value;
    });
    if all_fit {
        return Ok(());
    }
    let mut problem = None;
    column.cells.each_number(rows, |sample, number| {
        if problem.is_none() && !number.is_nan() && !F::from_f64(number).is_finite() {
            problem = Some((rows[sample], number));
        }
    });
    let (row, number) = problem.unwrap_or_default();
    Err(table.problem(row, &column.name, format!("{number:e} is too large for a float of 32 bits")))
}

/// For each of these `rows`, which of the names it is that the column `known` has, or [`MISSING`]; `noun` is what such a name
/// is called.
fn codes(table: &Table, column: &Column, known: &nn_core::Column, noun: &str, rows: &[usize]) -> Result<Vec<u32>> {
    let unknown = |row: usize, name: &str| {
        let expected = list(&known.categories);
        table.problem(row, &column.name, format!("unknown {noun} {}; the model knows {expected}", quoted(name)))
    };
    let place: HashMap<&str, u32> = known.categories.iter().map(String::as_str).zip(0..).collect();
    match &column.cells {
        Cells::Names(names) => {
            let translated: Vec<Option<u32>> =
                names.names.iter().map(|name| place.get(name.as_str()).copied()).collect();
            let translate = |&row: &usize| match names.codes[row] {
                MISSING => Ok(MISSING),
                code => translated[code as usize].ok_or_else(|| unknown(row, &names.names[code as usize])),
            };
            rows.iter().map(translate).collect()
        }
        numbers => {
            let numbers = numbers.numbers();
            let translate = |&row: &usize| {
                let name = class_name(numbers[row]);
                place.get(name.as_str()).copied().ok_or_else(|| unknown(row, &name))
            };
            rows.iter().map(translate).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::{Origins, Wanted};
    use super::*;
    use nn_core::Target;

    fn table(columns: &[(&str, &[&str])]) -> Table {
        let header: Vec<String> = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
        let mut table = Table::new("t".to_owned(), &header, &Wanted::first(columns.len()));
        for (column, (_, cells)) in table.columns.iter_mut().zip(columns) {
            cells.iter().try_for_each(|cell| column.push(cell)).unwrap();
        }
        table.origins = Origins::Lines((2..).take(columns[0].1.len()).collect());
        table
    }

    /// All samples.
    fn all<F: Scalar>(table: &Table, schema: &Schema) -> Result<OwnedDataset<F>> {
        dataset(table, schema, &rows(table, schema)?)
    }

    /// The first `inputs` columns are inputs.
    fn first(inputs: usize) -> Roles {
        Roles { inputs: Wanted::first(inputs), targets: Wanted::first(1), sequence: None, ignored: vec![] }
    }

    fn classes(cells: &[&str], task: Option<Task>) -> Vec<String> {
        let table = table(&[("x", cells), ("y", cells)]);
        schema(&table, &first(1), task, Learns::Targets).unwrap().class_names().to_vec()
    }

    #[test]
    fn names_become_one_row_each_in_sorted_order() {
        let table =
            table(&[("colour", &["red", "blue", "red"]), ("size", &["1", "2", "3"]), ("y", &["0.5", "1", "2"])]);
        let schema = schema(&table, &first(2), None, Learns::Targets).unwrap();
        assert_eq!(schema.feature_names(), ["colour=blue", "colour=red", "size"]);
        let samples = all::<f32>(&table, &schema).unwrap();
        assert_eq!(samples.view().x(), &[0.0, 1.0, 1.0, 1.0, 0.0, 2.0, 0.0, 1.0, 3.0]);
        assert!(matches!(samples.view().target(), Target::Values { values: &[0.5, 1.0, 2.0], outputs: 1 }));
    }

    #[test]
    fn a_few_whole_numbers_are_classes_sorted_by_value() {
        assert_eq!(classes(&["10", "9", "-1", "9.0"], None), ["-1", "9", "10"]);
        assert!(classes(&["10", "9", "-1"], Some(Task::Regress)).is_empty());
        assert!(classes(&["0.5", "1", "2"], None).is_empty());
        assert_eq!(classes(&["0.5", "1", "2"], Some(Task::Classify)), ["0.5", "1", "2"]);
        let many: Vec<String> = (0..21).map(|i| i.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(classes(&many, None).is_empty());
        assert_eq!(classes(&many[..20], None).len(), 20);
    }

    #[test]
    fn one_class_or_one_sample_cannot_be_learned() {
        let refuse = |cells: &[&str]| {
            schema(&table(&[("x", cells), ("y", cells)]), &first(1), None, Learns::Targets).unwrap_err().to_string()
        };
        assert_eq!(refuse(&["a", "a"]), "t: column y: there is only one class, \"a\"; to learn takes two or more");
        assert!(refuse(&["a"]).contains("only one sample"));
    }

    #[test]
    fn a_name_that_was_not_learned_is_refused_with_its_line() {
        let schema =
            schema(&table(&[("x", &["1", "2"]), ("y", &["a", "b"])]), &first(1), None, Learns::Targets).unwrap();
        let other = table(&[("x", &["1", "2"]), ("y", &["a", "c"])]);
        let message = all::<f32>(&other, &schema).unwrap_err().to_string();
        assert_eq!(message, "t: line 3, column y: unknown class \"c\"; the model knows a and b");
    }

    #[test]
    fn a_number_too_large_for_the_float_is_refused() {
        let table = table(&[("x", &["1", "1e300"]), ("y", &["a", "b"])]);
        let schema = schema(&table, &first(1), None, Learns::Targets).unwrap();
        assert!(all::<f64>(&table, &schema).is_ok());
        let message = all::<f32>(&table, &schema).unwrap_err().to_string();
        assert_eq!(message, "t: line 3, column x: 1e300 is too large for a float of 32 bits");
    }
}
