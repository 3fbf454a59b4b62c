//! A genetic algorithm on real numbers.

use super::{Bounds, Budget, Found, bring_within, check, check_bounds, height, within};
use crate::random::{Key, below, normal, uniform};
use crate::{Error, Result, Scalar, threads};
use rand_chacha::ChaCha8Rng;

/// Settings of the genetic algorithm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Genetic {
    /// Members of a generation, 2 to 65,536.
    pub population: usize,
    /// The best of a generation that are in the next one as they are, fewer than the population.
    pub elite: usize,
    /// Members of which the best is a parent, at least 1: the more, the harder the selection.
    pub tournament: usize,
    /// Share of the children that have two parents, 0 to 1; the others have one.
    pub crossover: f64,
    /// Share of the parameters of a child that mutate, 0 to 1; `None` is one in all of theta.
    pub mutation: Option<f64>,
    /// Deviation of a mutation at the start, above 0; it falls to a thousandth of that in the end.
    pub step: f64,
    /// Where the parameters may lie, those of the first generation included.
    pub bounds: Option<Bounds>,
}

impl Default for Genetic {
    fn default() -> Self {
        Self { population: 50, elite: 2, tournament: 3, crossover: 0.9, mutation: None, step: 0.5, bounds: None }
    }
}

/// How far beyond its parents a child may lie, as a share of their distance (BLX-0.5 of Eshelman and Schaffer 1993).
const BEYOND: f64 = 0.5;

impl Genetic {
    fn check(&self) -> Result<()> {
        if !(2..=1 << 16).contains(&self.population) {
            return Err(Error::param("population", self.population, "a whole number from 2 to 65536"));
        }
        if self.population <= self.elite {
            return Err(Error::param("elite", self.elite, "less than the population"));
        }
        if self.tournament == 0 {
            return Err(Error::param("tournament", self.tournament, "1 or more"));
        }
        check("crossover", self.crossover, (0.0..=1.0).contains(&self.crossover), "a number from 0 to 1")?;
        let mutation = self.mutation.unwrap_or(0.0);
        check("mutation", mutation, (0.0..=1.0).contains(&mutation), "a number from 0 to 1")?;
        check_bounds(self.bounds)?;
        check("step", self.step, 0.0 < self.step, "a number above 0")
    }
}

/// A theta and what the function is there.
#[derive(Clone, Debug)]
struct Member<F> {
    theta: Vec<F>,
    value: f64,
}

/// Makes `function` small by selection, crossover and mutation.
///
/// The first generation is drawn by `draw`, which fills a theta of so many `parameters`. From generation to generation the
/// `elite` stay; each other member is a child of winners of a `tournament`. Of its parameters half are those of one parent or
/// the other (uniform crossover) and half lie somewhere between and around those of both (BLX-0.5), and some are mutated by a
/// normal step.
///
/// # Errors
/// [`Error::Param`] for a setting out of its range or a budget of nothing; [`Error::Shape`] for a theta without parameters.
pub fn genetic<F: Scalar>(
    function: impl Fn(&[F]) -> f64 + Sync,
    parameters: usize,
    draw: impl Fn(&mut [F], Key),
    settings: &Genetic,
    budget: &Budget<'_>,
) -> Result<Found<F>> {
    settings.check()?;
    budget.check()?;
    if parameters == 0 {
        return Err(Error::shape("theta", 1, 0));
    }
    let first = settings.population.min(budget.evaluations);
    let mut members: Vec<Member<F>> = (0..first as u64)
        .map(|shard| {
            let mut theta = vec![F::ZERO; parameters];
            draw(&mut theta, Key { seed: budget.seed, step: 0, shard });
            bring_within(&mut theta, settings.bounds);
            Member { theta, value: f64::INFINITY }
        })
        .collect();
    let mut found = Found::nothing(&members[0].theta);
    evaluate(&function, &mut members, &mut found);
    for generation in 1.. {
        let left = budget.evaluations - found.evaluations;
        let born = left.min(settings.population - settings.elite);
        if born == 0 || budget.is_stopped() {
            break;
        }
        // The order of equals is that of before, so that nothing depends on the sort.
        members.sort_by(|a, b| a.value.total_cmp(&b.value));
        let done = found.evaluations as f64 / budget.evaluations as f64;
        let step = settings.step * 1e-3_f64.powf(done);
        let mut children: Vec<Member<F>> = (0..born as u64)
            .map(|shard| {
                let mut stream = Key { seed: budget.seed, step: generation, shard }.stream("genetic");
                Member { theta: settings.child(&members, step, &mut stream), value: f64::INFINITY }
            })
            .collect();
        evaluate(&function, &mut children, &mut found);
        members.truncate(settings.elite);
        members.append(&mut children);
    }
    Ok(found)
}

/// Evaluates all members, side by side, and sees them in their order.
fn evaluate<F: Scalar>(function: &(impl Fn(&[F]) -> f64 + Sync), members: &mut [Member<F>], found: &mut Found<F>) {
    threads::side_by_side(members, |_, member| member.value = height(function(&member.theta)));
    members.iter().for_each(|member| found.see(&member.theta, member.value));
}

impl Genetic {
    /// A new member from sorted ones.
    fn child<F: Scalar>(&self, members: &[Member<F>], step: f64, stream: &mut ChaCha8Rng) -> Vec<F> {
        // Sorted, so that the least index drawn is the best of a tournament.
        let mut winner = || {
            let drawn = (0..self.tournament).map(|_| below(members.len() as u32, stream) as usize);
            drawn.min().unwrap_or_default()
        };
        let (mother, father) = (&members[winner()].theta, &members[winner()].theta);
        let mut child = mother.clone();
        if uniform(stream) < self.crossover {
            for (value, other) in child.iter_mut().zip(father) {
                // Blended all at once, what is right already in one parameter would hardly ever outlive the others.
                match below(4, stream) {
                    0 => {}
                    1 => *value = *other,
                    _ => *value = F::from_f64(blend(value.to_f64(), other.to_f64(), stream)),
                }
            }
        }
        let mutation = self.mutation.unwrap_or(1.0 / child.len() as f64);
        for value in &mut child {
            if uniform(stream) < mutation {
                *value = F::from_f64(value.to_f64() + step * normal(stream));
            }
            *value = F::from_f64(within(value.to_f64(), self.bounds));
        }
        child
    }
}

/// Somewhere between and around two numbers.
fn blend(mother: f64, father: f64, stream: &mut ChaCha8Rng) -> f64 {
    let (low, high) = (mother.min(father), mother.max(father));
    let beyond = BEYOND * (high - low);
    low - beyond + (high - low + 2.0 * beyond) * uniform(stream)
}
