//! The data of both sides, made from what is in the repository and from MNIST's files.

use std::path::Path;

use anyhow::{Context, Result, bail};
use nn_bench::write;
use nn_core::random::{Key, shuffle};
use nn_replication::{TableSet, idx};

/// Rows of the digits that are learned from; the others are asked.
const DIGITS_LEARNED: usize = 1437;
/// Images of MNIST that are learned from.
const MNIST_LEARNED: usize = 10_000;

/// `digits` and `som10k`: in an order of its own, since the last writers of the file are harder to read than a fair part.
pub(crate) fn digits(file: &Path, folder: &Path) -> Result<()> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut rows = text.lines().skip(1).map(row).collect::<Result<Vec<_>>>()?;
    if rows.len() <= DIGITS_LEARNED {
        bail!("{} rows of digits are too few", rows.len());
    }
    shuffle(&mut rows, &mut Key::once(0).stream("split"));
    let (learned, asked) = rows.split_at(DIGITS_LEARNED);
    for (name, rows) in [("digits", learned), ("digits_test", asked)] {
        let x: Vec<f32> = rows.iter().flat_map(|(pixels, _)| pixels.iter().map(|pixel| pixel / 16.0)).collect();
        let labels: Vec<i64> = rows.iter().map(|(_, class)| *class).collect();
        write(folder, name, &x, &labels)?;
        noisy(folder, name, &x, &labels)?;
    }
    Ok(())
}

/// Samples of `som10k`, and how far noise moves a pixel at most.
const NOISY: (usize, f32) = (10_000, 0.2);

/// `som10k`: the digits over and over, each time with other noise; of the rows to be asked as many as there are.
fn noisy(folder: &Path, name: &str, x: &[f32], labels: &[i64]) -> Result<()> {
    let ((samples, most), features) = (NOISY, x.len() / labels.len());
    let (name, samples) = if name == "digits" { ("som10k", samples) } else { ("som10k_test", labels.len()) };
    let mut noise = vec![0.0_f32; samples * features];
    nn_core::kernels::random::fill_uniform(&mut Key::once(0).stream("noise"), &mut noise);
    let noisy: Vec<f32> = noise.iter().enumerate().map(|(at, u)| x[at % x.len()] + most * (2.0 * u - 1.0)).collect();
    let labels: Vec<i64> = (0..samples).map(|sample| labels[sample % labels.len()]).collect();
    write(folder, name, &noisy, &labels)
}

/// The pixels and the class at the end of a line.
fn row(line: &str) -> Result<(Vec<f32>, i64)> {
    let (pixels, class) = line.rsplit_once(',').with_context(|| format!("no comma in `{line}`"))?;
    let pixels = pixels.split(',').map(str::parse).collect::<Result<_, _>>()?;
    Ok((pixels, class.trim().parse()?))
}

/// Features and samples of `planted`, and the share of its classes that are turned round.
const PLANTED: (usize, usize) = (100, 100_000);
const TURNED_ROUND: f32 = 0.05;

/// `planted`: uniform numbers between -1 and 1 on both sides of a plane through 0, some of them with the wrong class, so
/// that no training ends before its epochs.
pub(crate) fn planted(folder: &Path) -> Result<()> {
    let (features, samples) = PLANTED;
    let mut stream = Key::once(0).stream("planted");
    let mut uniform = |count: usize| {
        let mut numbers = vec![0.0_f32; count];
        nn_core::kernels::random::fill_uniform(&mut stream, &mut numbers);
        numbers
    };
    let plane: Vec<f32> = uniform(features).iter().map(|u| 2.0 * u - 1.0).collect();
    for (name, count) in [("planted", samples), ("planted_test", samples / 10)] {
        let x: Vec<f32> = uniform(count * features).iter().map(|u| 2.0 * u - 1.0).collect();
        let turned = uniform(count);
        let above = |x: &[f32]| 0.0 <= x.iter().zip(&plane).map(|(x, w)| x * w).sum::<f32>();
        let class = |(x, turned): (&[f32], &f32)| i64::from(above(x) != (*turned < TURNED_ROUND));
        write(folder, name, &x, &x.chunks(features).zip(&turned).map(class).collect::<Vec<i64>>())?;
    }
    Ok(())
}

/// Samples of `circle`.
const CIRCLE: usize = 10_000;

/// `circle`: points of the unit square, and whether they lie within a circle of half its area.
pub(crate) fn circle(folder: &Path) -> Result<()> {
    let mut stream = Key::once(0).stream("circle");
    for name in ["circle", "circle_test"] {
        let mut x = vec![0.0_f32; 2 * CIRCLE];
        nn_core::kernels::random::fill_uniform(&mut stream, &mut x);
        let is_within = |p: &[f32]| (p[0] - 0.5).powi(2) + (p[1] - 0.5).powi(2) < 0.5 / std::f32::consts::PI;
        write(folder, name, &x, &x.chunks(2).map(|p| i64::from(is_within(p))).collect::<Vec<i64>>())?;
    }
    Ok(())
}

/// Letters that are learned from.
const LETTERS_LEARNED: usize = 16_000;

/// `letters`: in an order at random, the first 16,000 to learn from.
pub(crate) fn letters(from: &Path, folder: &Path) -> Result<()> {
    let table = TableSet::Letters.read(from)?.with_context(|| format!("{}: no letter/letter.dat", from.display()))?;
    let mut order: Vec<usize> = (0..table.labels.len()).collect();
    shuffle(&mut order, &mut Key::once(0).stream("split"));
    let (learned, asked) = order.split_at(LETTERS_LEARNED.min(order.len()));
    for (name, rows) in [("letters", learned), ("letters_test", asked)] {
        let x: Vec<f32> =
            rows.iter().flat_map(|&row| table.x.column(row).into_iter().copied()).map(|x| x as f32 / 15.0).collect();
        let labels: Vec<i64> = rows.iter().map(|&row| i64::from(table.labels[row])).collect();
        write(folder, name, &x, &labels)?;
    }
    Ok(())
}

/// `mnist10k`: the first training images and all test images.
pub(crate) fn mnist(from: &Path, folder: &Path) -> Result<()> {
    images(from, "train", MNIST_LEARNED, folder, "mnist10k")?;
    images(from, "t10k", usize::MAX, folder, "mnist10k_test")
}

fn images(from: &Path, part: &str, most: usize, folder: &Path, name: &str) -> Result<()> {
    let (shape, pixels) = idx::read(from, &format!("{part}-images-idx3-ubyte"))?;
    let (_, labels) = idx::read(from, &format!("{part}-labels-idx1-ubyte"))?;
    let [images, height, width] = shape[..] else { bail!("images have three axes, not {shape:?}") };
    if images != labels.len() {
        bail!("{images} images do not go with {} classes", labels.len());
    }
    let count = images.min(most);
    let x: Vec<f32> = pixels[..count * height * width].iter().map(|&pixel| f32::from(pixel) / 255.0).collect();
    let labels: Vec<i64> = labels[..count].iter().map(|&class| i64::from(class)).collect();
    write(folder, name, &x, &labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_digits_is_pixels_and_a_class() {
        assert_eq!(row("0,16,3,7").unwrap(), (vec![0.0, 16.0, 3.0], 7));
        assert!(row("0,x,7").is_err());
    }
}
