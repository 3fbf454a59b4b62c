//! A folder of images: one folder of PNG files a class, or the files alone where there are no classes to tell.
//!
//! An image is grey if its file says so: its kind of colour, or a palette of nothing but greys. If all are grey, each has
//! one channel; if any is not, each has red, green and blue. Samples are 0 to 255 whatever the depth of the file, and
//! what is transparent is seen on white, as on a page.

use super::array::in_colour;
use anyhow::{Context, Result, anyhow, bail};
use nn_core::Image;
use png::{Decoder, Transformations};
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

/// An image of more numbers, 1024 x 1024 grey pixels, is refused: each is a column with a name, and an input.
const MOST_NUMBERS: usize = 1 << 20;
/// More numbers in all are too many, as elsewhere.
const MOST_IN_ALL: usize = super::columns::MOST_NUMBERS;
/// What every PNG begins with.
pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// The images of a folder.
#[derive(Debug)]
pub(super) struct Folder {
    /// Their one shape.
    pub(super) image: Image,
    /// Their numbers, one image after another.
    pub(super) bytes: Vec<u8>,
    /// Where in the folder each is: `cats/7.png`.
    pub(super) files: Vec<String>,
    /// The class of each, where the images lie in folders of classes.
    pub(super) classes: Option<Vec<String>>,
}

/// Something in a folder.
struct Entry {
    name: String,
    path: PathBuf,
    is_folder: bool,
}

/// One image.
struct Picture {
    /// Pixels a row, and rows.
    size: (usize, usize),
    is_grey: bool,
    /// Channel by channel, in each row by row.
    bytes: Vec<u8>,
}

impl Folder {
    /// Reads all images in `folder`: its classes by name, and in each its files by name. What is hidden is passed over.
    ///
    /// # Errors
    /// A folder without an image; something that is no PNG, or that lies too deep or beside folders of classes; images of
    /// different sizes.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let entries = entries(folder)?;
        let mut images = Vec::new();
        let mut classes = Vec::new();
        match entries.iter().find(|entry| !entry.is_folder) {
            Some(file) if entries.iter().any(|entry| entry.is_folder) => {
                bail!("{}: lies beside folders of classes, not in one", file.path.display());
            }
            Some(_) => images = entries.into_iter().map(|entry| (entry.name, entry.path)).collect(),
            None => {
                for class in entries {
                    for image in self::entries(&class.path)? {
                        if image.is_folder {
                            bail!("{}: is a folder within the folder of a class", image.path.display());
                        }
                        images.push((format!("{}/{}", class.name, image.name), image.path));
                        classes.push(class.name.clone());
                    }
                }
            }
        }
        let read = |path: &Path| picture(&fs::read(path)?);
        Self::of(images, (!classes.is_empty()).then_some(classes), read)
    }

    /// One image alone, the bytes of `file`, as a folder of it would be.
    ///
    /// # Errors
    /// Where it is damaged, or too large.
    pub(super) fn of_one(file: &Path, bytes: &[u8]) -> Result<Self> {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self::of(vec![(name, file.to_owned())], None, |_| picture(bytes))
    }

    fn of(
        images: Vec<(String, PathBuf)>,
        classes: Option<Vec<String>>,
        read: impl Fn(&Path) -> Result<Picture>,
    ) -> Result<Self> {
        let (image, bytes) = pictures(&images, read)?;
        let files = images.into_iter().map(|(name, _)| name).collect();
        Ok(Self { image, bytes, files, classes })
    }
}

/// What is in a folder, by name and without what is hidden.
fn entries(folder: &Path) -> Result<Vec<Entry>> {
    let shown = || folder.display().to_string();
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).with_context(shown)? {
        let entry = entry.with_context(shown)?;
        let path = entry.path();
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let Ok(name) = entry.file_name().into_string() else {
            bail!("{}: its name is not UTF-8 text", path.display());
        };
        let kind = fs::metadata(&path).with_context(|| path.display().to_string())?;
        // To open a pipe would be to wait for ever.
        if !kind.is_dir() && !kind.is_file() {
            bail!("{}: is no PNG image", path.display());
        }
        entries.push(Entry { name, path, is_folder: kind.is_dir() });
    }
    if entries.is_empty() {
        bail!("{}: there are no images in it", folder.display());
    }
    entries.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(entries)
}

/// The shape of the images in these files, which `read` reads, and the numbers of one after another.
fn pictures(files: &[(String, PathBuf)], read: impl Fn(&Path) -> Result<Picture>) -> Result<(Image, Vec<u8>)> {
    let mut image: Option<Image> = None;
    let mut bytes = Vec::new();
    for (_, path) in files {
        let shown = path.display();
        let picture = read(path).map_err(|error| error.context(shown.to_string()))?;
        let (width, height) = picture.size;
        let channels = if picture.is_grey { 1 } else { 3 };
        let all = image.get_or_insert(Image { channels, rows: height, columns: width });
        if (all.rows, all.columns) != (height, width) {
            let first = files[0].1.display();
            bail!("{shown}: is {width} x {height} pixels, but {first} is {} x {}", all.columns, all.rows);
        }
        let pixels = width * height;
        if MOST_IN_ALL / files.len() < pixels * channels {
            bail!("{shown}: {} images of {width} x {height} pixels are too many", files.len());
        }
        if all.channels < channels {
            bytes = in_colour(&bytes, pixels);
            all.channels = channels;
        }
        if all.channels == channels {
            bytes.extend_from_slice(&picture.bytes);
        } else {
            bytes.extend_from_slice(&in_colour(&picture.bytes, pixels));
        }
    }
    let image = image.ok_or_else(|| anyhow!("there are no images"))?;
    Ok((image, bytes))
}

