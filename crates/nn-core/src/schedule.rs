//! Schedules: how the step size changes from epoch to epoch.

use crate::model::History;
use serde::Serialize;
use std::f64::consts::PI;

crate::choices! {
    /// How the step size of an epoch follows from the first one, eta: `eta_t = s_t eta`, the epochs t counted from 0.
    /// f is the factor of the schedule and k its number of epochs.
    pub enum ScheduleKind {
        /// `s_t = 1`.
        Constant = "constant",
        /// `s_t = f^(t div k)`: a stair.
        Step = "step",
        /// `s_t = f^t`.
        Exponential = "exponential",
        /// `s_t = (1 + cos(pi t / T)) / 2` with T epochs in all: from 1 down to nearly 0. Loshchilov and Hutter 2017,
        /// eq. 5, without restarts.
        Cosine = "cosine",
        /// `s_t = 1 / (1 + f t)`: its sum is infinite and that of its squares is not, which is what Robbins and Monro
        /// 1951 ask for.
        InverseTime = "inverse-time",
        /// f times smaller each time the loss, of validation where there is any, has not got better for more than k epochs.
        Plateau = "plateau",
    }
}

/// A schedule with its two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Schedule {
    /// Which.
    #[serde(rename = "schedule")]
    pub kind: ScheduleKind,
    /// f.
    #[serde(rename = "schedule_factor")]
    pub factor: f64,
    /// k, 1 or more.
    #[serde(rename = "schedule_epochs")]
    pub every: usize,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { kind: ScheduleKind::Constant, factor: ScheduleKind::Constant.usual_factor(), every: 10 }
    }
}

impl ScheduleKind {
    /// Whether the step size of an epoch hangs on how many there are to be.
    pub(crate) fn hangs_on_epochs(self) -> bool {
        match self {
            Self::Cosine => true,
            Self::Constant | Self::Step | Self::Exponential | Self::InverseTime | Self::Plateau => false,
        }
    }

    /// The factor that the schedule is usually given.
    pub fn usual_factor(self) -> f64 {
        match self {
            Self::Exponential => 0.95,
            Self::Step | Self::InverseTime | Self::Plateau => 0.1,
            // These read none.
            Self::Constant | Self::Cosine => 0.1,
        }
    }
}

/// A schedule on its way: it has seen the losses of the epochs so far, each once.
#[derive(Clone, Debug)]
pub(crate) struct Pacer {
    schedule: Schedule,
    /// Losses seen, the least of them, how many came since, and how many plateaus there were.
    seen: usize,
    best: f64,
    since: usize,
    plateaus: usize,
}

impl Pacer {
    pub(crate) fn new(schedule: Schedule) -> Self {
        Self { schedule, seen: 0, best: f64::INFINITY, since: 0, plateaus: 0 }
    }

    /// `s_t` for the epoch that follows those of `history`, of `epochs` in all. It depends on nothing else, so a training
    /// that is resumed goes on alike.
    pub(crate) fn scale(&mut self, history: &History, epochs: usize) -> f64 {
        let Schedule { kind, factor, .. } = self.schedule;
        let t = history.losses.len();
        match kind {
            ScheduleKind::Constant => 1.0,
            ScheduleKind::Step => factor.powf((t / self.schedule.every.max(1)) as f64),
            ScheduleKind::Exponential => factor.powf(t as f64),
            ScheduleKind::Cosine => (1.0 + (PI * t as f64 / epochs.max(1) as f64).cos()) / 2.0,
            ScheduleKind::InverseTime => 1.0 / (1.0 + factor * t as f64),
            ScheduleKind::Plateau => {
                self.look_for_plateaus(history);
                factor.powf(self.plateaus as f64)
            }
        }
    }

    /// Counts where more than `every` epochs in a row have brought nothing better.
    fn look_for_plateaus(&mut self, history: &History) {
        let watched = if history.validation_losses.is_empty() { &history.losses } else { &history.validation_losses };
        for &loss in watched.iter().skip(self.seen) {
            self.since = if loss < self.best { 0 } else { self.since + 1 };
            self.best = self.best.min(loss);
            if self.schedule.every < self.since {
                (self.plateaus, self.since) = (self.plateaus + 1, 0);
            }
        }
        self.seen = watched.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The scales of epochs 0, 1, 2, ... where the loss of each is as given.
    fn scales(kind: ScheduleKind, factor: f64, every: usize, losses: &[f64]) -> Vec<f64> {
        let schedule = Schedule { kind, factor, every };
        let history = |t: usize| History { losses: losses[..t].to_vec(), ..History::default() };
        // Each on its own, as where a training is resumed there; and one that goes all the way.
        let fresh = |t: usize| Pacer::new(schedule).scale(&history(t), losses.len());
        let mut pacer = Pacer::new(schedule);
        let scales: Vec<f64> = (0..losses.len()).map(|t| pacer.scale(&history(t), losses.len())).collect();
        assert_eq!(scales, (0..losses.len()).map(fresh).collect::<Vec<_>>());
        scales
    }

    #[test]
    fn each_schedule_falls_as_its_formula_says() {
        let losses = [1.0; 4];
        assert_eq!(scales(ScheduleKind::Constant, 0.1, 1, &losses), [1.0; 4]);
        assert_eq!(scales(ScheduleKind::Step, 0.5, 2, &losses), [1.0, 1.0, 0.5, 0.5]);
        assert_eq!(scales(ScheduleKind::Exponential, 0.5, 9, &losses), [1.0, 0.5, 0.25, 0.125]);
        assert_eq!(scales(ScheduleKind::InverseTime, 1.0, 9, &losses), [1.0, 0.5, 1.0 / 3.0, 0.25]);
        let half = 0.5_f64.sqrt();
        for (scale, expected) in scales(ScheduleKind::Cosine, 0.1, 1, &losses).iter().zip([1.0, half, 0.0, -half]) {
            assert!((scale - (1.0 + expected) / 2.0).abs() < 1e-15);
        }
    }

    #[test]
    fn a_plateau_is_longer_than_so_many_epochs_without_a_better_loss() {
        let losses = [3.0, 2.0, 2.0, 2.5, 2.0, 1.0, 1.5, 1.5, 1.5, 9.0];
        let expected = [1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.25];
        assert_eq!(scales(ScheduleKind::Plateau, 0.5, 2, &losses), expected);
    }

    #[test]
    fn where_there_is_a_validation_loss_that_is_watched() {
        let schedule = Schedule { kind: ScheduleKind::Plateau, factor: 0.5, every: 1 };
        let history = History { losses: vec![3.0, 2.0, 1.0], validation_losses: vec![1.0; 3], ..History::default() };
        assert_eq!(Pacer::new(schedule).scale(&history, 9), 0.5);
    }
}
