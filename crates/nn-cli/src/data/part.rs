//! Samples, and where they came from.

use super::columns::{self, dataset};
use super::table::Table;
use anyhow::{Result, anyhow};
use nn_core::entry::Trained;
use nn_core::nalgebra::DMatrix;
use nn_core::{Dataset, Error, Measures, OwnedDataset, Scalar, Schema};
use std::borrow::Cow;

/// The share of sequences that a model takes for right.
const ACCEPTED: &str = "accepted";

/// Samples that a model learns from, answers or is measured on, and the rows of a table that they are.
#[derive(Debug)]
pub(crate) struct Part<'a, F: Scalar> {
    /// What the columns of the table are to the model.
    pub(crate) schema: &'a Schema,
    samples: OwnedDataset<F>,
    table: &'a Table,
    /// Which rows they are.
    rows: Cow<'a, [usize]>,
}

impl<'a, F: Scalar> Part<'a, F> {
    /// These `rows` of `table`, or all that are samples.
    ///
    /// # Errors
    /// Those of [`columns::rows`] and [`dataset`].
    pub(crate) fn new(table: &'a Table, schema: &'a Schema, rows: Option<&'a [usize]>) -> Result<Self> {
        let rows = rows.map_or_else(|| columns::rows(table, schema).map(Cow::Owned), |rows| Ok(Cow::Borrowed(rows)))?;
        Ok(Self { schema, samples: dataset(table, schema, &rows)?, table, rows })
    }

    /// The samples as a model takes them.
    pub(crate) fn data(&self) -> Dataset<'_, F> {
        self.samples.view()
    }

    /// Where in its data a sample is: `line 5`, `cats/7.png`.
    pub(crate) fn place(&self, sample: usize) -> String {
        self.table.place(self.row(sample))
    }

    /// What `trained` answers; errors are located, here and below.
    pub(crate) fn predict(&self, trained: &dyn Trained<F>) -> Result<DMatrix<F>> {
        trained.predict(&self.data()).map_err(|error| self.locate(error))
    }

    /// What `trained` foretells beyond them.
    pub(crate) fn beyond(&self, trained: &dyn Trained<F>) -> Result<Option<DMatrix<F>>> {
        trained.beyond(&self.data()).map_err(|error| self.locate(error))
    }

    /// What stands beside these answers.
    pub(crate) fn beside(&self, trained: &dyn Trained<F>) -> Result<Vec<(&'static str, Vec<f64>)>> {
        trained.beside(&self.data()).map_err(|error| self.locate(error))
    }

    /// How good they are.
    pub(crate) fn evaluate(&self, trained: &dyn Trained<F>) -> Result<Measures> {
        trained.evaluate(&self.data()).map_err(|error| self.locate(error))
    }

    /// The same, and the share of `strangers`, sequences that do not belong to these, that is `rejected`.
    pub(crate) fn judged_with(&self, trained: &dyn Trained<F>, strangers: Option<&Table>) -> Result<Measures> {
        let measures = self.evaluate(trained)?;
        match strangers {
            Some(table) if measures.get(ACCEPTED).is_some() => {
                let strange = Part::new(table, self.schema, None)?.evaluate(trained)?;
                Ok(strange.get(ACCEPTED).map_or(measures.clone(), |accepted| measures.with("rejected", 1.0 - accepted)))
            }
            _ => Ok(measures),
        }
    }

    /// Says where in the table an error about the samples is.
    pub(crate) fn locate(&self, error: Error) -> anyhow::Error {
        self.locate_with(error, &[])
    }

    /// The same where the samples of these rows were learned from behind those of this part.
    pub(crate) fn locate_with(&self, error: Error, more: &[usize]) -> anyhow::Error {
        let Error::Data { what, sample, feature } = &error else { return error.into() };
        // The features of a target are its quantities, and what is said of them begins so.
        let names = match what.starts_with("target") {
            true => self.schema.targets.iter().map(|target| target.name.clone()).collect(),
            false => self.schema.feature_names(),
        };
        let what = what.strip_prefix("target: ").unwrap_or(what);
        let table = self.table;
        match (
            sample.and_then(|sample| self.rows.iter().chain(more).nth(sample).copied()),
            feature.and_then(|feature| names.get(feature)),
        ) {
            (Some(row), Some(name)) => table.problem(row, name, what),
            (Some(row), None) => anyhow!("{}: {what}", table.row(row)),
            (None, Some(name)) => anyhow!("{}: column {name}: {what}", table.name),
            (None, None) => anyhow!("{}: {what}", table.name),
        }
    }

    fn row(&self, sample: usize) -> usize {
        self.rows[sample]
    }
}
