//! Whether there is memory for what a setting asks for, before anything of that size is made.

use crate::{Error, Result, Scalar};

/// The parameters, their start, their gradient, what a rule remembers of each, the best of them, and the file of the model:
/// measured for every kind of model that learns by descent, it was 7 to 9 times the parameters.
const COPIES: usize = 8;

/// That there is memory to train so many parameters, which the setting `name` asks for. A request that is refused ends a program on
/// the spot; this one is asked for in a way that may fail, and given back.
///
/// # Errors
/// [`Error::Param`] where there is not.
pub fn check_room<F: Scalar>(name: &str, parameters: usize) -> Result<()> {
    let mut room: Vec<F> = Vec::new();
    if parameters.checked_mul(COPIES).is_some_and(|numbers| room.try_reserve_exact(numbers).is_ok()) {
        return Ok(());
    }
    Err(Error::param(name, parameters, "so few weights and thresholds that there is memory to train them"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_memory_holds_is_refused() {
        assert!(check_room::<f32>("hidden_units", 1000).is_ok());
        for parameters in [usize::MAX, usize::MAX / 8, usize::MAX / 32] {
            let error = check_room::<f32>("hidden_units", parameters).unwrap_err().to_string();
            assert!(error.starts_with("hidden_units: expected so few weights"), "{error}");
        }
    }
}
