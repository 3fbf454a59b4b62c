//! The layers of a network as plain data.

use crate::Table;
use nn_core::Activation;
use nn_core::params::{Range, Value};
use nn_core::serde::{Deserialize, Serialize};
use std::fmt;

/// One layer, as it is written in a list: `conv:6:5`, `relu`, `max:2`, `dense:84`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "nn_core::serde", into = "String", try_from = "String")]
#[non_exhaustive]
pub enum LayerSpec {
    /// `conv:MAPS:KERNEL`, and where they are wanted `:sSTRIDE`, `:pPADDING` and a table: `conv:16:5x3:s2:p1`,
    /// `conv:16:5:lenet5`. See [`Conv2d`](crate::Conv2d).
    Conv {
        /// Maps it makes.
        maps: usize,
        /// Rows and columns of its kernel.
        kernel: [usize; 2],
        /// Places from one window to the next.
        stride: usize,
        /// Zeros around the input.
        padding: usize,
        /// Which input maps each of its maps sees.
        table: Table,
    },
    /// `max:SIZE`, or `max:SIZE:sSTRIDE`: the largest of each window; see [`Pool`](crate::Pool).
    Max {
        /// Places on each side of a window.
        size: usize,
        /// Places from one window to the next.
        stride: usize,
    },
    /// `mean:SIZE`: the mean of each window.
    Mean {
        /// Places on each side of a window.
        size: usize,
        /// Places from one window to the next.
        stride: usize,
    },
    /// `subsample:SIZE`: LeCun's trainable sampling.
    Subsample {
        /// Places on each side of a window.
        size: usize,
        /// Places from one window to the next.
        stride: usize,
    },
    /// `dense:UNITS`: units joined to everything before them.
    Dense {
        /// How many.
        units: usize,
    },
    /// `relu`, `tanh`, ...: an activation function.
    Activation(Activation),
    /// `dropout:RATE`: a share of the units is absent at each step of training.
    Dropout(f64),
}

impl LayerSpec {
    /// A convolution by a square kernel, with a stride of 1 and no padding, that joins all maps.
    pub fn conv(maps: usize, kernel: usize) -> Self {
        Self::Conv { maps, kernel: [kernel; 2], stride: 1, padding: 0, table: Table::All }
    }

    /// A convolution with this padding; any other layer comes back as it was.
    #[must_use]
    pub fn padded(mut self, by: usize) -> Self {
        if let Self::Conv { padding, .. } = &mut self {
            *padding = by;
        }
        self
    }

    /// A convolution that joins the maps of this table; any other layer comes back as it was.
    #[must_use]
    pub fn joined(mut self, by: Table) -> Self {
        if let Self::Conv { table, .. } = &mut self {
            *table = by;
        }
        self
    }

    /// The largest of windows side by side.
    pub fn max(size: usize) -> Self {
        Self::Max { size, stride: size }
    }

    /// LeCun's trainable sampling of windows side by side.
    pub fn subsample(size: usize) -> Self {
        Self::Subsample { size, stride: size }
    }

    /// A dense layer.
    pub fn dense(units: usize) -> Self {
        Self::Dense { units }
    }

    /// The letter that LeCun's names of such layers begin with, C, S or F; `None` for what is no layer of its own there.
    pub(crate) fn letter(&self) -> Option<char> {
        match self {
            Self::Conv { .. } => Some('c'),
            Self::Max { .. } | Self::Mean { .. } | Self::Subsample { .. } => Some('s'),
            Self::Dense { .. } => Some('f'),
            Self::Activation(_) | Self::Dropout(_) => None,
        }
    }
}

impl From<Activation> for LayerSpec {
    fn from(activation: Activation) -> Self {
        Self::Activation(activation)
    }
}

impl fmt::Display for LayerSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pool = |f: &mut fmt::Formatter<'_>, kind: &str, size: usize, stride: usize| {
            write!(f, "{kind}:{size}")?;
            if size == stride { Ok(()) } else { write!(f, ":s{stride}") }
        };
        match self {
            Self::Conv { maps, kernel: [rows, columns], stride, padding, table } => {
                write!(f, "conv:{maps}:{rows}")?;
                if rows != columns {
                    write!(f, "x{columns}")?;
                }
                if *stride != 1 {
                    write!(f, ":s{stride}")?;
                }
                if *padding != 0 {
                    write!(f, ":p{padding}")?;
                }
                if *table == Table::All { Ok(()) } else { write!(f, ":{}", table.show()) }
            }
            Self::Max { size, stride } => pool(f, "max", *size, *stride),
            Self::Mean { size, stride } => pool(f, "mean", *size, *stride),
            Self::Subsample { size, stride } => pool(f, "subsample", *size, *stride),
            Self::Dense { units } => write!(f, "dense:{units}"),
            Self::Activation(activation) => write!(f, "{activation}"),
            Self::Dropout(rate) => write!(f, "dropout:{rate}"),
        }
    }
}

