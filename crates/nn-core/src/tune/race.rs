//! Which candidates are not worth another fold.
//!
//! After r of K folds a candidate is compared with the leader by their differences `d_1 .. d_r` on the same folds, of mean m and
//! standard deviation s. What the whole K folds would come to is foretold from them: if differences are drawn from one normal
//! distribution, the mean of the K - r folds to come lies about m with variance `s^2 (1/(K-r) + 1/r)`, and so the mean of all
//! K with variance `s^2 (K-r)/(K r)`, which is 0 when all are seen. The candidate is hopeless where
//!
//! `(m - margin) / (s sqrt((K-r)/(K r))) > t`
//!
//! with t the point of Student's distribution of r - 1 degrees of freedom that is exceeded with probability
//! `ERROR / ((candidates - 1) looks)`: so that, by Bonferroni, in all looks at all candidates together, one that would have been
//! chosen is stopped with probability [`ERROR`] at most. The margin is 0 where the best mean is chosen, and the
//! leader's standard error where it is enough to come within that. That folds share what they learn from makes this approximate;
//! so does a share such as accuracy, which moves in steps, so that a few equal differences may have no deviation at all: of n samples
//! `s^2` is then at least `m (1 - m) / n`, the least that samples which the two answer differently can leave it. Racing candidates so
//! goes back to Maron and Moore 1994, with t tests Moore and Lee 1994.

use super::trial::{mean, standard_error, variance};
use super::{Choice, Ended, Trial};
use crate::Better;

/// Probability that one who would have been chosen is stopped.
pub const ERROR: f64 = 0.05;
/// Folds that every candidate sees. Two differences say next to nothing of how much they vary.
pub(super) const FEWEST: usize = 3;

/// How candidates are judged while they are under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Race {
    pub(super) folds: usize,
    pub(super) choice: Choice,
    pub(super) better: Better,
    /// Samples of the smallest fold, where what is measured is a share of them.
    pub(super) shares: Option<usize>,
}

impl Race {
    /// Marks those still under way that are hopeless, all having seen the same folds.
    pub(super) fn judge(&self, trials: &mut [Trial]) {
        let under_way = trials.iter().filter(|trial| trial.ended == Ended::Unfinished && !trial.values.is_empty());
        let ahead = |a: &Trial, b: &Trial| self.better.shortfall(mean(&b.values), mean(&a.values)) < 0.0;
        let Some(leader) = under_way.reduce(|a, b| if ahead(a, b) { b } else { a }) else { return };
        let leader = leader.values.clone();
        let seen = leader.len();
        if seen < FEWEST || self.folds <= seen {
            return;
        }
        let looks = self.folds - FEWEST;
        let error = ERROR / ((trials.len() - 1).max(1) * looks) as f64;
        let margin = match self.choice {
            Choice::Best => 0.0,
            Choice::OneStandardError => standard_error(&leader).unwrap_or(0.0),
        };
        for trial in trials.iter_mut().filter(|trial| trial.ended == Ended::Unfinished) {
            if self.is_hopeless(&trial.values, &leader, margin, error) {
                trial.ended = Ended::Hopeless;
            }
        }
    }

    fn is_hopeless(&self, values: &[f64], leader: &[f64], margin: f64, error: f64) -> bool {
        let differences: Vec<f64> =
            values.iter().zip(leader).map(|(&value, &best)| self.better.shortfall(value, best)).collect();
        let (seen, whole) = (differences.len() as f64, self.folds as f64);
        let behind = mean(&differences);
        if behind - margin <= 0.0 {
            return false;
        }
        let least = self.shares.map_or(0.0, |samples| behind * (1.0 - behind) / samples as f64);
        let deviation = (variance(&differences).max(least) * (whole - seen) / (whole * seen)).sqrt();
        upper_tail((behind - margin) / deviation, differences.len() - 1) < error
    }
}

