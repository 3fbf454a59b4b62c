//! NumPy's file format, as far as both sides of the benchmarks need it: C order, little-endian, f32 and i64.
//!
//! A magic word, a version, the length of the header, and the header: a Python dictionary in one line, padded with
//! spaces so that the numbers start at a multiple of 64.

use std::path::Path;

use anyhow::{Context, Result, bail};

const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";

/// Writes an array of f32.
pub(crate) fn write_f32(path: &Path, shape: &[usize], numbers: &[f32]) -> Result<()> {
    write(path, "<f4", shape, &numbers.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>())
}

/// Writes an array of i64.
pub(crate) fn write_i64(path: &Path, shape: &[usize], numbers: &[i64]) -> Result<()> {
    write(path, "<i8", shape, &numbers.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>())
}

/// Shape and numbers of an array of f32.
pub(crate) fn read_f32(path: &Path) -> Result<(Vec<usize>, Vec<f32>)> {
    let (shape, bytes) = read(path, "<f4", 4)?;
    Ok((shape, bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()))
}

/// Shape and numbers of an array of i64.
pub(crate) fn read_i64(path: &Path) -> Result<(Vec<usize>, Vec<i64>)> {
    let (shape, bytes) = read(path, "<i8", 8)?;
    Ok((shape, bytes.as_chunks().0.iter().map(|&bytes| i64::from_le_bytes(bytes)).collect()))
}

fn write(path: &Path, kind: &str, shape: &[usize], numbers: &[u8]) -> Result<()> {
    let sides: String = shape.iter().map(|side| format!("{side}, ")).collect();
    let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({sides}), }}");
    let length = (MAGIC.len() + 2 + header.len() + 1).next_multiple_of(64) - MAGIC.len() - 2;
    let mut bytes = [MAGIC, &(length as u16).to_le_bytes()].concat();
    bytes.extend(format!("{header:<width$}\n", width = length - 1).bytes());
    bytes.extend(numbers);
    std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// The shape, and the bytes of the numbers of this kind, each of `size` bytes.
fn read(path: &Path, kind: &str, size: usize) -> Result<(Vec<usize>, Vec<u8>)> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let name = path.file_name().unwrap_or_default().display();
    let (header, numbers) = split(&bytes).with_context(|| format!("{name} is no .npy file of version 1"))?;
    let shape = shape(header, kind).with_context(|| format!("{name}: no array of {kind} in C order: {header}"))?;
    if numbers.len() != shape.iter().product::<usize>() * size {
        bail!("{name}: {} bytes of numbers do not fill the shape {shape:?}", numbers.len());
    }
    Ok((shape, numbers.to_vec()))
}

fn split(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = bytes.strip_prefix(MAGIC)?.split_first_chunk()?;
    let (header, numbers) = rest.split_at_checked(u16::from_le_bytes(*length) as usize)?;
    Some((std::str::from_utf8(header).ok()?, numbers))
}

fn shape(header: &str, kind: &str) -> Option<Vec<usize>> {
    let header = header.replace(' ', "");
    if !header.contains(&format!("'descr':'{kind}'")) || !header.contains("'fortran_order':False") {
        return None;
    }
    let sides = header.split_once("'shape':(")?.1.split_once(')')?.0;
    sides.split(',').filter(|side| !side.is_empty()).map(|side| side.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_again() {
        let path = std::env::temp_dir().join(format!("nn-bench-npy-{}.npy", std::process::id()));
        write_f32(&path, &[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, -0.5]).unwrap();
        let floats = read_f32(&path);
        let wrong = read_i64(&path);
        let start = std::fs::read(&path).unwrap().len() - 24;
        write_i64(&path, &[3], &[1, -2, 3]).unwrap();
        let integers = read_i64(&path);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(floats.unwrap(), (vec![2, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, -0.5]));
        assert_eq!(integers.unwrap(), (vec![3], vec![1, -2, 3]));
        assert!(start.is_multiple_of(64));
        assert!(wrong.unwrap_err().to_string().contains("no array of <i8 in C order"));
    }

    #[test]
    fn a_header_of_numpy_is_understood() {
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1437, 64), }          \n";
        assert_eq!(shape(header, "<f4"), Some(vec![1437, 64]));
        assert_eq!(shape(&header.replace("False", "True"), "<f4"), None);
    }
}
