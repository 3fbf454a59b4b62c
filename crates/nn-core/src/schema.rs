//! The names of columns and classes: what a table has and a matrix has not.

use crate::{Error, Image, Result};
use serde::{Deserialize, Serialize};

/// How the columns of a table became the rows of x and the target. The command saves it with the model, so that
/// prediction finds its columns by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// The columns that are inputs, in the order of the rows of x.
    pub inputs: Vec<Column>,
    /// The columns that are to be learned.
    pub targets: Vec<Column>,
    /// Names of columns that were left out in training, and are passed over in prediction.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<String>,
    /// The column that says which sequence a row is of; all rows are one where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<String>,
    /// The image whose pixels the rows of x are, where they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
}

/// One column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name in the header.
    pub name: String,
    /// Empty for a numeric column. Otherwise the names that its cells may have: as an input each is one row of x
    /// (one-hot), as a target each is a class.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
}

impl Column {
    /// A column of numbers.
    pub fn numeric(name: impl Into<String>) -> Self {
        Self { name: name.into(), categories: Vec::new() }
    }

    /// A column of names.
    pub fn categorical(name: impl Into<String>, categories: Vec<String>) -> Self {
        Self { name: name.into(), categories }
    }

    /// How many rows of x it makes.
    pub fn width(&self) -> usize {
        self.categories.len().max(1)
    }

    /// The names of these rows.
    fn features(&self) -> Vec<String> {
        match self.categories.as_slice() {
            [] => vec![self.name.clone()],
            categories => categories.iter().map(|category| format!("{}={category}", self.name)).collect(),
        }
    }
}

impl Schema {
    /// Whether it is a series, of numbers or of names: one column, whose next value is the target.
    pub fn is_series(&self) -> bool {
        match (self.inputs.as_slice(), self.targets.as_slice()) {
            ([input], [target]) => input.name == target.name,
            _ => false,
        }
    }

    /// That there is a name for each of so many features, and for each class of a model that tells classes; or none of either.
    ///
    /// # Errors
    /// [`Error::Format`] where there are more or fewer.
    pub(crate) fn check(&self, features: usize, classes: Option<usize>) -> Result<()> {
        let names = self.inputs.iter().map(Column::width).sum::<usize>();
        if !self.inputs.is_empty() && names != features {
            return Err(Error::format(format!("names of features: expected {features}, got {names}")));
        }
        match (classes, self.class_names().len()) {
            (_, 0) | (None, _) => Ok(()),
            (Some(classes), names) if names == classes => Ok(()),
            (Some(classes), names) => Err(Error::format(format!("names of classes: expected {classes}, got {names}"))),
        }
    }

    /// The names of the rows of x: `density`, or `texture=clear` for each name of a categorical column.
    pub fn feature_names(&self) -> Vec<String> {
        self.inputs.iter().flat_map(Column::features).collect()
    }

    /// The name of a row of x, which is its number where there are no names.
    pub fn feature_name(&self, feature: usize) -> String {
        self.inputs.iter().flat_map(Column::features).nth(feature).unwrap_or_else(|| feature.to_string())
    }

    /// The name of a target, which is its number where there are no names.
    pub fn target_name(&self, target: usize) -> String {
        self.targets.get(target).map_or_else(|| target.to_string(), |column| column.name.clone())
    }

    /// The name of a class, which is its number where there are no names.
    pub fn class_name(&self, class: usize) -> String {
        self.class_names().get(class).cloned().unwrap_or_else(|| class.to_string())
    }

    /// The names of the classes, where the target is one.
    pub fn class_names(&self) -> &[String] {
        match self.targets.as_slice() {
            [only] => &only.categories,
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_name_is_called_by_its_number() {
        let texture = Column::categorical("texture", vec!["clear".to_owned(), "blurred".to_owned()]);
        let schema = Schema { inputs: vec![Column::numeric("density"), texture], ..Schema::default() };
        assert_eq!(schema.feature_names(), ["density", "texture=clear", "texture=blurred"]);
        assert_eq!([0, 2, 3].map(|feature| schema.feature_name(feature)), ["density", "texture=blurred", "3"]);
        assert_eq!((schema.target_name(0), schema.class_name(1)), ("0".to_owned(), "1".to_owned()));
    }

    #[test]
    fn names_are_as_many_as_what_they_name() {
        let names = |count: usize| (0..count).map(|i| i.to_string()).collect();
        let (inputs, targets) = (vec![Column::numeric("a"), Column::categorical("b", names(2))], vec![]);
        let mut schema = Schema { inputs, targets, ..Schema::default() };
        let told = |schema: &Schema, features, classes| schema.check(features, classes).map_err(|e| e.to_string());
        assert_eq!(told(&schema, 3, Some(4)), Ok(()));
        assert_eq!(told(&schema, 2, None), Err("names of features: expected 2, got 3".to_owned()));
        schema.targets.push(Column::categorical("class", names(3)));
        assert_eq!(told(&schema, 3, Some(3)), Ok(()));
        assert_eq!(told(&schema, 3, None), Ok(()));
        assert_eq!(told(&schema, 3, Some(2)), Err("names of classes: expected 2, got 3".to_owned()));
        schema.inputs.clear();
        assert_eq!(told(&schema, 7, Some(3)), Ok(()));
    }
}