/// Reads the bytes of a PNG.
fn picture(file: &[u8]) -> Result<Picture> {
    if !file.starts_with(SIGNATURE) {
        bail!("is no PNG image");
    }
    let mut decoder = Decoder::new(Cursor::new(file));
    decoder.set_transformations(Transformations::normalize_to_color8());
    let header = decoder.read_header_info().map_err(damaged)?;
    let (width, height) = (header.width as usize, header.height as usize);
    // Before anything of that size is asked for.
    let too_large = |channels: usize| width.checked_mul(height).is_none_or(|pixels| MOST_NUMBERS / channels < pixels);
    let refused = || anyhow!("{width} x {height} pixels are too many; an image has {MOST_NUMBERS} numbers at most");
    if too_large(1) {
        return Err(refused());
    }
    let mut reader = decoder.read_info().map_err(damaged)?;
    let info = reader.info();
    let is_grey = match (info.color_type, &info.palette) {
        (png::ColorType::Grayscale | png::ColorType::GrayscaleAlpha, _) => true,
        (png::ColorType::Indexed, Some(palette)) => palette.as_chunks().0.iter().all(|[r, g, b]| r == g && g == b),
        _ => false,
    };
    let channels = if is_grey { 1 } else { 3 };
    if too_large(channels) {
        return Err(refused());
    }
    let mut pixels = vec![0; reader.output_buffer_size().ok_or_else(refused)?];
    reader.next_frame(&mut pixels).map_err(damaged)?;
    reader.finish().map_err(damaged)?;
    let samples = reader.output_color_type().0.samples();
    // A pixel is one or three samples, and one more where it may be transparent.
    let has_alpha = samples.is_multiple_of(2);
    let mut bytes = Vec::with_capacity(channels * width * height);
    for channel in 0..channels {
        let seen = |pixel: &[u8]| if has_alpha { on_white(pixel[channel], pixel[samples - 1]) } else { pixel[channel] };
        bytes.extend(pixels.chunks_exact(samples).map(seen));
    }
    Ok(Picture { size: (width, height), is_grey, bytes })
}

fn damaged(error: png::DecodingError) -> anyhow::Error {
    anyhow!("damaged PNG: {}", error.to_string().trim_end_matches('.'))
}

/// What is seen of a sample that covers white as far as `alpha` says.
fn on_white(sample: u8, alpha: u8) -> u8 {
    let (sample, alpha) = (u32::from(sample), u32::from(alpha));
    ((sample * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use png::{BitDepth, ColorType, Encoder};

    /// A PNG of two pixels side by side, read.
    fn two(color: ColorType, depth: BitDepth, palette: &[u8], transparent: &[u8], data: &[u8]) -> (bool, Vec<u8>) {
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, 2, 1);
        encoder.set_color(color);
        encoder.set_depth(depth);
        if !palette.is_empty() {
            encoder.set_palette(palette.to_vec());
        }
        if !transparent.is_empty() {
            encoder.set_trns(transparent.to_vec());
        }
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(data).unwrap();
        writer.finish().unwrap();
        let picture = picture(&file).unwrap();
        assert_eq!(picture.size, (2, 1));
        (picture.is_grey, picture.bytes)
    }

    #[test]
    fn grey_of_any_depth_is_one_channel_of_bytes() {
        assert_eq!(two(ColorType::Grayscale, BitDepth::One, &[], &[], &[0b0100_0000]), (true, vec![0, 255]));
        assert_eq!(two(ColorType::Grayscale, BitDepth::Two, &[], &[], &[0b0110_0000]), (true, vec![85, 170]));
        assert_eq!(two(ColorType::Grayscale, BitDepth::Four, &[], &[], &[0x1F]), (true, vec![17, 255]));
        assert_eq!(two(ColorType::Grayscale, BitDepth::Eight, &[], &[], &[7, 200]), (true, vec![7, 200]));
        assert_eq!(two(ColorType::Grayscale, BitDepth::Sixteen, &[], &[], &[7, 99, 200, 99]), (true, vec![7, 200]));
    }

    #[test]
    fn colours_lie_channel_by_channel() {
        let colours = (false, vec![1, 4, 2, 5, 3, 6]);
        assert_eq!(two(ColorType::Rgb, BitDepth::Eight, &[], &[], &[1, 2, 3, 4, 5, 6]), colours);
        let palette = [9, 9, 9, 1, 2, 3, 4, 5, 6];
        assert_eq!(two(ColorType::Indexed, BitDepth::Eight, &palette, &[], &[1, 2]), colours);
        // A palette of greys is grey.
        assert_eq!(two(ColorType::Indexed, BitDepth::Eight, &[8, 8, 8, 9, 9, 9], &[], &[1, 0]), (true, vec![9, 8]));
    }

    #[test]
    fn what_is_transparent_is_white() {
        assert_eq!(two(ColorType::GrayscaleAlpha, BitDepth::Eight, &[], &[], &[10, 255, 10, 0]), (true, vec![10, 255]));
        let rgba = [0, 100, 200, 51, 0, 0, 0, 255];
        let seen = (false, vec![204, 0, 224, 0, 244, 0]);
        assert_eq!(two(ColorType::Rgba, BitDepth::Eight, &[], &[], &rgba), seen);
        let palette = [1, 1, 1, 2, 2, 2];
        assert_eq!(two(ColorType::Indexed, BitDepth::Eight, &palette, &[0], &[0, 1]), (true, vec![255, 2]));
        assert_eq!(two(ColorType::Grayscale, BitDepth::Eight, &[], &[0, 7], &[7, 8]), (true, vec![255, 8]));
    }
}
