//! The shape of an image, as a setting.

use nn_core::params::{Range, Value};
use nn_core::serde::{Deserialize, Serialize};
use std::fmt;

/// Rows, columns and channels of an image, written `28x28` or `32x32x3`.
///
/// A sample holds its pixels channel by channel, each row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "nn_core::serde", into = "String", try_from = "String")]
pub struct Shape {
    /// Rows of pixels.
    pub rows: usize,
    /// Pixels of a row.
    pub columns: usize,
    /// Numbers of a pixel: 1 for grey, 3 for colours.
    pub channels: usize,
}

/// More pixels on a side are taken for a slip of the finger.
const MOST: usize = 4096;

impl Shape {
    /// An image of one channel.
    pub fn grey(rows: usize, columns: usize) -> Self {
        Self { rows, columns, channels: 1 }
    }

    /// Numbers in it.
    pub fn features(&self) -> usize {
        self.rows * self.columns * self.channels
    }

    /// `[channels, rows, columns]`.
    pub(crate) fn axes(&self) -> [usize; 3] {
        [self.channels, self.rows, self.columns]
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.rows, self.columns)?;
        if self.channels == 1 { Ok(()) } else { write!(f, "x{}", self.channels) }
    }
}

impl From<Shape> for String {
    fn from(shape: Shape) -> Self {
        shape.to_string()
    }
}

impl TryFrom<String> for Shape {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("not the shape of an image: {text}"))
    }
}

impl Value for Shape {
    fn parse(text: &str) -> Option<Self> {
        let sizes = text.trim().split('x').map(|size| size.parse().ok()).collect::<Option<Vec<usize>>>()?;
        match sizes[..] {
            [rows, columns] => Some(Self { rows, columns, channels: 1 }),
            [rows, columns, channels] => Some(Self { rows, columns, channels }),
            _ => None,
        }
    }
    fn show(&self) -> String {
        self.to_string()
    }
    fn within(&self, _: &Range) -> bool {
        [self.rows, self.columns, self.channels].iter().all(|size| (1..=MOST).contains(size))
    }
    fn describe(_: &Range) -> String {
        format!("rows x columns, or rows x columns x channels, each from 1 to {MOST}, such as 28x28")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_is_read_as_it_is_written() {
        for text in ["28x28", "8x16", "32x32x3"] {
            assert_eq!(Shape::parse(text).unwrap().show(), text);
        }
        assert_eq!(Shape::parse("28x28x1").unwrap().show(), "28x28");
        assert_eq!((Shape::parse("28"), Shape::parse("2x3x4x5"), Shape::parse("axb")), (None, None, None));
        assert!(!Shape::parse("0x3").unwrap().within(&Range::Any));
    }
}
