//! Sums over all states, exact.
//!
//! A table of `-E(s)` doubles with each unit: where unit i turns on, `-E` gains its field, and the fields of i over the states
//! of the units before it are a table that doubles as well. So 2^n states cost some 3 2^n additions. The table becomes
//! probabilities by a log-sum-exp; how often two units are on together is read off it by folding it in halves, 3 2^n additions
//! for all pairs.

use super::couplings::Couplings;
use crate::logs::softplus;
use nn_core::kernels::{axpy, exp, sum};
use nn_core::{Error, Result};

/// Most units whose states are summed one by one: 2^20 states. Clamped units do not count, nor do units that are summed in closed
/// form because no connection joins them to one another.
pub const MOST_ENUMERATED: usize = 20;
/// How many states these have.
pub(crate) const MOST_STATES: u64 = 1 << MOST_ENUMERATED;

/// How likely units are to be on, alone and together.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// `ln sum_s e^(-E(s))`.
    pub log_partition: f64,
    /// `P(s_i = 1)`, one a unit.
    pub single: Vec<f64>,
    /// `P(s_i = 1, s_j = 1)` at `i units + j`, for `j < i`; 0 elsewhere.
    pub pair: Vec<f64>,
}

/// What a table of the states of so many units takes: `2^30 states, which take 16 GiB and about 16 s each time`.
pub(crate) fn cost(units: usize) -> String {
    // Two tables of eight bytes a state; the time is a rough guess, 16 ns a state.
    match units.checked_sub(26) {
        Some(more) if more < 13 => {
            format!("2^{units} states, which take {} GiB and about {} s each time", 1_u64 << more, 1_u64 << more)
        }
        Some(_) => format!("2^{units} states, which take longer than anybody waits"),
        None => {
            let mib = (16_u64 << units) >> 20;
            format!("2^{units} states, which take {mib} MiB and about {mib} ms each time")
        }
    }
}

/// That the states of so many units can be summed over.
///
/// # Errors
/// [`Error::Data`] where they cannot.
pub(crate) fn check(units: usize) -> Result<()> {
    if units <= MOST_ENUMERATED {
        return Ok(());
    }
    let cost = cost(units);
    Err(Error::data(format!(
        "{units} joined units are too many to sum over their states: {cost}; at most {MOST_ENUMERATED} are"
    )))
}

/// `-E(s)` of all states, state `sum_i s_i 2^i` at this number.
pub(crate) fn table(couplings: &Couplings) -> Vec<f64> {
    let units = couplings.units();
    let mut table = Vec::with_capacity(1 << units);
    let mut field = Vec::with_capacity(1 << units.saturating_sub(1));
    table.push(0.0);
    for i in 0..units {
        fields(couplings, i, i, &mut field);
        // The upper half is the lower one with unit i on.
        let lower = table.len();
        table.extend_from_within(..);
        axpy(1.0, &field, &mut table[lower..]);
    }
    table
}

/// The field of unit i over all states of the first `others` units.
fn fields(couplings: &Couplings, i: usize, others: usize, field: &mut Vec<f64>) {
    field.clear();
    field.push(couplings.biases()[i]);
    for j in 0..others {
        let (weight, lower) = (couplings.weight(i, j), field.len());
        field.extend_from_within(..);
        field[lower..].iter_mut().for_each(|field| *field += weight);
    }
}

/// `ln sum_s e^(x_s)`; `x` then holds the shares of the sum.
fn normalise(x: &mut [f64]) -> f64 {
    let most = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    x.iter_mut().for_each(|x| *x -= most);
    exp(x);
    let total = sum(x);
    x.iter_mut().for_each(|x| *x /= total);
    most + total.ln()
}

/// The logarithm of the partition function, and the probability of each state.
///
/// # Errors
/// [`Error::Data`] for more than [`MOST_ENUMERATED`] units.
pub(crate) fn distribution(couplings: &Couplings) -> Result<(f64, Vec<f64>)> {
    check(couplings.units())?;
    let mut table = table(couplings);
    let log_partition = normalise(&mut table);
    Ok((log_partition, table))
}

