//! What each column of a header is for: an input, a target, or nothing.

use super::table::{Expect, Gaps, Wanted, quoted};
use crate::args::Task;
use crate::words::{did_you_mean, list};
use anyhow::{Result, anyhow, bail};
use nn_core::{Column, Learns, Schema};
use std::collections::{HashMap, HashSet};

/// The columns to read: the inputs, then the targets.
#[derive(Debug)]
pub(crate) struct Roles {
    /// What the model sees.
    pub(crate) inputs: Vec<Wanted>,
    /// What it is to learn, or is measured by.
    pub(crate) targets: Vec<Wanted>,
    /// Which sequence a row is of.
    pub(crate) sequence: Option<Wanted>,
    /// The names of the columns that are left out.
    pub(crate) ignored: Vec<String>,
}

/// What the user says about the columns of data to learn from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wishes<'a> {
    /// The targets, where they are named.
    pub(crate) target: Option<&'a [String]>,
    /// The columns to leave out.
    pub(crate) ignore: &'a [String],
    /// The column that says which sequence a row is of.
    pub(crate) sequence: Option<&'a str>,
    /// Whether the target is a class or a quantity, where that is said.
    pub(crate) task: Option<Task>,
    /// Whether cells of inputs may be missing.
    pub(crate) gaps: Gaps,
    /// Whether those of targets may.
    pub(crate) label_gaps: Gaps,
}

/// Whether the target is read from data that a trained model is used on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    /// It must be there.
    Needed,
    /// It is read where it is there.
    Optional,
    /// It is not even looked at.
    Unused,
}

impl Truth {
    /// What is asked of data by which a model that `learns` so is measured.
    pub(crate) fn to_measure(learns: Learns) -> Self {
        if learns == Learns::Inputs { Self::Optional } else { Self::Needed }
    }
}

impl Roles {
    /// The columns of `header` that a new model is to learn from.
    ///
    /// # Errors
    /// A column that is not there, one that is named twice, or no input left. `data` is named in the message.
    pub(crate) fn of_new(data: &str, header: &[String], wishes: Wishes<'_>, learns: Learns) -> Result<Self> {
        let mut ignored = places(data, header, wishes.ignore, "--ignore")?;
        let sequence = wishes.sequence.map(|name| place(data, header, name, "--sequence")).transpose()?;
        if let Some(both) = sequence.filter(|place| ignored.contains(place)) {
            bail!("{data}: column {} is both in --sequence and in --ignore", header[both]);
        }
        // A model that knows no sequences has no use for the column.
        let sequence = if learns == Learns::Sequences {
            sequence
        } else {
            ignored.extend(sequence);
            None
        };
        let is_left = |place: &usize| !ignored.contains(place) && sequence != Some(*place);
        let targets = match wishes.target {
            Some(names) => places(data, header, names, "--target")?,
            None if learns == Learns::Inputs => Vec::new(),
            None => (0..header.len()).rev().find(is_left).into_iter().collect(),
        };
        if let Some(&both) = targets.iter().find(|place| !is_left(place)) {
            let flag = if sequence == Some(both) { "--sequence" } else { "--ignore" };
            bail!("{data}: column {} is both in --target and in {flag}", header[both]);
        }
        let mut inputs: Vec<usize> =
            (0..header.len()).filter(|place| !targets.contains(place) && is_left(place)).collect();
        if let ([], [only], Learns::Sequences) = (inputs.as_slice(), targets.as_slice(), learns) {
            // A series: what comes next is to be foretold.
            inputs.push(*only);
        }
        if inputs.is_empty() {
            bail!("{data}: no column is left as an input");
        }
        if targets.len() > 1 && (wishes.task == Some(Task::Classify) || learns == Learns::Classes) {
            bail!("{data}: classes can be learned from one column, but --target names {}", targets.len());
        }
        let numbers = targets.len() > 1 || wishes.task == Some(Task::Regress);
        let expect = if numbers { Expect::Numbers } else { Expect::Either };
        let wanted = |places: Vec<usize>, expect, gaps| {
            places.into_iter().map(|column| Wanted { column, expect, gaps }).collect()
        };
        Ok(Self {
            inputs: wanted(inputs, Expect::Either, wishes.gaps),
            targets: wanted(targets, expect, wishes.label_gaps),
            sequence: sequence.map(of_sequence),
            ignored: ignored.into_iter().map(|place| header[place].clone()).collect(),
        })
    }