impl From<LayerSpec> for String {
    fn from(spec: LayerSpec) -> Self {
        spec.to_string()
    }
}

impl TryFrom<String> for LayerSpec {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("not a layer: {text}"))
    }
}

impl Value for LayerSpec {
    /// A table may name many maps.
    const LONGEST: usize = 1 << 12;

    fn parse(text: &str) -> Option<Self> {
        let mut words = text.trim().split(':');
        let kind = words.next()?;
        let spec = match kind {
            "conv" => conv(&mut words)?,
            "max" | "mean" | "subsample" => {
                let size = words.next()?.parse().ok()?;
                let stride = match words.next() {
                    Some(stride) => stride.strip_prefix('s')?.parse().ok()?,
                    None => size,
                };
                match kind {
                    "max" => Self::Max { size, stride },
                    "mean" => Self::Mean { size, stride },
                    _ => Self::Subsample { size, stride },
                }
            }
            "dense" => Self::Dense { units: words.next()?.parse().ok()? },
            "dropout" => Self::Dropout(words.next()?.parse().ok()?),
            name => Self::Activation(Activation::parse(name)?),
        };
        words.next().is_none().then_some(spec)
    }

    fn show(&self) -> String {
        self.to_string()
    }

    fn within(&self, _: &Range) -> bool {
        let size = |sizes: &[usize]| sizes.iter().all(|size| (1..=65_536).contains(size));
        match self {
            Self::Conv { maps, kernel: [rows, columns], stride, padding, .. } => {
                size(&[*maps, *rows, *columns, *stride]) && *padding < 65_536
            }
            Self::Max { size: side, stride } | Self::Mean { size: side, stride } => size(&[*side, *stride]),
            Self::Subsample { size: side, stride } => size(&[*side, *stride]),
            Self::Dense { units } => size(&[*units]),
            Self::Activation(_) => true,
            Self::Dropout(rate) => (0.0..=0.99).contains(rate),
        }
    }

    fn describe(_: &Range) -> String {
        "conv:MAPS:KERNEL with :sSTRIDE, :pPADDING or :TABLE (lenet5, or the input maps of each map as in 0+1/1+2), max:SIZE, mean:SIZE, subsample:SIZE, dense:UNITS, dropout:RATE \
         up to 0.99, or an activation such as relu; sizes from 1 to 65536"
            .to_owned()
    }
}

/// What follows `conv:`.
fn conv<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<LayerSpec> {
    let maps = words.next()?.parse().ok()?;
    let kernel = words.next()?;
    let (rows, columns) = kernel.split_once('x').unwrap_or((kernel, kernel));
    let kernel = [rows.parse().ok()?, columns.parse().ok()?];
    let (mut stride, mut padding, mut table) = (None, None, None);
    for word in words {
        let number = |of: char| word.strip_prefix(of)?.parse::<usize>().ok();
        // Each at most once.
        let old = match (number('s'), number('p')) {
            (Some(number), _) => stride.replace(number),
            (_, Some(number)) => padding.replace(number),
            _ => table.replace(Table::parse(word)?).map(|_| 0),
        };
        if old.is_some() {
            return None;
        }
    }
    let (stride, padding) = (stride.unwrap_or(1), padding.unwrap_or(0));
    Some(LayerSpec::Conv { maps, kernel, stride, padding, table: table.unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_is_read_as_it_is_written() {
        for text in [
            "conv:6:5",
            "conv:16:5x3:s2:p1",
            "conv:16:5:lenet5",
            "conv:2:3:p1:0+1/1+2",
            "max:2",
            "mean:3:s2",
            "subsample:2",
            "dense:84",
            "dropout:0.25",
            "leaky-relu",
        ] {
            assert_eq!(LayerSpec::parse(text).map(|spec| spec.show()).as_deref(), Some(text));
        }
        for text in ["conv:6", "conv:6:5:s2:s3", "conv:6:5:x", "max", "max:2:3", "dense:84:2", "relu:2", "pool:2", ""] {
            assert_eq!(LayerSpec::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_list_of_layers_is_joined_by_a_dash() {
        let text = "conv:6:5-leaky-relu-max:2-conv:16:5:lenet5-scaled-tanh-dropout:0.5";
        let layers = Vec::<LayerSpec>::parse(text).unwrap();
        assert_eq!((layers.len(), layers.show().as_str()), (6, text));
        let long = format!("conv:2:3:{}-relu", (0..200).map(|i| i.to_string()).collect::<Vec<_>>().join("+"));
        assert_eq!(Vec::<LayerSpec>::parse(&long).map(|layers| layers.len()), Some(2));
    }
}
