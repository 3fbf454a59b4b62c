//! How the cost of a case grows with the number of samples, of features, of units.

use anyhow::Result;

use crate::{Measured, Run, Variant};

/// The case `case` at several sizes of one thing, called `axis`: a variant each, which `run` measures at its size. The page tells how
/// the time of a call grows from size to size.
pub fn growth(
    case: &'static str,
    axis: &'static str,
    sizes: &[usize],
    run: impl Fn(&Run, usize) -> Result<Measured> + Copy + Send + Sync + 'static,
) -> Vec<Variant> {
    let at =
        |&size: &usize| Variant::new(case, format!("{axis}-{size}"), move |all| Ok(run(all, size)?.size(axis, size)));
    sizes.iter().map(at).collect()
}