    /// The columns of `header` that a trained model knows by name; `target` are other names for its targets, and
    /// the gaps say whether its inputs may be missing, and whether its targets.
    ///
    /// # Errors
    /// A column that is missing, or one that the model does not know.
    pub(crate) fn of_trained(
        data: &str,
        header: &[String],
        schema: &Schema,
        target: Option<&[String]>,
        truth: Truth,
        [gaps, label_gaps]: [Gaps; 2],
    ) -> Result<Self> {
        let named = || schema.inputs.iter().chain(&schema.targets).map(|column| &column.name).chain(&schema.sequence);
        let known = || named().chain(&schema.ignored).map(String::as_str);
        let places: HashMap<&str, usize> = header.iter().map(String::as_str).zip(0..).collect();
        let find = |name: &str| places.get(name).copied();
        let missing = |name: &str| {
            let known: HashSet<&str> = known().collect();
            let unknown = header.iter().map(String::as_str).filter(|name| !known.contains(name));
            let hint = did_you_mean(name, unknown).unwrap_or_default();
            let others = schema.inputs.iter().filter(|input| input.name != name && find(&input.name).is_none()).count();
            let others = if others == 0 { String::new() } else { format!(", and {others} more") };
            anyhow!("{data}: column {name} is missing{others}{hint}")
        };

        let mut inputs = Vec::with_capacity(schema.inputs.len());
        for column in &schema.inputs {
            let place = find(&column.name).ok_or_else(|| missing(&column.name))?;
            inputs.push(Wanted { column: place, expect: expected(column), gaps });
        }
        let names: Vec<&str> = match target {
            Some(target) => names(target, |name| places.contains_key(name)),
            None => schema.targets.iter().map(|column| column.name.as_str()).collect(),
        };
        if names.len() != schema.targets.len() {
            bail!("--target names {} columns, but the model has learned {}", names.len(), schema.targets.len());
        }
        let mut targets = Vec::new();
        for (name, column) in names.iter().zip(&schema.targets) {
            match find(name) {
                _ if truth == Truth::Unused => {}
                Some(place) => targets.push(Wanted { column: place, expect: expected(column), gaps: label_gaps }),
                None if truth == Truth::Optional => {}
                None => return Err(missing(name)),
            }
        }
        if targets.len() < schema.targets.len() {
            targets.clear();
        }
        let known: HashSet<&str> = known().chain(names.iter().copied()).collect();
        if let Some(unknown) = header.iter().find(|name| !known.contains(name.as_str())) {
            let inputs: Vec<&str> = schema.inputs.iter().map(|column| column.name.as_str()).collect();
            bail!(
                "{data}: column {} is not known to the model; it has learned from {}",
                quoted(unknown),
                list(&inputs)
            );
        }
        let sequence = match &schema.sequence {
            Some(name) => Some(of_sequence(find(name).ok_or_else(|| missing(name))?)),
            None => None,
        };
        Ok(Self { inputs, targets, sequence, ignored: schema.ignored.clone() })
    }

    /// All columns to read.
    pub(crate) fn wanted(&self) -> Vec<Wanted> {
        self.inputs.iter().chain(&self.targets).chain(&self.sequence).copied().collect()
    }
}

/// The names of columns in what a flag was given: each text is one name if there `is_column` of that name, which may
/// hold commas, and otherwise names with commas between them.
fn names(given: &[String], is_column: impl Fn(&str) -> bool) -> Vec<&str> {
    let mut names = Vec::new();
    for text in given.iter().map(|text| text.trim()) {
        if is_column(text) {
            names.push(text);
        } else {
            names.extend(text.split(',').map(str::trim));
        }
    }
    names
}

/// Where the columns are that were `given` to `flag`.
fn places(data: &str, header: &[String], given: &[String], flag: &str) -> Result<Vec<usize>> {
    let known: HashMap<&str, usize> = header.iter().map(String::as_str).zip(0..).collect();
    let mut places = Vec::new();
    for name in names(given, |name| known.contains_key(name)) {
        let Some(&place) = known.get(name) else {
            let hint = did_you_mean(name, header.iter().map(String::as_str))
                .unwrap_or_else(|| format!("; the columns are {}", list(header)));
            bail!("{data}: {flag}: there is no column {}{hint}", quoted(name));
        };
        if places.contains(&place) {
            bail!("{data}: {flag} names column {name} twice");
        }
        places.push(place);
    }
    Ok(places)
}

