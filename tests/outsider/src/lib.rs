#![doc = include_str!("../README.md")]

/// The Rust of the front page and of the book is compiled and run. `cargo xtask tidy` asks for every page that has some.
#[cfg(doctest)]
mod pages {
    macro_rules! pages {
        ($($name:ident: $path:literal,)*) => { $(#[doc = include_str!($path)] struct $name;)* };
    }

    pages! {
        Readme: "../../../README.md",
        Cascor: "../../../docs/cascade-correlation.md",
        Cnn: "../../../docs/cnn.md",
        Data: "../../../docs/data.md",
        Neuron: "../../../docs/neuron.md",
        OwnLayers: "../../../docs/own-layers.md",
        Rbm: "../../../docs/rbm.md",
        Reproducibility: "../../../docs/reproducibility.md",
        Som: "../../../docs/som.md",
        Start: "../../../docs/start.md",
        StartInChinese: "../../../docs/zh/start.md",
        Tuning: "../../../docs/tuning.md",
    }
}

use nn_core::{Checkpoint, FitOptions, History, Objective, Samples, Scalar, State, Training, train, with_threads};
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

/// What is trained, from where, on what and how. There should be five epochs or more.
#[derive(Debug)]
pub struct Case<'a, F: Scalar, O> {
    /// What is to be made small.
    pub objective: &'a O,
    /// Where theta starts.
    pub theta: Vec<F>,
    /// What is learned from.
    pub samples: Samples<'a, F>,
    /// How it is learned.
    pub training: Training,
}

impl<F: Scalar, O: Objective<F>> Case<'_, F, O> {
    /// Trains to the end.
    pub fn train(&self) -> (State<F>, History) {
        self.train_with(FitOptions::default())
    }

    fn train_with(&self, mut options: FitOptions<'_, F>) -> (State<F>, History) {
        let mut state = State::new(self.objective, self.theta.clone(), self.training.optimizer);
        let history = train::train(self.objective, &mut state, &self.samples, None, &self.training, &mut options);
        (state, history.expect("training"))
    }

    /// Both promises that every training keeps.
    ///
    /// # Panics
    /// Where one is not kept.
    pub fn keeps_its_promises(&self) {
        self.same_bits_on_any_number_of_threads();
        self.same_bits_where_killed_and_resumed();
    }

    /// # Panics
    /// Where the number of threads shows.
    pub fn same_bits_on_any_number_of_threads(&self) {
        let [one, two, five] =
            [1, 2, 5].map(|threads| with_threads(Some(threads), || self.last_checkpoint(None)).expect("a pool"));
        assert!(one == two, "one thread and two give the same bits");
        assert!(one == five, "one thread and five give the same bits");
    }

    /// # Panics
    /// Where it shows that a training was killed and resumed.
    pub fn same_bits_where_killed_and_resumed(&self) {
        let whole = self.last_checkpoint(None);
        for epoch in 1..self.training.epochs {
            assert!(self.last_checkpoint(Some(self.broken_off(epoch))) == whole, "stopped after epoch {epoch}");
        }
        // Whoever dies without a warning finds what was written last: after the second epoch, not the third.
        let found = self.found_after_death(3);
        assert_eq!(found.history.losses.len(), 2);
        assert!(self.last_checkpoint(Some(found)) == whole, "died in epoch 3");
    }

    /// The bytes of the checkpoint at the end: theta, all else that moves, and the losses of all epochs.
    fn last_checkpoint(&self, resume: Option<Checkpoint<F>>) -> Vec<u8> {
        in_folder(|path| {
            let mut options = FitOptions::default().checkpoint(path, 0);
            options.resume = resume;
            self.train_with(options);
            fs::read(path).expect("the checkpoint")
        })
    }

    /// What a training leaves on the disk that is told to stop after `epoch`.
    fn broken_off(&self, epoch: usize) -> Checkpoint<F> {
        in_folder(|path| {
            let mut monitor = |told: &nn_core::Epoch| {
                if told.epoch == epoch { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            self.train_with(FitOptions::default().checkpoint(path, 2).monitor(&mut monitor));
            Checkpoint::read(path).expect("the checkpoint")
        })
    }

    /// What lies on the disk while `epoch` ends.
    fn found_after_death(&self, epoch: usize) -> Checkpoint<F> {
        in_folder(|path| {
            let mut found = None;
            let mut monitor = |told: &nn_core::Epoch| {
                if told.epoch == epoch {
                    found = Checkpoint::read(path).ok();
                }
                ControlFlow::Continue(())
            };
            self.train_with(FitOptions::default().checkpoint(path, 2).monitor(&mut monitor));
            found.expect("a checkpoint")
        })
    }
}

/// Calls `work` with the path of a file that is not there yet, in a folder that is gone afterwards.
fn in_folder<T>(work: impl FnOnce(&Path) -> T) -> T {
    let folder = tempfile::tempdir().expect("a folder");
    work(&folder.path().join("training.checkpoint"))
}
