//! Numbers as small images within the page.

use super::palette;
use anyhow::Result;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use nn_core::Image;
use png::{BitDepth, ColorType, Encoder};

/// A sample as an image in grey: the lowest of the values `range` is light, the highest dark. In the dark the page
/// turns it round.
pub(super) fn grey(image: Image, values: &[f64], (low, high): (f64, f64)) -> Result<String> {
    let span = if low < high { high - low } else { 1.0 };
    let bytes: Vec<u8> =
        values.iter().map(|value| 255 - (255.0 * ((value - low) / span).clamp(0.0, 1.0)) as u8).collect();
    png(image, ColorType::Grayscale, &bytes)
}

/// Weights as an image: red where positive, blue where negative, on a scale of their own.
pub(super) fn weights(image: Image, values: &[f64]) -> Result<String> {
    let largest = values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let unit = if 0.0 < largest { largest } else { 1.0 };
    let bytes: Vec<u8> = values.iter().flat_map(|value| palette::sign(value / unit)).collect();
    png(image, ColorType::Rgb, &bytes)
}

/// Numbers from -1 to 1 as a row of colours.
pub(super) fn strip(values: &[f64]) -> Result<String> {
    let bytes: Vec<u8> = values.iter().copied().flat_map(palette::sign).collect();
    png(Image { rows: 1, columns: values.len() }, ColorType::Rgb, &bytes)
}

/// The address of an image that is its own content.
fn png(image: Image, colors: ColorType, bytes: &[u8]) -> Result<String> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, u32::try_from(image.columns)?, u32::try_from(image.rows)?);
    encoder.set_color(colors);
    encoder.set_depth(BitDepth::Eight);
    encoder.write_header()?.write_image_data(bytes)?;
    Ok(format!("data:image/png;base64,{}", BASE64_STANDARD.encode(file)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a reader of PNG makes of it.
    fn read(address: &str) -> (u32, u32, Vec<u8>) {
        let bytes = BASE64_STANDARD.decode(address.strip_prefix("data:image/png;base64,").unwrap()).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        (info.width, info.height, pixels)
    }

    #[test]
    fn ink_is_dark_and_rows_lie_one_after_another() {
        let image = Image { rows: 2, columns: 3 };
        let address = grey(image, &[0.0, 16.0, 8.0, 0.0, 0.0, 99.0], (0.0, 16.0)).unwrap();
        assert_eq!(read(&address), (3, 2, vec![255, 0, 128, 255, 255, 0]));
        assert_eq!(read(&grey(image, &[1.0; 6], (1.0, 1.0)).unwrap()).2, [255; 6]);
    }

    #[test]
    fn the_sign_of_a_weight_is_its_colour() {
        let (.., pixels) = read(&weights(Image { rows: 1, columns: 3 }, &[-2.0, 0.0, 1.0]).unwrap());
        let [negative, zero, positive] = [&pixels[..3], &pixels[3..6], &pixels[6..]];
        assert!(negative[0] < negative[2] && positive[2] < positive[0], "{pixels:?}");
        assert!(zero.iter().all(|&byte| 230 < byte), "{pixels:?}");
    }
}