/// Probability that a number of Student's distribution with so many degrees of freedom exceeds `t`, which is 0 or more.
///
/// The finite sums of Abramowitz and Stegun 26.7.3 and 26.7.4.
fn upper_tail(t: f64, degrees: usize) -> f64 {
    if t.is_infinite() {
        return 0.0;
    }
    let angle = (t / (degrees as f64).sqrt()).atan();
    let (sine, cosine) = angle.sin_cos();
    let odd = degrees % 2 == 1;
    // The first term is that of cos^1 or cos^0; each later one has two more factors of the cosine.
    let (mut term, mut sum) = if odd { (cosine, 0.0) } else { (1.0, 0.0) };
    let mut k = if odd { 3 } else { 2 };
    while k <= degrees {
        sum += term;
        term *= cosine * cosine * (k - 1) as f64 / k as f64;
        k += 2;
    }
    let within = if odd { (angle + sine * sum) / std::f64::consts::FRAC_PI_2 } else { sine * sum };
    ((1.0 - within) / 2.0).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Key, normal};
    use crate::tune::Candidate;

    #[test]
    fn the_tail_is_that_of_the_tables() {
        // Abramowitz and Stegun, table 26.10: the points that are exceeded with probability 0.025 and 0.005.
        for (degrees, [t, far]) in [
            (1, [12.706, 63.657]),
            (2, [4.303, 9.925]),
            (3, [3.182, 5.841]),
            (4, [2.776, 4.604]),
            (5, [2.571, 4.032]),
            (9, [2.262, 3.250]),
            (30, [2.042, 2.750]),
        ] {
            assert!((upper_tail(t, degrees) - 0.025).abs() < 3e-5, "{degrees}: {}", upper_tail(t, degrees));
            assert!((upper_tail(far, degrees) - 0.005).abs() < 1e-5, "{degrees}: {}", upper_tail(far, degrees));
            assert!((upper_tail(0.0, degrees) - 0.5).abs() < 1e-12);
        }
        assert_eq!(upper_tail(f64::INFINITY, 3), 0.0);
    }

    const RACE: Race = Race { folds: 10, choice: Choice::Best, better: Better::Smaller, shares: None };

    fn trials(lists: &[Vec<f64>]) -> Vec<Trial> {
        let trial = |values: &Vec<f64>| Trial {
            candidate: Candidate::default(),
            values: values.clone(),
            ended: Ended::Unfinished,
        };
        lists.iter().map(trial).collect()
    }

    fn stopped(race: Race, lists: &[Vec<f64>]) -> Vec<bool> {
        let mut trials = trials(lists);
        race.judge(&mut trials);
        trials.iter().map(|trial| trial.ended == Ended::Hopeless).collect()
    }

    #[test]
    fn who_is_far_behind_on_every_fold_is_stopped_and_who_is_near_is_not() {
        let leader = vec![1.0, 1.2, 0.9, 1.1, 1.0];
        let far: Vec<f64> = leader.iter().zip([5.0, 5.1, 4.9, 5.2, 5.0]).map(|(a, b)| a + b).collect();
        let near = vec![1.1, 1.1, 1.0, 1.0, 1.1];
        assert_eq!(stopped(RACE, &[far.clone(), leader.clone(), near]), [true, false, false]);
        // Two folds are too few.
        assert_eq!(stopped(RACE, &[far[..2].to_vec(), leader[..2].to_vec()]), [false, false]);
        let greater = Race { better: Better::Greater, ..RACE };
        assert_eq!(stopped(greater, &[far, leader]), [false, true]);
    }

    #[test]
    fn a_few_equal_differences_of_a_share_are_not_taken_for_certain() {
        let (leader, behind) = (vec![0.9, 0.8, 0.9], vec![0.8, 0.7, 0.8]);
        let shares = Race { better: Better::Greater, shares: Some(10), ..RACE };
        assert_eq!(stopped(shares, &[leader.clone(), behind.clone()]), [false, false]);
        assert_eq!(stopped(Race { shares: None, ..shares }, &[leader, behind]), [false, true]);
    }

    #[test]
    fn who_may_come_within_a_standard_error_goes_on_where_that_is_enough() {
        // Behind by a tenth on every fold, while the folds differ by much more.
        let leader = vec![1.0, 3.0, 2.0, 1.5, 2.5];
        let behind: Vec<f64> = leader.iter().zip([0.10, 0.11, 0.10, 0.09, 0.10]).map(|(a, b)| a + b).collect();
        let lists = [behind, leader];
        assert_eq!(stopped(RACE, &lists), [true, false]);
        assert_eq!(stopped(Race { choice: Choice::OneStandardError, ..RACE }, &lists), [false, false]);
    }

    /// Ten candidates whose means over all the folds are told in advance, in 2,000 races.
    #[test]
    fn the_one_that_would_win_is_seldom_stopped_and_most_of_the_hopeless_are() {
        let (mut lost, mut spared, mut hopeless) = (0, 0, 0);
        let races = 2000;
        for seed in 0..races {
            let mut stream = Key::once(seed).stream("race");
            let scale = [0.0, 0.5, 1.0, 20.0][seed as usize % 4];
            let whole: Vec<Vec<f64>> = (0..10)
                .map(|candidate| (0..10).map(|_| f64::from(candidate) * scale + normal(&mut stream)).collect())
                .collect();
            let winner = (0..10).min_by(|&a, &b| mean(&whole[a]).total_cmp(&mean(&whole[b]))).unwrap();
            let mut trials = trials(&vec![Vec::new(); 10]);
            for fold in 0..10 {
                for (trial, values) in trials.iter_mut().zip(&whole).filter(|(trial, _)| trial.ended != Ended::Hopeless)
                {
                    trial.values.push(values[fold]);
                }
                RACE.judge(&mut trials);
            }
            lost += usize::from(trials[winner].ended == Ended::Hopeless);
            if scale == 20.0 {
                hopeless += 9;
                spared += trials
                    .iter()
                    .filter(|trial| trial.ended == Ended::Hopeless)
                    .map(|t| 10 - t.values.len())
                    .sum::<usize>();
            }
        }
        assert!(lost as f64 <= ERROR * races as f64, "{lost} of {races}");
        // Each of the hopeless ones is spared four folds of ten or more.
        assert!(4 * hopeless <= spared, "{spared} folds of {hopeless}");
    }
}
