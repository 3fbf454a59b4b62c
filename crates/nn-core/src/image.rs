//! The shape of an image: what a sample is whose numbers are pixels.

use crate::params::{Range, Value};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The shape of a sample that is an image, written `28x28`, or `32x32x3` with its channels: its numbers lie channel by
/// channel, in each row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Image {
    /// Numbers a pixel: 1 for grey, 3 for red, green and blue.
    pub channels: usize,
    /// Rows of pixels.
    pub rows: usize,
    /// Pixels a row.
    pub columns: usize,
}

/// More on a side is taken for a slip of the finger.
const MOST: usize = 4096;

impl Image {
    /// An image of one channel.
    pub fn grey(rows: usize, columns: usize) -> Self {
        Self { channels: 1, rows, columns }
    }

    /// How many numbers a sample has.
    pub fn numbers(&self) -> usize {
        // A file may claim any shape; what is as large as this fits no sample.
        self.channels.saturating_mul(self.rows).saturating_mul(self.columns)
    }

    /// `[channels, rows, columns]`.
    pub fn axes(&self) -> [usize; 3] {
        [self.channels, self.rows, self.columns]
    }
}

impl fmt::Display for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.rows, self.columns)?;
        if self.channels == 1 { Ok(()) } else { write!(f, "x{}", self.channels) }
    }
}

impl From<Image> for String {
    fn from(image: Image) -> Self {
        image.to_string()
    }
}

impl TryFrom<String> for Image {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("not the shape of an image: {text}"))
    }
}

impl Value for Image {
    fn parse(text: &str) -> Option<Self> {
        let sizes = text.trim().split('x').map(|size| size.parse().ok()).collect::<Option<Vec<usize>>>()?;
        match sizes[..] {
            [rows, columns] => Some(Self::grey(rows, columns)),
            [rows, columns, channels] => Some(Self { channels, rows, columns }),
            _ => None,
        }
    }
    fn show(&self) -> String {
        self.to_string()
    }
    fn within(&self, _: &Range) -> bool {
        self.axes().iter().all(|size| (1..=MOST).contains(size))
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
            assert_eq!(Image::parse(text).unwrap().show(), text);
        }
        assert_eq!(Image::parse("28x28x1").unwrap().show(), "28x28");
        assert_eq!((Image::parse("28"), Image::parse("2x3x4x5"), Image::parse("axb")), (None, None, None));
        assert!(!Image::parse("0x3").unwrap().within(&Range::Any));
    }

    #[test]
    fn a_shape_beyond_all_numbers_is_no_overflow() {
        assert_eq!(Image { channels: 3, rows: usize::MAX, columns: 2 }.numbers(), usize::MAX);
    }
}
