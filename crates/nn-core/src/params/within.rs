//! Settings within settings: what [`params!`](crate::params!) makes of each list of settings, so that it can be a field of
//! another one.

use super::{Params, Range, Setting};
use crate::{Error, Result};

/// What one who gives all of them at once is told.
pub const EXPECTED: &str = "a setting of its own behind a dot, one by one";

/// The lines of those that are not left out.
pub fn lines<P: Params>(own: &P, name: &str, range: &Range) -> Vec<Setting> {
    let lines = own.lines_now().into_iter().filter(|line| !range.leaves_out(&line.name));
    lines.map(|line| Setting { name: format!("{name}.{}", line.name), ..line }).collect()
}

/// Sets one of them; `None` where there is none of this name.
pub fn set<P: Params>(own: &mut P, name: &str, inner: &str, text: &str, range: &Range) -> Option<Result<()>> {
    let known = !range.leaves_out(inner) && P::settings().iter().any(|setting| setting.name == inner);
    known.then(|| own.set(inner, text).map_err(|error| named(name, error)))
}

/// Checks all of them.
pub fn check<P: Params>(own: &P, name: &str) -> Result<()> {
    own.validate().map_err(|error| named(name, error))
}

/// The error with the name of the settings before that of the setting.
fn named(name: &str, error: Error) -> Error {
    match error {
        Error::Param { name: inner, value, expected } => {
            Error::Param { name: format!("{name}.{inner}"), value, expected }
        }
        other => other,
    }
}
