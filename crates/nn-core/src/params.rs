//! Settings: written once, as a list of fields, and read by the compiler, the command, the book and the docs.
//!
//! [`params!`](crate::params!) turns the list into a struct of plain data with setters, defaults, ranges and a table;
//! [`choices!`](crate::choices!) makes an enum that can be a setting.

use crate::{BatchSize, Error, Result, Rule};
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::Display;

mod range;
mod recipe;
mod value;
#[doc(hidden)]
pub mod within;

pub use range::Range;
pub(crate) use recipe::object;
pub use recipe::{LazyRecipe, Recipe, as_json, as_typed, idle, of_json};
pub use value::Value;

/// The settings of one kind of model: plain data. Made by [`params!`](crate::params!).
///
/// Fields are described as one types them at the shell. In Rust `auto` is `None`, `none` of a list is an empty `Vec`, values
/// joined by - are an array such as `[64, 32]`, and a name such as `leaky-relu` is the variant `LeakyRelu`.
pub trait Params: Clone + Default + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The kind of model, as the command and the model file call it: `mlp`.
    const KIND: &'static str;

    /// Every setting with its type, default, range and meaning, in the order of the fields.
    fn settings() -> Vec<Setting> {
        Self::default().lines_now()
    }

    /// The same, with the values of these settings where the defaults stand.
    fn lines_now(&self) -> Vec<Setting>;

    /// Sets the field called `name` to what `text` says.
    ///
    /// # Errors
    /// [`Error::Param`] for an unknown name, or a text that is no value of the field's type.
    fn set(&mut self, name: &str, text: &str) -> Result<()>;

    /// Checks every field against its range. `fit` calls it.
    ///
    /// # Errors
    /// [`Error::Param`] that names the first field out of its range.
    fn validate(&self) -> Result<()>;
}

/// One line of the table of settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The Rust field, and the name after `--set`; of a setting within settings both names, with a dot between.
    pub name: String,
    /// Which values it takes: `a number above 0`, `relu, tanh or sigmoid`.
    pub values: String,
    /// The default, as one would type it.
    pub default: String,
    /// What it means, in a sentence or two.
    pub meaning: String,
}

/// The lines of a field; `docs` is its doc comment. What [`params!`](crate::params!) calls for each.
#[doc(hidden)]
pub fn lines_of<T: Value>(name: &str, default: &T, range: &Range, docs: &[&str]) -> Vec<Setting> {
    let meaning = docs.iter().map(|line| line.trim()).take_while(|line| !line.is_empty());
    default.lines(name, range, meaning.collect::<Vec<_>>().join(" "))
}

/// What a setter takes for a field of type `T`: a `T`, what an optional field holds, an array for a list, a count for
/// a batch size. (With `Into`, a plain `3` would not be a `usize`.)
pub trait Given<T> {
    /// The value of the field.
    fn given(self) -> T;
}

impl<T> Given<T> for T {
    fn given(self) -> T {
        self
    }
}

impl<T: Value> Given<Option<T>> for T {
    fn given(self) -> Option<T> {
        Some(self)
    }
}

impl<T: Value> Given<Vec<T>> for T {
    fn given(self) -> Vec<T> {
        vec![self]
    }
}

impl<T, const N: usize> Given<Option<Vec<T>>> for [T; N] {
    fn given(self) -> Option<Vec<T>> {
        Some(self.into())
    }
}

impl<T, const N: usize> Given<Vec<T>> for [T; N] {
    fn given(self) -> Vec<T> {
        self.into()
    }
}

/// Checks one field; what [`params!`](crate::params!) calls for each.
#[doc(hidden)]
pub fn check_field<T: Value>(name: &str, value: &T, range: &Range) -> Result<()> {
    value.check(name, range)
}

/// Reads one field; what [`params!`](crate::params!) calls for each.
#[doc(hidden)]
pub fn parse_field<T: Value>(name: &str, text: &str, range: &Range) -> Result<T> {
    T::parse(text).ok_or_else(|| Error::param(name, T::wrong_part(text, range), T::describe(range)))
}

