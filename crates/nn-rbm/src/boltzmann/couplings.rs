//! Weights between units and their biases: all that (20) is made of, whoever has learned them.

use super::chain::Chain;
use super::enumerate::{self, Moments};
use nn_core::kernels::{dot, gemv_n};
use nn_core::nalgebra::DMatrix;
use nn_core::random::{Key, Uniforms};
use nn_core::{Error, Result};

/// Larger numbers are no weights: sums of them must be finite.
pub(crate) const LARGEST: f64 = 1e100;

/// Symmetric weights `w_ij` without self-connections, and biases `theta_i`, of units that are 0 or 1.
///
/// `E(s) = -sum_(i<j) w_ij s_i s_j - sum_i theta_i s_i` (20), and at temperature 1 a state s has the probability
/// `P(s) = e^(-E(s)) / sum_t e^(-E(t))` (21). That at another temperature T is the one of [`cooled`](Self::cooled), `E / T`.
///
/// In (20) theta is a bias, which is added: `P(s_i = 1 | the others) = 1 / (1 + e^-(sum_j w_ij s_j + theta_i))`. The chapter's
/// (3) writes the same letter for a threshold, which is subtracted.
///
/// # Shapes
/// States: a number a unit, 0 or 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Couplings {
    units: usize,
    /// units × units, column-major.
    weights: Vec<f64>,
    biases: Vec<f64>,
}

impl Couplings {
    /// Of these weights and biases.
    ///
    /// # Errors
    /// [`Error::Shape`] where the matrix is not square or has another size than the biases; [`Error::Data`] for a
    /// self-connection, a weight that is not the same in both directions, and a number that is not finite or beyond 1e100.
    pub fn new(weights: &DMatrix<f64>, biases: &[f64]) -> Result<Self> {
        let units = biases.len();
        if units == 0 {
            return Err(Error::data("there are no units"));
        }
        for (what, got) in [("rows of the weights", weights.nrows()), ("columns of the weights", weights.ncols())] {
            if got != units {
                return Err(Error::shape(what, units, got));
            }
        }
        let wrong = |number: &f64| number.is_nan() || LARGEST < number.abs();
        if let Some(unit) = biases.iter().position(wrong) {
            return Err(Error::data(format!("the bias of unit {unit} is {}, beyond 1e100", biases[unit])));
        }
        for i in 0..units {
            if weights[(i, i)] != 0.0 {
                let what = format!("unit {i} is joined to itself by {}; a self-connection must be 0", weights[(i, i)]);
                return Err(Error::data(what));
            }
            for j in 0..i {
                let [there, back] = [weights[(i, j)], weights[(j, i)]];
                if let Some(number) = [there, back].iter().find(|&number| wrong(number)) {
                    return Err(Error::data(format!("the weight between units {j} and {i} is {number}, beyond 1e100")));
                }
                if there != back {
                    return Err(Error::data(format!(
                        "the weights between units {j} and {i} are {back} and {there}; they must be the same both ways"
                    )));
                }
            }
        }
        Ok(Self { units, weights: weights.as_slice().to_vec(), biases: biases.to_vec() })
    }

    /// Without any weight or bias.
    pub(crate) fn zeros(units: usize) -> Self {
        Self { units, weights: vec![0.0; units * units], biases: vec![0.0; units] }
    }

    /// Those of a theta that holds a weight for each of `pairs`, then a bias for each unit, divided by a temperature.
    pub(crate) fn of_theta<F: nn_core::Scalar>(theta: &[F], pairs: &[[u32; 2]], temperature: f64) -> Self {
        let (weights, biases) = theta.split_at(pairs.len());
        let mut couplings = Self::zeros(biases.len());
        for (&[i, j], weight) in pairs.iter().zip(weights) {
            couplings.join(i as usize, j as usize, weight.to_f64() / temperature);
        }
        couplings.biases.iter_mut().zip(biases).for_each(|(own, bias)| *own = bias.to_f64() / temperature);
        couplings
    }

    /// The memory of Hopfield 1982 for these patterns of 0 and 1: `w_ij = sum_m (2 a_i - 1) (2 a_j - 1)`, with `theta_i = -1/2
    /// sum_j w_ij`, by which a unit turns on where the others speak for it as units of -1 and 1 would.
    ///
    /// # Shapes
    /// `patterns`: units × patterns.
    ///
    /// # Errors
    /// [`Error::Data`] for no pattern, no unit, and a number that is neither 0 nor 1.
    pub fn hopfield(patterns: &DMatrix<f64>) -> Result<Self> {
        let units = patterns.nrows();
        if patterns.is_empty() {
            return Err(Error::data("there are no patterns to remember"));
        }
        for (at, &value) in patterns.iter().enumerate() {
            check_binary(value, at / units, at % units)?;
        }
        let mut memory = Self::zeros(units);
        for j in 0..units {
            for i in 0..j {
                let agreed = patterns.column_iter().filter(|pattern| pattern[i] == pattern[j]).count() as f64;
                memory.join(i, j, 2.0 * agreed - patterns.ncols() as f64);
            }
        }
        for unit in 0..units {
            memory.biases[unit] = -0.5 * memory.column(unit).iter().sum::<f64>();
        }
        Ok(memory)
    }

