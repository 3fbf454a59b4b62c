//! The progress bar of a training or a search for settings: on a terminal, and nowhere else.

use crate::output::{number, plain};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use nn_core::{Epoch, Stage, tune};
use std::fmt;
use std::io::{self, IsTerminal};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Small sets pass an epoch in microseconds: between two looks nothing is written or even formatted.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// What the bar counts of data that are read part by part: bytes, shown as a share; or nothing, where nobody knows how many there are.
const SHARE: &str = "share";
const ROWS: &str = "rows";

/// A bar on standard error with epoch, or start or look of a search, loss, validation loss and the time that is left.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    /// What the bar counts.
    stage: Stage,
    /// What the bar shows beside the epoch. Each call of the bar draws it, so the text must change without one, or
    /// the loss of one epoch would stand beside the number of another.
    losses: Arc<Mutex<String>>,
    enabled: bool,
    shown: Instant,
}

impl Progress {
    /// A bar that appears with the first epoch, unless the user wants none or nobody would see it.
    pub(crate) fn new(quiet: bool) -> Self {
        let enabled = !quiet && io::stderr().is_terminal();
        Self { bar: None, stage: Stage::default(), losses: Arc::default(), enabled, shown: Instant::now() }
    }

    /// Shows where the training is; it never ends it.
    pub(crate) fn see(&mut self, epoch: &Epoch) -> ControlFlow<()> {
        let begins = epoch.epoch == 1 || epoch.stage != self.stage;
        if self.enabled && (begins || BETWEEN_LOOKS <= self.shown.elapsed()) {
            self.shown = Instant::now();
            let validation = epoch.validation_loss.map(|loss| format!("  validation {}", number(loss)));
            let losses = format!("loss {}{}", number(epoch.loss), validation.unwrap_or_default());
            if epoch.stage != self.stage {
                // After a search comes the training.
                self.clear();
                self.stage = epoch.stage;
            }
            self.show(epoch.stage.unit(), epoch.epoch, epoch.epochs, losses);
        }
        ControlFlow::Continue(())
    }

    /// Shows how many fits of a search for settings are done.
    pub(crate) fn see_fits(&mut self, progress: &tune::Progress) {
        if self.enabled && (self.bar.is_none() || BETWEEN_LOOKS <= self.shown.elapsed()) {
            self.shown = Instant::now();
            let best = progress.best.map_or_else(String::new, |(name, best)| format!("best {name} {}", number(best)));
            self.show("fit", progress.done, progress.fits, best);
        }
    }

    /// Shows how far data are read that come part by part: the rows, the bytes read and how many there are where that is known, and
    /// the loss of the last part where there is one.
    pub(crate) fn see_part(&mut self, (rows, bytes): (u64, Option<[u64; 2]>), loss: Option<f64>) {
        if self.enabled && (self.bar.is_none() || BETWEEN_LOOKS <= self.shown.elapsed()) {
            self.shown = Instant::now();
            let loss = loss.map_or_else(String::new, |loss| format!("  loss {}", number(loss)));
            let [read, whole] = bytes.unwrap_or_default().map(|count| count as usize);
            self.show(if bytes.is_some() { SHARE } else { ROWS }, read, whole, format!("{rows} rows{loss}"));
        }
    }

    fn show(&mut self, unit: &'static str, done: usize, whole: usize, beside: String) {
        *self.losses.lock().unwrap_or_else(PoisonError::into_inner) = beside;
        let bar = self.bar.get_or_insert_with(|| bar(unit, whole, Arc::clone(&self.losses)));
        if bar.length() != Some(whole as u64) {
            bar.set_length(whole as u64);
        }
        bar.set_position(done as u64);
    }

    /// Takes the bar away, for what comes after it.
    pub(crate) fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

fn bar(unit: &str, whole: usize, losses: Arc<Mutex<String>>) -> ProgressBar {
    let bar = if plain() { "[{bar:24}]" } else { "{bar:24.cyan/dim}" };
    let template = match unit {
        ROWS => "read {losses}".to_owned(),
        SHARE => format!("read {{percent}}% {bar} {{losses}}  {{eta}} left"),
        unit => format!("{unit} {{pos}}/{{len}} {bar} {{losses}}  {{eta}} left"),
    };
    let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let style = style.with_key("losses", move |_: &ProgressState, out: &mut dyn fmt::Write| {
        // A bar that cannot be drawn is no reason to end a training.
        let _ = out.write_str(&losses.lock().unwrap_or_else(PoisonError::into_inner));
    });
    let characters = if plain() { "=> " } else { "━╸─" };
    ProgressBar::with_draw_target(Some(whole as u64), ProgressDrawTarget::stderr())
        .with_style(style.progress_chars(characters))
}