/// Sets `field`, whose value this is, or what stands within it, if that is what `name` means; what
/// [`params!`](crate::params!) calls for each.
#[doc(hidden)]
pub fn set_field<T: Value>(value: &mut T, field: &str, name: &str, text: &str, range: &Range) -> Option<Result<()>> {
    match name.strip_prefix(field)? {
        "" => Some(parse_field(name, text, range).map(|given| *value = given)),
        rest => value.set_within(field, rest.strip_prefix('.')?, text, range),
    }
}

/// That a rule which takes all samples at a time is given them all; what [`params!`](crate::params!) has for each model.
#[doc(hidden)]
pub fn check_rule(rule: Rule, batch_size: Option<BatchSize>) -> Result<()> {
    match batch_size {
        Some(size) if rule.is_minimiser() && size != BatchSize::All => {
            Err(Error::param("batch_size", size.show(), format!("auto or all with {rule}")))
        }
        _ => Ok(()),
    }
}

/// Lists choices as `a, b or c`.
#[doc(hidden)]
pub fn or_list(choices: &[impl Display]) -> String {
    match choices {
        [] => String::new(),
        [only] => only.to_string(),
        [init @ .., last] => {
            let init = init.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            format!("{init} or {last}")
        }
    }
}

/// Makes an enum whose variants have names that users type, so that it can be a setting.
///
/// ```
/// nn_core::choices! {
///     /// How a fruit tastes.
///     pub enum Taste {
///         /// As sugar does.
///         Sweet = "sweet",
///         /// As a lemon does.
///         Sour = "sour",
///     }
/// }
/// use nn_core::params::Value;
/// assert_eq!(Taste::parse("sour"), Some(Taste::Sour));
/// assert_eq!(Taste::Sweet.to_string(), "sweet");
/// ```
#[macro_export]
macro_rules! choices {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($variants:tt)+ }) => {
        $crate::kernels::choice! { $(#[$meta])* $vis enum $name { $($variants)+ } }
        $crate::choice_as_value!($name);
    };
}

/// Makes an enum of choices a value that a setting can have.
#[doc(hidden)]
#[macro_export]
macro_rules! choice_as_value {
    ($name:ident) => {
        impl $crate::params::Value for $name {
            fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|choice| choice.name() == text.trim())
            }
            fn show(&self) -> String {
                self.name().to_owned()
            }
            fn within(&self, _: &$crate::params::Range) -> bool {
                true
            }
            fn describe(_: &$crate::params::Range) -> String {
                $crate::params::or_list(Self::ALL)
            }
        }
    };
}

