//! Numbers as small images within the page.

use super::palette;
use anyhow::Result;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use nn_core::Image;
use png::{BitDepth, ColorType, Encoder};

/// Whether the three numbers of a pixel are red, green and blue. Of other numbers their mean is drawn.
pub(super) fn is_colour(image: Image) -> bool {
    image.channels == 3
}

/// A sample as an image. In colour the lowest of the values `range` is dark, the highest light; grey is ink on paper, the
/// lowest light and the highest dark, and turned round by a dark page.
pub(super) fn sample(image: Image, values: &[f64], (low, high): (f64, f64)) -> Result<String> {
    let span = if low < high { high - low } else { 1.0 };
    let byte = |value: f64| (255.0 * ((value - low) / span).clamp(0.0, 1.0)) as u8;
    if is_colour(image) {
        return png(image, ColorType::Rgb, &interleaved(image, values).map(byte).collect::<Vec<_>>());
    }
    png(image, ColorType::Grayscale, &means(image, values).map(|value| 255 - byte(value)).collect::<Vec<_>>())
}

/// Weights as an image on a scale of their own: in colour what each channel is multiplied by, grey where by nothing;
/// else red where positive, blue where negative.
pub(super) fn weights(image: Image, values: &[f64]) -> Result<String> {
    if is_colour(image) {
        let unit = largest(values.iter().copied());
        let byte = |value: f64| (127.5 + 127.5 * value / unit) as u8;
        return png(image, ColorType::Rgb, &interleaved(image, values).map(byte).collect::<Vec<_>>());
    }
    let unit = largest(means(image, values));
    png(image, ColorType::Rgb, &means(image, values).flat_map(|mean| palette::sign(mean / unit)).collect::<Vec<_>>())
}

/// The largest size of a number, or 1 where there is none but zero.
fn largest(values: impl Iterator<Item = f64>) -> f64 {
    let largest = values.fold(0.0, |largest: f64, value| largest.max(value.abs()));
    if 0.0 < largest { largest } else { 1.0 }
}

/// The numbers of each pixel side by side.
fn interleaved(image: Image, values: &[f64]) -> impl Iterator<Item = f64> {
    let pixels = image.rows * image.columns;
    (0..pixels).flat_map(move |pixel| values[pixel..].iter().step_by(pixels).copied())
}

/// The mean of the numbers of each pixel.
fn means(image: Image, values: &[f64]) -> impl Iterator<Item = f64> {
    let pixels = image.rows * image.columns;
    (0..pixels).map(move |pixel| values[pixel..].iter().step_by(pixels).sum::<f64>() / image.channels as f64)
}

/// Numbers from -1 to 1 as a row of colours.
pub(super) fn strip(values: &[f64]) -> Result<String> {
    let bytes: Vec<u8> = values.iter().copied().flat_map(palette::sign).collect();
    png(Image { channels: 1, rows: 1, columns: values.len() }, ColorType::Rgb, &bytes)
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
        let image = Image { channels: 1, rows: 2, columns: 3 };
        let address = sample(image, &[0.0, 16.0, 8.0, 0.0, 0.0, 99.0], (0.0, 16.0)).unwrap();
        assert_eq!(read(&address), (3, 2, vec![255, 0, 128, 255, 255, 0]));
        assert_eq!(read(&sample(image, &[1.0; 6], (1.0, 1.0)).unwrap()).2, [255; 6]);
    }

    #[test]
    fn the_sign_of_a_weight_is_its_colour() {
        let (.., pixels) = read(&weights(Image { channels: 1, rows: 1, columns: 3 }, &[-2.0, 0.0, 1.0]).unwrap());
        let [negative, zero, positive] = [&pixels[..3], &pixels[3..6], &pixels[6..]];
        assert!(negative[0] < negative[2] && positive[2] < positive[0], "{pixels:?}");
        assert!(zero.iter().all(|&byte| 230 < byte), "{pixels:?}");
    }

    #[test]
    fn three_channels_are_red_green_and_blue() {
        let image = Image { channels: 3, rows: 1, columns: 2 };
        let address = sample(image, &[0.0, 8.0, 0.0, 16.0, 16.0, 0.0], (0.0, 16.0)).unwrap();
        assert_eq!(read(&address), (2, 1, vec![0, 0, 255, 127, 255, 0]));
        let (.., pixels) = read(&weights(image, &[2.0, -2.0, 0.0, 1.0, 0.0, 0.0]).unwrap());
        assert_eq!(pixels, [255, 127, 127, 0, 191, 127]);
    }

    #[test]
    fn of_other_channels_the_mean_is_drawn() {
        let (two, one) = (Image { channels: 2, rows: 1, columns: 2 }, Image { channels: 1, rows: 1, columns: 2 });
        let (values, means) = ([0.0, 2.0, 4.0, -6.0], [2.0, -2.0]);
        assert_eq!(sample(two, &values, (-2.0, 2.0)).unwrap(), sample(one, &means, (-2.0, 2.0)).unwrap());
        assert_eq!(weights(two, &values).unwrap(), weights(one, &means).unwrap());
    }
}