    fn join(&mut self, i: usize, j: usize, weight: f64) {
        self.weights[i * self.units + j] = weight;
        self.weights[j * self.units + i] = weight;
    }

    /// With other biases, one a unit.
    pub(crate) fn bias_by(&mut self, biases: impl Iterator<Item = f64>) {
        self.biases.iter_mut().zip(biases).for_each(|(own, bias)| *own = bias);
    }

    /// How many units there are.
    pub fn units(&self) -> usize {
        self.units
    }

    /// The weights: units × units.
    pub fn weights(&self) -> DMatrix<f64> {
        DMatrix::from_column_slice(self.units, self.units, &self.weights)
    }

    /// The biases, one a unit.
    pub fn biases(&self) -> &[f64] {
        &self.biases
    }

    /// The weights between unit i and every unit.
    pub(crate) fn column(&self, i: usize) -> &[f64] {
        &self.weights[i * self.units..][..self.units]
    }

    /// The weight between two units, which are there.
    pub(crate) fn weight(&self, i: usize, j: usize) -> f64 {
        self.weights[i * self.units + j]
    }

    /// Weights and biases divided by a temperature above 0: at temperature 1 they behave as these at that temperature.
    ///
    /// # Errors
    /// [`Error::Param`] for a temperature that is not a number from 1e-6 to 1e6.
    pub fn cooled(&self, temperature: f64) -> Result<Self> {
        if !(1e-6..=1e6).contains(&temperature) {
            return Err(Error::param("temperature", temperature, "a number from 1e-6 to 1e6"));
        }
        let divided = |numbers: &[f64]| numbers.iter().map(|number| number / temperature).collect();
        Ok(Self { units: self.units, weights: divided(&self.weights), biases: divided(&self.biases) })
    }

    /// `sum_j w_ij s_j + theta_i` of each unit: what its being on lowers the energy by.
    ///
    /// # Errors
    /// [`Error::Shape`] for another number of units, [`Error::Data`] for a number that is neither 0 nor 1.
    pub fn fields(&self, state: &[f64]) -> Result<Vec<f64>> {
        self.check_state(state)?;
        Ok(self.fields_of(state))
    }

    /// The same of a state that was checked.
    pub(crate) fn fields_of(&self, state: &[f64]) -> Vec<f64> {
        let mut fields = vec![0.0; self.units];
        gemv_n(&self.weights, state, &mut fields);
        fields.iter_mut().zip(&self.biases).for_each(|(field, bias)| *field += bias);
        fields
    }

    /// `E(s)`, (20).
    ///
    /// # Errors
    /// Those of [`fields`](Self::fields).
    pub fn energy(&self, state: &[f64]) -> Result<f64> {
        self.check_state(state)?;
        Ok(self.energy_of(state))
    }

    /// The same of a state that was checked. Every weight stands in two fields, every bias in one, so
    /// `E = -1/2 s (fields + theta)`.
    pub(crate) fn energy_of(&self, state: &[f64]) -> f64 {
        let fields = self.fields_of(state);
        -0.5 * (dot(state, &fields) + dot(state, &self.biases))
    }

    /// `P(s_i = 1 | all others)` at temperature 1, of each unit.
    ///
    /// # Errors
    /// Those of [`fields`](Self::fields).
    pub fn conditionals(&self, state: &[f64]) -> Result<Vec<f64>> {
        let mut fields = self.fields(state)?;
        nn_core::kernels::sigmoid(&mut fields);
        Ok(fields)
    }

    /// The probability of each state, (21): that of number `sum_i s_i 2^i` stands at this number.
    ///
    /// # Errors
    /// [`Error::Data`] for more than 20 units, of which it says the cost.
    pub fn distribution(&self) -> Result<Vec<f64>> {
        Ok(enumerate::distribution(self)?.1)
    }

    /// How likely each unit is to be on, and each pair to be on together, by a sum over all states.
    ///
    /// # Errors
    /// Those of [`distribution`](Self::distribution).
    pub fn moments(&self) -> Result<Moments> {
        enumerate::moments(self)
    }

