//! Choices with names, which both this crate and those above it have.

/// An enum of choices with the names that users type: [`ALL`](crate::Activation::ALL), `name`, `Display` and serde by it. The text in
/// front is where serde is found in the crate that has the enum.
///
/// It is what `nn_core::choices!` stands on, which makes of it a value that a setting can have.
#[doc(hidden)]
#[macro_export]
macro_rules! choice {
    ($serde:literal; $(#[$meta:meta])* $vis:vis enum $name:ident { $( $(#[$doc:meta])+ $variant:ident = $text:literal, )+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, $crate::serde::Serialize, $crate::serde::Deserialize)]
        #[serde(crate = $serde)]
        $vis enum $name { $( $(#[$doc])+ #[serde(rename = $text)] $variant, )+ }

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
    };
}