/// How likely units are to be on, alone and together.
///
/// # Errors
/// Those of [`distribution`].
pub(crate) fn moments(couplings: &Couplings) -> Result<Moments> {
    let units = couplings.units();
    let (log_partition, mut p) = distribution(couplings)?;
    let mut moments = Moments { log_partition, single: vec![0.0; units], pair: vec![0.0; units * units] };
    for i in (0..units).rev() {
        // The upper half is where unit i is on; added to the lower one it leaves the others' distribution.
        let (lower, upper) = p.split_at_mut(1 << i);
        axpy(1.0, upper, lower);
        moments.single[i] = sum(upper);
        let mut rest = upper;
        for j in (0..i).rev() {
            let (off, on) = rest.split_at_mut(1 << j);
            moments.pair[i * units + j] = sum(on);
            axpy(1.0, on, off);
            rest = off;
        }
        p.truncate(1 << i);
    }
    Ok(moments)
}

/// The same group by group of units that no connection joins, which have nothing to do with one another.
///
/// # Errors
/// Those of [`distribution`], where a group is too large.
pub(crate) fn grouped_moments(couplings: &Couplings) -> Result<Moments> {
    let (units, groups) = (couplings.units(), components(couplings));
    let mut all = Moments { log_partition: 0.0, single: vec![0.0; units], pair: vec![0.0; units * units] };
    let state = vec![0.0; units];
    let mut part_of = vec![0; units];
    for (part, group) in groups.iter().enumerate() {
        if let &[unit] = &group[..] {
            let field = couplings.biases()[unit as usize];
            all.log_partition += softplus(field);
            (all.single[unit as usize], part_of[unit as usize]) = (1.0 / (1.0 + (-field).exp()), part);
            continue;
        }
        let own = moments(&couplings.conditioned(&state, group).0)?;
        all.log_partition += own.log_partition;
        for (i, &unit) in group.iter().enumerate() {
            part_of[unit as usize] = part;
            all.single[unit as usize] = own.single[i];
            for (j, &other) in group[..i].iter().enumerate() {
                all.pair[unit as usize * units + other as usize] = own.pair[i * group.len() + j];
            }
        }
    }
    for (i, j) in (0..units).flat_map(|i| (0..i).map(move |j| (i, j))) {
        if part_of[i] != part_of[j] {
            all.pair[i * units + j] = all.single[i] * all.single[j];
        }
    }
    Ok(all)
}

/// The units in groups that no connection joins, each group in rising order.
pub(crate) fn components(couplings: &Couplings) -> Vec<Vec<u32>> {
    let units = couplings.units();
    let mut seen = vec![false; units];
    let mut components = Vec::new();
    for first in 0..units {
        if seen[first] {
            continue;
        }
        seen[first] = true;
        let mut component = vec![first as u32];
        let mut next = 0;
        while let Some(&unit) = component.get(next) {
            let joined = couplings.column(unit as usize).iter().enumerate();
            for (other, _) in joined.filter(|&(_, &weight)| weight != 0.0) {
                if !std::mem::replace(&mut seen[other], true) {
                    component.push(other as u32);
                }
            }
            next += 1;
        }
        component.sort_unstable();
        components.push(component);
    }
    components
}

/// What is exact about units that run free: see [`free`].
#[derive(Clone, Debug)]
pub(crate) struct Free {
    pub(crate) log_partition: f64,
    /// `P(s_i = 1)` of each.
    pub(crate) single: Vec<f64>,
    /// The most probable state, the first one of equals.
    pub(crate) likeliest: Vec<bool>,
}

/// Sums group by group.
///
/// # Errors
/// Those of [`distribution`], where a group is too large.
pub(crate) fn free(couplings: &Couplings) -> Result<Free> {
    free_in(couplings, &components(couplings))
}