/// Makes the settings of a model from a list of fields: name, type, default, range, and a sentence as doc comment.
///
/// A field may be settings itself, of another list: each of them is then set by both names with a dot between, and those that the
/// model has an answer for itself are left out by [`Range::without`].
///
/// A block `watching {}` at the end adds the settings of early stopping and the seed. A block `training { ... }` adds these and
/// all others of the training loop (see [`Training`](crate::Training)) with this model's defaults, each after the words in which
/// its user reads it, so that every model that learns by descent calls them alike.
///
/// ```
/// nn_core::params! {
///     /// Settings of a pendulum.
///     pub struct PendulumParams: "pendulum" {
///         /// Length in metres.
///         length: f64 = 1.0, nn_core::params::Range::above(0.0);
///         /// How often it may swing.
///         swings: usize = 10, 1..=1000;
///     }
/// }
/// use nn_core::Params;
/// let params = PendulumParams::default().length(2.5);
/// assert!(params.validate().is_ok());
/// assert_eq!(PendulumParams::default().swings(0).validate().unwrap_err().to_string(),
///            "swings: expected a whole number from 1 to 1000, got 0");
/// assert_eq!(PendulumParams::settings()[0].meaning, "Length in metres.");
/// ```
#[macro_export]
macro_rules! params {
    // The training block is the same list of fields for every model, so it is written here, once.
    (
        $(#[$meta:meta])* $vis:vis struct $name:ident: $kind:literal { $($fields:tt)* }
        training {
            $(learning_rate: $rate_words:literal,)?
            epochs: $epochs:expr,
            batch_size: $batch_words:literal => $batch:expr,
            optimizer: $rule_words:literal => $rule:expr,
            schedule: $schedule_words:literal => $schedule:expr $(,)?
        }
    ) => {
        // Ranges are named as the docs shall show them: a crate that has settings calls nn-core by its name, as its serde does, too.
        $crate::params! {
            $(#[$meta])* $vis struct $name: $kind {
                $($fields)*
                #[doc = concat!("Rule by which the weights move; `auto` is ", $rule_words, ".")]
                /// `lbfgs` and `levenberg-marquardt` take steps of their own size, one an epoch: neither rates nor a schedule nor clip_norm is read by them.
                optimizer: Option<$crate::Rule> = None, ..;
                #[doc = concat!(
                    "Step size eta of the weights; `auto` is 0.001 for adam, adamw and rmsprop, 0.1 for quickprop, 0.0005 for ",
                    "diagonal and 0.01 for the others", $($rate_words,)? "."
                )]
                learning_rate: Option<f64> = None, nn_core::params::Range::above(0.0);
                /// Step size of each layer, from the inputs to the outputs, in place of learning_rate: the chapter's eta2 and eta1.
                layer_rates: Vec<f64> = Vec::new(), nn_core::params::Range::from(0.0);
                /// Step size of each epoch in place of learning_rate and schedule, the last one holding on.
                schedule_rates: Vec<f64> = Vec::new(), nn_core::params::Range::above(0.0);
                /// Share of the last step that goes into the next one (sgd and nesterov); 0 for none.
                momentum: f64 = 0.9, 0.0..=1.0;
                #[doc = concat!("How the step size changes from epoch to epoch; `auto` is ", $schedule_words, ".")]
                /// A cosine hangs on the number of epochs, so a training by it is resumed for no more.
                schedule: Option<$crate::ScheduleKind> = None, ..;
                /// Factor of step, exponential and plateau, and the slope of inverse-time; `auto` is 0.95 for exponential and 0.1 for the others.
                schedule_factor: Option<f64> = None, nn_core::params::Range::above(0.0);
                /// Epochs between two stairs of step, and those without a better loss that plateau waits for.
                schedule_epochs: usize = 10, 1..=1_000_000_000;
                /// Samples per step: 1 is standard back-propagation, `all` the accumulated one; `auto` is `all` for rprop, irprop, quickprop, lbfgs and
                #[doc = concat!("levenberg-marquardt, and ", $batch_words, " for the others.")]
                batch_size: Option<$crate::BatchSize> = None, ..;
                /// Passes over the training samples.
                epochs: usize = $epochs, 1..=1_000_000_000;
                /// Whether each pass takes the samples in a new random order.
                shuffle: bool = true, ..;
                /// Pull of the weights, not of the biases, towards 0: `weight_decay/2 sum w^2` is added to the loss; adamw takes it apart from the gradient.
                weight_decay: f64 = 0.0, nn_core::params::Range::from(0.0);
                /// `l1 sum |w|` over the weights, not the biases, is added to the loss.
                l1: f64 = 0.0, nn_core::params::Range::from(0.0);
                /// The chapter's lambda: `lambda E + (1 - lambda) sum w^2` is made small, biases included; 1 is E alone.
                lambda: f64 = 1.0, nn_core::params::Range::above_to(0.0, 1.0);
                /// Greatest norm of the weights that come into a unit; longer ones are shortened after each step. 0 is no limit.
                max_norm: f64 = 0.0, nn_core::params::Range::from(0.0);
                /// Greatest norm of the gradient of a batch; a longer one is shortened. 0 is no limit.
                clip_norm: f64 = 0.0, nn_core::params::Range::from(0.0);
                /// Training stops once the mean training loss of a pass is below this; 0 never stops it. Targets that are scaled are so in this loss, too.
                target_loss: f64 = 0.0, nn_core::params::Range::from(0.0);
            }
            watching {}
        }
        impl $name {
            /// The part of these settings that the training loop reads.
            $vis fn training(&self) -> $crate::Training {
                let optimizer = self.rule();
                let schedule = self.schedule.unwrap_or($schedule);
                $crate::Training {
                    optimizer,
                    learning_rate: self.learning_rate.unwrap_or_else(|| optimizer.usual_rate()),
                    layer_rates: self.layer_rates.clone(),
                    momentum: self.momentum,
                    schedule: $crate::Schedule {
                        kind: schedule,
                        factor: self.schedule_factor.unwrap_or_else(|| schedule.usual_factor()),
                        every: self.schedule_epochs,
                    },
                    schedule_rates: self.schedule_rates.clone(),
                    penalty: $crate::Penalty { decay: self.weight_decay, l1: self.l1, lambda: self.lambda },
                    max_norm: self.max_norm,
                    clip_norm: self.clip_norm,
                    batch_size: self.batch_size.unwrap_or_else(|| optimizer.usual_batch($batch)),
                    epochs: self.epochs,
                    shuffle: self.shuffle,
                    target_loss: self.target_loss,
                    early: self.early(),
                    seed: self.seed,
                    recipe: Some($crate::params::LazyRecipe::model(self)),
                }
            }

            /// The rule in force.
            $vis fn rule(&self) -> $crate::Rule {
                self.optimizer.unwrap_or($rule)
            }

            /// That the settings of the training loop fit together.
            ///
            /// # Errors
            /// [`Error::Param`](nn_core::Error::Param) for batches with a rule that takes all samples at a time.
            $vis fn check_rule(&self) -> $crate::Result<()> {
                $crate::params::check_rule(self.rule(), self.batch_size)
            }
        }
    };
    (
        $(#[$meta:meta])* $vis:vis struct $name:ident: $kind:literal { $($fields:tt)* }
        watching {}
    ) => {
        $crate::params! {
            $(#[$meta])* $vis struct $name: $kind {
                $($fields)*
                /// What of the validation loss stops training, after which the best weights come back; `auto` is patience where that is not 0, else never.
                early_stopping: Option<$crate::EarlyStopping> = None, ..;
                /// Passes without a better validation loss before training stops; 0 is off, or 1 where early_stopping is patience.
                patience: usize = 0, 0..=1_000_000_000;
                /// Limit alpha of gl, in percent, and of pq; `auto` is 5 for gl and 1 for pq.
                early_alpha: Option<f64> = None, nn_core::params::Range::above(0.0);
                /// Share of the training samples kept aside for validation where early stopping asks for it and no set is given.
                validation_fraction: f64 = 0.1, 0.01..=0.9;
                /// Seed of all random numbers: the same seed gives the same bits.
                seed: u64 = 1, ..;
            }
        }
        impl $name {
            /// When the validation loss stops training.
            $vis fn early(&self) -> $crate::Early {
                $crate::Early::of(self.early_stopping, self.patience, self.early_alpha)
            }
        }
    };
    (
        $(#[$meta:meta])* $vis:vis struct $name:ident: $kind:literal {
            $( $(#[doc = $doc:expr])+ $field:ident: $type:ty = $default:expr, $range:expr; )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, $crate::serde::Serialize, $crate::serde::Deserialize)]
        #[serde(crate = "nn_core::serde", default, deny_unknown_fields)]
        #[non_exhaustive]
        $vis struct $name {
            $(
                $(#[doc = $doc])+
                #[doc = concat!("\n\nDefault `", stringify!($default), "`, range `", stringify!($range), "`, where `..` is any.")]
                $vis $field: $type,
            )*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $( $field: $default, )* }
            }
        }

        impl $name {
            $(
                $(#[doc = $doc])+
                #[must_use]
                $vis fn $field(mut self, $field: impl $crate::params::Given<$type>) -> Self {
                    self.$field = $field.given();
                    self
                }
            )*
        }

        impl $crate::Params for $name {
            const KIND: &'static str = $kind;

            fn lines_now(&self) -> Vec<$crate::Setting> {
                let mut lines = Vec::new();
                $( lines.extend($crate::params::lines_of(
                    stringify!($field), &self.$field, &($range).into(), &[$($doc),+],
                )); )*
                lines
            }

            fn set(&mut self, name: &str, text: &str) -> $crate::Result<()> {
                $(
                    let field = &mut self.$field;
                    if let Some(set) =
                        $crate::params::set_field(field, stringify!($field), name, text, &($range).into())
                    {
                        return set;
                    }
                )*
                Err($crate::Error::param("setting", name, concat!("one of ", $kind, "'s")))
            }

            fn validate(&self) -> $crate::Result<()> {
                $( $crate::params::check_field(stringify!($field), &self.$field, &($range).into())?; )*
                Ok(())
            }
        }

        impl $crate::params::Value for $name {
            fn parse(_: &str) -> Option<Self> {
                None
            }
            fn show(&self) -> String {
                String::new()
            }
            fn within(&self, _: &$crate::params::Range) -> bool {
                $crate::Params::validate(self).is_ok()
            }
            fn describe(_: &$crate::params::Range) -> String {
                $crate::params::within::EXPECTED.to_owned()
            }
            fn check(&self, name: &str, _: &$crate::params::Range) -> $crate::Result<()> {
                $crate::params::within::check(self, name)
            }
            fn lines(&self, name: &str, range: &$crate::params::Range, _: String) -> Vec<$crate::Setting> {
                $crate::params::within::lines(self, name, range)
            }
            fn set_within(
                &mut self,
                name: &str,
                inner: &str,
                text: &str,
                range: &$crate::params::Range,
            ) -> Option<$crate::Result<()>> {
                $crate::params::within::set(self, name, inner, text, range)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::choices! {
        /// A colour.
        enum Colour {
            /// Like blood.
            Red = "red",
            /// Like grass.
            Green = "light-green",
        }
    }

    crate::params! {
        /// Settings of a test.
        struct TestParams: "test" {
            /// Units of each layer.
            ///
            /// More than one sentence belongs to the docs alone.
            layers: Vec<usize> = vec![3, 4], 1..=100;
            /// Rate.
            rate: f64 = 0.5, 0.0..=1.0;
            /// Colour.
            colour: Colour = Colour::Red, ..;
            /// Width.
            width: Option<f64> = None, Range::above(0.0);
        }
    }

    crate::params! {
        /// Settings with settings within.
        struct OuterParams: "outer" {
            /// Depth.
            depth: usize = 1, 1..=9;
            /// Each layer.
            inner: TestParams = TestParams::default().rate(0.25), Range::without(&["colour"]);
        }
    }

    #[test]
    fn a_choice_is_kept_by_its_name_and_read_from_any_text() {
        let kept = serde_json::to_string(&Colour::Green).unwrap();
        assert_eq!(kept, r#""light-green""#);
        assert_eq!(serde_json::from_str::<Colour>(&kept).unwrap(), Colour::Green);
        assert_eq!(serde_json::from_reader::<_, Colour>(kept.as_bytes()).unwrap(), Colour::Green);
        assert_eq!(serde_json::from_value::<Colour>("red".into()).unwrap(), Colour::Red);
        let wrong = |json: &str| serde_json::from_str::<Colour>(json).unwrap_err().to_string();
        assert!(wrong(r#""blue""#).starts_with("unknown variant `blue`, expected `red` or `light-green`"));
        assert!(wrong("1").starts_with("invalid type: integer `1`, expected one of red, light-green"));
    }

    #[test]
    fn settings_within_settings_have_both_names() {
        let mut params = OuterParams::default();
        params.set("inner.layers", "7").unwrap();
        assert_eq!(params.inner.layers, [7]);
        let names: Vec<String> = OuterParams::settings().into_iter().map(|setting| setting.name).collect();
        assert_eq!(names, ["depth", "inner.layers", "inner.rate", "inner.width"]);
        assert_eq!((OuterParams::settings()[2].default.as_str(), params.inner.rate), ("0.25", 0.25));
        for unknown in ["inner.colour", "inner.", "inner.x", "innerlayers", "inner.layers.x"] {
            assert!(params.set(unknown, "1").unwrap_err().to_string().starts_with("setting: "), "{unknown}");
        }
        assert!(params.set("inner", "1").unwrap_err().to_string().starts_with("inner: expected a setting of its own"));
        let message = params.set("inner.rate", "fast").unwrap_err().to_string();
        assert_eq!(message, "inner.rate: expected a number from 0 to 1, got fast");
        let wrong = OuterParams::default().depth(2_usize).inner(TestParams::default().rate(7.0));
        assert_eq!(wrong.validate().unwrap_err().to_string(), "inner.rate: expected a number from 0 to 1, got 7");
        let typed: Vec<(String, String)> = Recipe::of(&params).typed().collect();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert!(typed.contains(&pair("inner.layers", "7")) && typed.contains(&pair("depth", "1")), "{typed:?}");
        assert!(!typed.iter().any(|(name, _)| name.contains("colour")), "{typed:?}");
        let json = serde_json::to_string(&params).unwrap();
        assert_eq!(serde_json::from_str::<OuterParams>(&json).unwrap(), params);
        let given = idle(&params, |name| (name == "inner.layers").then_some("a reason"));
        assert_eq!(given, ["inner.layers does nothing without a reason"]);
    }

    #[test]
    fn a_setting_is_read_as_a_user_types_it() {
        let mut params = TestParams::default();
        for (name, text) in [("layers", "64-32"), ("rate", "0.25"), ("colour", "light-green"), ("width", "2")] {
            params.set(name, text).unwrap();
        }
        let expected = TestParams::default().layers([64, 32]).rate(0.25).colour(Colour::Green).width(2.0);
        assert_eq!(params, expected);
        params.set("layers", "none").unwrap();
        params.set("width", "auto").unwrap();
        assert_eq!((params.layers, params.width), (vec![], None));
    }

    #[test]
    fn a_wrong_value_is_named_with_what_would_be_right() {
        let mut params = TestParams::default();
        let message = params.set("colour", "blue").unwrap_err().to_string();
        assert_eq!(message, "colour: expected red or light-green, got blue");
        assert!(params.set("rate", "fast").is_err());
        assert!(params.set("rat", "0.5").is_err());
        for wrong in [f64::NAN, -0.1, 1.1, f64::INFINITY] {
            assert!(TestParams::default().rate(wrong).validate().is_err(), "{wrong}");
        }
        let message = TestParams::default().layers([3, 0]).validate().unwrap_err().to_string();
        assert_eq!(message, "layers: expected none, or joined by -: a whole number from 1 to 100, got 0");
        assert!(TestParams::default().width(0.0).validate().is_err());
    }

    #[test]
    fn the_table_holds_every_field_with_its_first_paragraph() {
        let table = TestParams::settings();
        assert_eq!(table.len(), 4);
        assert_eq!((table[0].default.as_str(), table[0].meaning.as_str()), ("3-4", "Units of each layer."));
        assert_eq!(table[2].values, "red or light-green");
    }

    #[test]
    fn defaults_lie_in_their_ranges_and_survive_json() {
        let params = TestParams::default().rate(0.1);
        params.validate().unwrap();
        let json = serde_json::to_string(&params).unwrap();
        assert_eq!(serde_json::from_str::<TestParams>(&json).unwrap(), params);
        assert!(serde_json::from_str::<TestParams>(r#"{"ratte": 1}"#).is_err());
    }

    #[test]
    fn values_of_a_list_may_hold_the_sign_that_joins_them() {
        let colours = <Vec<Colour> as Value>::parse;
        assert_eq!(colours("light-green-red-light-green"), Some(vec![Colour::Green, Colour::Red, Colour::Green]));
        assert_eq!(<Vec<f64> as Value>::parse("1e-5-0.5-2E-3"), Some(vec![1e-5, 0.5, 2e-3]));
        assert_eq!(<Vec<usize> as Value>::parse("64-32"), Some(vec![64, 32]));
        assert_eq!(<Vec<usize> as Value>::parse("none"), Some(vec![]));
        for wrong in ["", "-", "red-", "-red", "red--red", "light", "red-blue"] {
            assert_eq!(colours(wrong), None, "{wrong}");
        }
        let long = "1-".repeat(100_000) + "1";
        assert_eq!(<Vec<usize> as Value>::parse(&long).map(|all| all.len()), Some(100_001));
    }

    #[test]
    fn the_item_of_a_list_that_is_wrong_is_named() {
        let wrong = |text| parse_field::<Vec<f64>>("rates", text, &Range::Any).unwrap_err().to_string();
        assert!(wrong("1e-5-x-2").ends_with(", got x"), "{}", wrong("1e-5-x-2"));
        assert!(wrong("3-").ends_with(", got 3-"), "{}", wrong("3-"));
        let out = check_field("rates", &Some(vec![0.5, -7.0, 0.1]), &Range::above(0.0)).unwrap_err().to_string();
        assert!(out.ends_with(", got -7"), "{out}");
    }
}