    /// `ln sum_s e^(-E(s))`. Units that fall apart into groups without connections between them are summed group by group, and of two
    /// sides without connections within them the larger one is summed in closed form.
    ///
    /// # Errors
    /// [`Error::Data`] where more than 20 units are left to sum over, of which it says the cost.
    pub fn log_partition(&self) -> Result<f64> {
        enumerate::log_partition(self)
    }

    /// A chain of states that begins at `state`; units that are `clamped` stay what they are.
    ///
    /// # Errors
    /// Those of [`fields`](Self::fields); [`Error::Data`] for a unit that is not there.
    pub fn chain(&self, state: &[f64], clamped: &[usize], seed: u64) -> Result<Chain<'_>> {
        self.check_state(state)?;
        if let Some(unit) = clamped.iter().find(|&&unit| self.units <= unit) {
            return Err(Error::data(format!("unit {unit} is to be clamped, but there are {}", self.units)));
        }
        let free = (0..self.units).filter(|unit| !clamped.contains(unit)).map(|unit| unit as u32).collect();
        Ok(Chain::new(self, state.to_vec(), free, Uniforms::new(Key::once(seed).stream("gibbs"))))
    }

    /// The couplings of the `free` units alone while the others are what they are in `state`, and the energy that those others
    /// have among themselves.
    pub(crate) fn conditioned(&self, state: &[f64], free: &[u32]) -> (Self, f64) {
        let mut rest = state.to_vec();
        free.iter().for_each(|&unit| rest[unit as usize] = 0.0);
        let fields = self.fields_of(&rest);
        let constant = -0.5 * (dot(&rest, &fields) + dot(&rest, &self.biases));
        let mut own = Self::zeros(free.len());
        for (a, &i) in free.iter().enumerate() {
            own.biases[a] = fields[i as usize];
            for (b, &j) in free[..a].iter().enumerate() {
                own.join(a, b, self.weight(i as usize, j as usize));
            }
        }
        (own, constant)
    }

    fn check_state(&self, state: &[f64]) -> Result<()> {
        if state.len() != self.units {
            return Err(Error::shape("units of a state", self.units, state.len()));
        }
        state.iter().enumerate().try_for_each(|(unit, &value)| check_binary(value, 0, unit))
    }
}

/// That a unit is off or on.
fn check_binary(value: f64, sample: usize, feature: usize) -> Result<()> {
    if value == 0.0 || value == 1.0 {
        return Ok(());
    }
    Err(Error::value(format!("a unit is {value}, neither 0 nor 1"), sample, feature))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two units that like each other, each of which would rather be off.
    fn pair() -> Couplings {
        Couplings::new(&DMatrix::from_row_slice(2, 2, &[0.0, 3.0, 3.0, 0.0]), &[-1.0, -0.5]).unwrap()
    }

    #[test]
    fn energy_counts_each_connection_once_and_theta_as_a_bias() {
        let energies = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]].map(|state| pair().energy(&state).unwrap());
        assert_eq!(energies, [0.0, 1.0, 0.5, -1.5]);
        assert_eq!(pair().fields(&[1.0, 0.0]).unwrap(), [-1.0, 2.5]);
    }

    #[test]
    fn what_is_no_machine_is_refused_by_name() {
        let error = |numbers: [f64; 4]| {
            Couplings::new(&DMatrix::from_row_slice(2, 2, &numbers), &[0.0, 0.0]).unwrap_err().to_string()
        };
        assert_eq!(error([0.0, 1.0, 1.0, 2.0]), "unit 1 is joined to itself by 2; a self-connection must be 0");
        assert_eq!(
            error([0.0, 1.0, 2.0, 0.0]),
            "the weights between units 0 and 1 are 1 and 2; they must be the same both ways"
        );
        assert!(error([0.0, f64::NAN, f64::NAN, 0.0]).contains("between units 0 and 1 is NaN"));
        assert!(Couplings::new(&DMatrix::zeros(2, 3), &[0.0, 0.0]).is_err());
        assert!(pair().energy(&[0.5, 0.0]).is_err() && pair().energy(&[1.0]).is_err());
    }

    #[test]
    fn what_is_clamped_leaves_a_machine_of_the_others() {
        let (rest, constant) = pair().conditioned(&[1.0, 0.0], &[1]);
        assert_eq!((rest.units(), rest.biases(), constant), (1, &[2.5][..], 1.0));
    }

    #[test]
    fn a_memory_holds_what_it_was_given() {
        let pattern = [1.0, 0.0, 1.0, 1.0, 0.0];
        let memory = Couplings::hopfield(&DMatrix::from_column_slice(5, 1, &pattern)).unwrap();
        // Each unit is spoken for by the four others, each at 1/2.
        let fields = memory.fields(&pattern).unwrap();
        assert!(fields.iter().zip(pattern).all(|(&field, unit)| field == 2.0 * (2.0 * unit - 1.0)), "{fields:?}");
    }
}
