//! Choices with names, which both this crate and those above it have.

use serde_core::de::{Deserializer, Error, Visitor};
use std::fmt;

/// An enum of choices with the names that users type: [`ALL`](crate::Activation::ALL), `name`, `Display` and serde by it.
///
/// It is what `nn_core::choices!` stands on, which makes of it a value that a setting can have.
// Serde is written out and not derived: the kernels take long to compile, and so they need not wait for a macro to be compiled first,
// nor be compiled anew where that macro is one with other features.
#[doc(hidden)]
#[macro_export]
macro_rules! choice {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $( $(#[$doc:meta])+ $variant:ident = $text:literal, )+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $vis enum $name { $( $(#[$doc])+ $variant, )+ }

        impl $name {
            /// All of them, in the order of the list.
            $vis const ALL: &'static [Self] = &[$( Self::$variant ),+];

            /// The name that users type.
            $vis const fn name(self) -> &'static str {
                match self { $( Self::$variant => $text, )+ }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl $crate::serde_core::Serialize for $name {
            fn serialize<S: $crate::serde_core::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl<'de> $crate::serde_core::Deserialize<'de> for $name {
            fn deserialize<D: $crate::serde_core::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                $crate::read_choice(deserializer, &[$( $text ),+]).map(|place| Self::ALL[place])
            }
        }
    };
}

/// Which of these `names` is written there.
#[doc(hidden)]
pub fn read_choice<'de, D: Deserializer<'de>>(
    deserializer: D,
    names: &'static [&'static str],
) -> Result<usize, D::Error> {
    deserializer.deserialize_str(Names(names))
}

/// Looks for a name among these.
struct Names(&'static [&'static str]);

impl Visitor<'_> for Names {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "one of {}", self.0.join(", "))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<usize, E> {
        self.0.iter().position(|known| *known == name).ok_or_else(|| E::unknown_variant(name, self.0))
    }
}