/// Where the column is that `flag` names.
fn place(data: &str, header: &[String], name: &str, flag: &str) -> Result<usize> {
    match places(data, header, &[name.to_owned()], flag)?.as_slice() {
        [only] => Ok(*only),
        several => bail!("{data}: {flag} takes one column, got {}", several.len()),
    }
}

/// The column at `column` as one whose cells say which sequence a row is of.
fn of_sequence(column: usize) -> Wanted {
    Wanted { column, expect: Expect::Names, gaps: Gaps::Refused }
}

/// What the cells of a column must be that a model has learned.
fn expected(column: &Column) -> Expect {
    // Numeric classes have names that are numbers; in another file they may be written `1.0`.
    let numeric = column.categories.iter().all(|name| name.parse::<f64>().is_ok());
    if numeric { Expect::Numbers } else { Expect::Names }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn new(names: &[&str], target: Option<&[&str]>, ignore: &[&str]) -> Result<(Vec<usize>, Vec<usize>)> {
        let (target, ignore) = (target.map(header), header(ignore));
        let wishes = Wishes {
            target: target.as_deref(),
            ignore: &ignore,
            sequence: None,
            task: None,
            gaps: Gaps::Refused,
            label_gaps: Gaps::Refused,
        };
        let roles = Roles::of_new("t", &header(names), wishes, Learns::Targets)?;
        let places = |wanted: Vec<Wanted>| wanted.iter().map(|w| w.column).collect();
        Ok((places(roles.inputs), places(roles.targets)))
    }

    #[test]
    fn the_last_column_that_is_not_ignored_is_the_target() {
        assert_eq!(new(&["a", "b", "c"], None, &[]).unwrap(), (vec![0, 1], vec![2]));
        assert_eq!(new(&["a", "b", "c"], None, &["c"]).unwrap(), (vec![0], vec![1]));
        assert_eq!(new(&["a", "b", "c"], Some(&["a"]), &["b"]).unwrap(), (vec![2], vec![0]));
    }

    #[test]
    fn a_column_that_is_not_there_is_named_with_the_nearest_that_is() {
        let message = new(&["alpha", "beta"], Some(&["bata"]), &[]).unwrap_err().to_string();
        assert_eq!(message, "t: --target: there is no column \"bata\"; did you mean beta?");
        assert!(new(&["a", "b"], None, &["x"]).is_err());
        assert!(new(&["a", "b"], Some(&["b"]), &["b"]).is_err());
        assert!(new(&["a", "b"], Some(&["b", "b"]), &[]).is_err());
        assert!(new(&["a"], None, &[]).is_err());
    }

    #[test]
    fn a_name_may_hold_a_comma() {
        assert_eq!(new(&["a", "b,c", "d"], Some(&["b,c"]), &[]).unwrap(), (vec![0, 2], vec![1]));
        assert_eq!(new(&["a", "b,c", "d"], Some(&["b,c", "a"]), &[]).unwrap(), (vec![2], vec![1, 0]));
        assert_eq!(new(&["a", "b", "c"], Some(&["b, c"]), &[]).unwrap(), (vec![0], vec![1, 2]));
    }

    #[test]
    fn columns_of_a_trained_model_are_found_by_name_in_any_order() {
        let schema = Schema {
            inputs: vec![Column::numeric("a"), Column::numeric("b")],
            targets: vec![Column::categorical("t", header(&["no", "yes"]))],
            ignored: header(&["id"]),
            ..Schema::default()
        };
        let roles =
            |names: &[&str], truth| Roles::of_trained("d", &header(names), &schema, None, truth, [Gaps::Refused; 2]);
        let found = roles(&["t", "b", "a"], Truth::Needed).unwrap();
        assert_eq!(found.wanted().iter().map(|w| w.column).collect::<Vec<_>>(), [2, 1, 0]);
        assert!(roles(&["b", "a"], Truth::Unused).is_ok());
        assert!(roles(&["b", "id", "a"], Truth::Unused).is_ok());
        assert!(roles(&["t", "b", "a"], Truth::Unused).unwrap().targets.is_empty());
        assert_eq!(roles(&["a", "b"], Truth::Needed).unwrap_err().to_string(), "d: column t is missing");
        let message = roles(&["a", "B1"], Truth::Unused).unwrap_err().to_string();
        assert_eq!(message, "d: column b is missing");
        assert!(roles(&["a", "b", "c"], Truth::Unused).unwrap_err().to_string().contains("not known"));
    }
}
