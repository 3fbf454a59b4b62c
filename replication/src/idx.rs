//! MNIST's own file format: big-endian, a magic word that counts the axes, their lengths, and bytes.

use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::read::GzDecoder;

/// Whether `folder` has the file `name` or its `.gz`.
pub fn is_there(folder: &Path, name: &str) -> bool {
    folder.join(name).exists() || folder.join(format!("{name}.gz")).exists()
}

/// Shape and bytes of the file `name` in `folder`, or of its `.gz`.
///
/// # Errors
/// Where neither can be read, and where what is read is no IDX file of bytes.
pub fn read(folder: &Path, name: &str) -> Result<(Vec<usize>, Vec<u8>)> {
    let plain = folder.join(name);
    let bytes = if plain.exists() {
        std::fs::read(&plain).with_context(|| format!("cannot read {}", plain.display()))?
    } else {
        let packed = folder.join(format!("{name}.gz"));
        let file = std::fs::File::open(&packed)
            .with_context(|| format!("neither {name} nor {name}.gz can be opened in {}", folder.display()))?;
        let mut bytes = Vec::new();
        GzDecoder::new(file).read_to_end(&mut bytes).with_context(|| format!("cannot unpack {name}.gz"))?;
        bytes
    };
    parse(&bytes).with_context(|| format!("{name} is no IDX file of bytes"))
}

fn parse(bytes: &[u8]) -> Result<(Vec<usize>, Vec<u8>)> {
    let (magic, mut rest) = bytes.split_first_chunk().context("it is too short")?;
    let [0, 0, 8, axes] = *magic else { bail!("it starts with {magic:?}") };
    let mut shape = Vec::new();
    for _ in 0..axes {
        let (length, after) = rest.split_first_chunk().context("it is too short")?;
        shape.push(u32::from_be_bytes(*length) as usize);
        rest = after;
    }
    if rest.len() != shape.iter().product::<usize>() {
        bail!("{} bytes do not fill the shape {shape:?}", rest.len());
    }
    Ok((shape, rest.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shape_and_bytes_are_read() {
        let bytes = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 7, 9];
        assert_eq!(parse(&bytes).unwrap(), (vec![2, 1], vec![7, 9]));
        assert!(parse(&bytes[..13]).is_err());
        assert!(parse(&[0, 0, 13, 1]).is_err());
    }
}