/// The same of groups that are known: those of [`components`].
///
/// # Errors
/// Those of [`distribution`], where a group is too large.
pub(crate) fn free_in(couplings: &Couplings, components: &[Vec<u32>]) -> Result<Free> {
    components.iter().try_for_each(|component| check(component.len()))?;
    let units = couplings.units();
    let mut free = Free { log_partition: 0.0, single: vec![0.0; units], likeliest: vec![false; units] };
    let state = vec![0.0; units];
    for component in components {
        if let &[unit] = &component[..] {
            let (unit, field) = (unit as usize, couplings.biases()[unit as usize]);
            free.log_partition += softplus(field);
            free.single[unit] = 1.0 / (1.0 + (-field).exp());
            free.likeliest[unit] = 0.0 < field;
            continue;
        }
        let (log_partition, mut p) = distribution(&couplings.conditioned(&state, component).0)?;
        free.log_partition += log_partition;
        let best = (1..p.len()).fold(0, |best, state| if p[best] < p[state] { state } else { best });
        for (bit, &unit) in component.iter().enumerate().rev() {
            let (lower, upper) = p.split_at_mut(1 << bit);
            free.single[unit as usize] = sum(upper);
            axpy(1.0, upper, lower);
            p.truncate(1 << bit);
            free.likeliest[unit as usize] = best >> bit & 1 == 1;
        }
    }
    Ok(free)
}

/// `ln sum_s e^(-E(s))`, as [`Couplings::log_partition`] says.
///
/// # Errors
/// Those of [`distribution`], where a group is too large.
pub(crate) fn log_partition(couplings: &Couplings) -> Result<f64> {
    let mut log_partition = 0.0;
    for own in groups(couplings) {
        log_partition += match of_sides(&own) {
            Some(log_partition) => log_partition,
            None => distribution(&own)?.0,
        };
    }
    Ok(log_partition)
}

/// The same where nothing but two sides without connections within them has to be summed over; else none.
pub(crate) fn log_partition_of_sides(couplings: &Couplings) -> Option<f64> {
    groups(couplings).iter().map(of_sides).sum()
}

/// A machine for each group of units that no connection joins to others.
fn groups(couplings: &Couplings) -> Vec<Couplings> {
    let state = vec![0.0; couplings.units()];
    components(couplings).iter().map(|group| couplings.conditioned(&state, group).0).collect()
}

/// `ln sum_s e^(-E(s))` of connected units by the states of the smaller of two sides; none where there are no sides, or both are too large.
fn of_sides(own: &Couplings) -> Option<f64> {
    sides(own).filter(|sides| sides[0].len() <= MOST_ENUMERATED).map(|sides| of_two_sides(own, &sides))
}

/// The two sides of connected units none of which is joined to one of its own side, the smaller one first; none where there are
/// no such sides.
fn sides(couplings: &Couplings) -> Option<[Vec<usize>; 2]> {
    let mut side = vec![None; couplings.units()];
    side[0] = Some(0);
    let mut reached = vec![0];
    while let Some(unit) = reached.pop() {
        let (own, joined) = (side[unit], couplings.column(unit).iter().enumerate());
        for (other, _) in joined.filter(|&(_, &weight)| weight != 0.0) {
            if side[other].is_none() {
                side[other] = own.map(|own| 1 - own);
                reached.push(other);
            } else if side[other] == own {
                return None;
            }
        }
    }
    let of = |which: i32| (0..side.len()).filter(|&unit| side[unit] == Some(which)).collect::<Vec<_>>();
    let (left, right) = (of(0), of(1));
    Some(if left.len() <= right.len() { [left, right] } else { [right, left] })
}

