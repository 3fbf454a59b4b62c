//! What the pages show and nobody runs here, each with its reason. A command that contains the text on the left is passed
//! over; one that no page has any more is an error.

/// Part of a command, and why it is not run.
pub(super) const LIST: &[(&str, &str)] = &[
    ("cargo xtask", "the machinery itself: ci runs what of it a change must pass, the rest takes minutes to hours"),
    ("cargo test", "a stage of ci runs all tests"),
    ("cargo bench", "measures, which says nothing in a build for tests"),
    ("bench/peers", "other libraries, which are fetched"),
    ("venv/bin/python", "the same"),
    ("cargo add", "asks a registry"),
    ("cargo new", "a package that knows the path of this repository: the Rust of the page is run as a doctest"),
    ("hopfield", "a model that is not there: the stage `template` makes one and tries it"),
    ("-idx3-ubyte", "MNIST is fetched, and takes minutes"),
];
