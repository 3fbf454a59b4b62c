//! What each kind of model is taught: the one table of all parts.

/// A training, and what becomes of it elsewhere.
pub(super) struct Lesson {
    /// The kind of model.
    pub(super) model: &'static str,
    /// Its data, and settings with which it takes about a second.
    pub(super) line: &'static str,
    /// After how many epochs a checkpoint is due, so that there are some.
    pub(super) every: usize,
    /// Settings that ask for more than 512 MB; none where no setting can.
    pub(super) huge: &'static str,
    /// What a stored file of it learned from: rows of which bundled set, and how.
    pub(super) stored: (&'static str, &'static str),
    /// What it learns of data without an end, where it learns part by part.
    pub(super) stream: Option<Stream>,
}

/// A way to learn from data without an end.
#[derive(Clone, Copy)]
pub(super) struct Stream {
    pub(super) form: Form,
    /// Whether every value is 0 or 1.
    pub(super) bits: bool,
    pub(super) settings: &'static str,
    /// Whether this is the model to which all gigabytes of its form go.
    pub(super) is_fast: bool,
}

/// What a stream is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Csv,
    Npy,
    Idx,
}

impl Lesson {
    /// The line that trains it.
    pub(super) fn train(&self) -> String {
        format!("train {} --data {} --quiet", self.model, self.line)
    }

    /// The name of its data.
    pub(super) fn data(&self) -> &'static str {
        self.line.split_whitespace().next().unwrap_or_default()
    }
}

const CSV: Stream = Stream { form: Form::Csv, bits: false, settings: "", is_fast: false };
const BITS: Stream = Stream { bits: true, ..CSV };
/// What learns without classes has the last column for a label.
const LABELLED: &str = "--target y";

/// One for every kind of model; `files` compares the list with that of `nn models`.
pub(super) const LESSONS: [Lesson; 14] = [
    Lesson {
        model: "perceptron",
        line: "breast-cancer --set shuffle=true --set variant=averaged --set epochs=2000 --set explain=false",
        every: 100,
        huge: "",
        stored: ("iris", "--set epochs=3"),
        stream: Some(Stream { settings: "--set explain=false", is_fast: true, ..CSV }),
    },
    Lesson {
        model: "mlp",
        line: "iris --set hidden_layers=16 --set batch_size=8 --set epochs=2000",
        every: 100,
        huge: "--set hidden_layers=15000-15000",
        stored: ("iris", "--set hidden_layers=3 --set epochs=3"),
        stream: Some(Stream { form: Form::Npy, settings: "--set hidden_layers=8", is_fast: true, ..CSV }),
    },
    Lesson {
        model: "cnn",
        line: "digits --set layers=conv:4:3-max:2 --set epochs=20",
        every: 1,
        huge: "--set layers=dense:65536-dense:4000",
        stored: ("digits", "--set layers=conv:2:3 --set epochs=2"),
        stream: Some(Stream { settings: "--set image=8x8 --set layers=conv:2:3", ..CSV }),
    },
    Lesson {
        model: "rbf",
        line: "wine --set centers=30 --set tune_weights=true --set tune_centers=true --set epochs=400",
        every: 20,
        huge: "",
        stored: ("iris", "--set centers=4"),
        stream: Some(Stream { settings: "--set centers=8 --set tune_weights=true", ..CSV }),
    },
    Lesson {
        model: "som",
        line: "digits --set width=12 --set height=12 --set epochs=60",
        every: 3,
        huge: "--set width=1500 --set height=1500",
        stored: ("iris", "--set width=3 --set height=2 --set epochs=3"),
        stream: Some(Stream { form: Form::Idx, settings: "--set width=4 --set height=4", is_fast: true, ..CSV }),
    },
    Lesson {
        model: "art1",
        line: "parity:bits=12 --set vigilance=0.9 --set epochs=100",
        every: 1,
        huge: "",
        stored: ("bars-and-stripes", "--set epochs=3"),
        stream: Some(Stream { settings: LABELLED, ..BITS }),
    },
    Lesson {
        model: "art2",
        line: "digits --set vigilance=0.95 --set epochs=4",
        every: 1,
        huge: "",
        stored: ("iris", "--set epochs=3"),
        stream: Some(Stream { settings: LABELLED, ..CSV }),
    },
    Lesson {
        model: "fuzzy-art",
        line: "digits --set vigilance=0.8 --set epochs=10",
        every: 1,
        huge: "",
        stored: ("iris", "--set epochs=3"),
        stream: Some(Stream { settings: LABELLED, ..CSV }),
    },
    Lesson {
        model: "artmap",
        line: "digits --set voters=8 --set epochs=10",
        every: 1,
        huge: "",
        stored: ("iris", "--set epochs=3"),
        stream: Some(CSV),
    },
    Lesson {
        model: "cascor",
        line: "two-spirals --set hidden_units=20",
        every: 100,
        huge: "",
        stored: ("iris", "--set hidden_units=1"),
        stream: None,
    },
    Lesson {
        model: "elman",
        line: "temporal-xor --set hidden_units=8 --set epochs=60",
        every: 3,
        huge: "--set hidden_units=10000",
        stored: ("temporal-xor", "--set hidden_units=3 --set epochs=3"),
        stream: Some(BITS),
    },
    Lesson {
        model: "rbm",
        line: "digits --set hidden_units=32 --set epochs=40 --set scaling=min-max",
        every: 2,
        huge: "--set hidden_units=65536 --set scaling=min-max",
        stored: ("bars-and-stripes", "--set hidden_units=3 --set epochs=3"),
        stream: Some(Stream { settings: LABELLED, ..BITS }),
    },
    Lesson {
        model: "boltzmann",
        line: "bars-and-stripes --set hidden_units=4 --set epochs=300",
        every: 10,
        huge: "--set hidden_units=4000",
        stored: ("bars-and-stripes", "--set hidden_units=2 --set epochs=3"),
        stream: Some(Stream { settings: "--target y --set hidden_units=2", ..BITS }),
    },
    Lesson {
        model: "dbn",
        line: "digits --set hidden_layers=24-16 --set rbm.epochs=10 --set epochs=30",
        every: 2,
        huge: "--set hidden_layers=15000-15000",
        stored: ("iris", "--set hidden_layers=3-2 --set rbm.epochs=1 --set epochs=2"),
        stream: Some(CSV),
    },
];