/// Over the states a of the smaller side, `ln sum_a e^(theta a) prod_b (1 + e^(field_b(a)))`.
fn of_two_sides(couplings: &Couplings, [small, large]: &[Vec<usize>; 2]) -> f64 {
    let order: Vec<u32> = small.iter().chain(large).map(|&unit| unit as u32).collect();
    let (couplings, _) = couplings.conditioned(&vec![0.0; couplings.units()], &order);
    let (mut field, mut states) = (Vec::new(), vec![0.0]);
    for i in 0..small.len() {
        let (bias, lower) = (couplings.biases()[i], states.len());
        states.extend_from_within(..);
        states[lower..].iter_mut().for_each(|state| *state += bias);
    }
    for b in small.len()..couplings.units() {
        fields(&couplings, b, small.len(), &mut field);
        states.iter_mut().zip(&field).for_each(|(state, &field)| *state += softplus(field));
    }
    normalise(&mut states)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nn_core::nalgebra::DMatrix;
    use nn_core::testing::numbers;

    /// Units with random weights where `joined`, and random biases.
    pub(crate) fn random(units: usize, joined: impl Fn(usize, usize) -> bool) -> Couplings {
        let drawn = numbers(units * units, "weights");
        let weight = |i: usize, j: usize| 2.0 * drawn[i.max(j) * units + i.min(j)];
        let weights =
            DMatrix::from_fn(
                units,
                units,
                |i, j| if i != j && joined(i.min(j), i.max(j)) { weight(i, j) } else { 0.0 },
            );
        Couplings::new(&weights, &numbers(units, "biases")).unwrap()
    }

    fn state(number: usize, units: usize) -> Vec<f64> {
        (0..units).map(|unit| (number >> unit & 1) as f64).collect()
    }

    #[test]
    fn probabilities_and_moments_are_those_of_one_state_after_another() {
        let machine = random(7, |i, j| (i + j) % 3 != 0);
        let weigh = |number| (-machine.energy(&state(number, 7)).unwrap()).exp();
        let total: f64 = (0..128).map(weigh).sum();
        let p = machine.distribution().unwrap();
        assert!((0..128).all(|number| (p[number] - weigh(number) / total).abs() < 1e-15));
        let moments = machine.moments().unwrap();
        assert!((moments.log_partition - total.ln()).abs() < 1e-12);
        for i in 0..7 {
            let on = |number: &usize| number >> i & 1 == 1;
            let single: f64 = (0..128).filter(on).map(|number| p[number]).sum();
            assert!((moments.single[i] - single).abs() < 1e-14);
            for j in 0..i {
                let both =
                    (0..128).filter(on).filter(|number| number >> j & 1 == 1).map(|number| p[number]).sum::<f64>();
                assert!((moments.pair[7 * i + j] - both).abs() < 1e-14);
            }
        }
    }

    #[test]
    fn two_sides_and_groups_are_summed_as_all_states_are() {
        for joined in
            [|i: usize, j: usize| i < 3 && 3 <= j, |i: usize, j: usize| (i + j).is_multiple_of(2) && i % 3 == j % 3]
        {
            let machine = random(9, joined);
            let (whole, _) = distribution(&machine).unwrap();
            assert!((machine.log_partition().unwrap() - whole).abs() < 1e-12 * whole.abs());
            let free = free(&machine).unwrap();
            assert!((free.log_partition - whole).abs() < 1e-12 * whole.abs());
            let moments = machine.moments().unwrap();
            assert!(free.single.iter().zip(&moments.single).all(|(a, b)| (a - b).abs() < 1e-14));
            let grouped = grouped_moments(&machine).unwrap();
            assert!(grouped.pair.iter().zip(&moments.pair).all(|(a, b)| (a - b).abs() < 1e-14));
            let p = machine.distribution().unwrap();
            let best: Vec<bool> = (0..9).map(|unit| nn_core::metrics::largest(&p) >> unit & 1 == 1).collect();
            assert_eq!(free.likeliest, best);
        }
    }

    #[test]
    fn too_many_units_are_refused_with_what_they_would_cost() {
        let machine = random(30, |_, _| true);
        let error = machine.distribution().unwrap_err().to_string();
        assert_eq!(
            error,
            "30 joined units are too many to sum over their states: 2^30 states, which take 16 GiB and about 16 s each time; at most 20 are"
        );
        assert!(machine.log_partition().is_err());
        // Of 60 units in two sides of 10 and 50, 2^10 states are summed.
        assert!(random(60, |i, j| i < 10 && 10 <= j).log_partition().unwrap().is_finite());
    }

    #[test]
    fn the_sum_does_not_overflow() {
        assert_eq!(softplus(1e6), 1e6);
        let weights = DMatrix::from_row_slice(2, 2, &[0.0, 1e6, 1e6, 0.0]);
        assert_eq!(Couplings::new(&weights, &[0.0; 2]).unwrap().log_partition().unwrap(), 1e6);
    }
}
