//! Whole files for each door, small ones and some that are wide: what a fuzzer begins with.

use super::lessons::{LESSONS, Lesson};
use super::{Door, LONGEST};
use crate::models;
use anyhow::Result;
use flate2::Compression;
use flate2::write::GzEncoder;
use nn_core::tune::Ledger;
use nn_core::{Column, Precision, Schema};
use png::{BitDepth, ColorType, Encoder};
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, process};

/// Files that `door` takes, each a different kind of right. Models and checkpoints are made by trainings here and now.
///
/// # Errors
/// A training that fails, or a temporary folder that takes no file.
pub fn seeds(door: &Door) -> Result<Vec<Vec<u8>>> {
    match door.name {
        "csv" => Ok(csv()),
        "npy" => Ok(npy()),
        "idx" => Ok(idx()),
        "png" => png(),
        "gzip" => gzip(),
        "model" => LESSONS.iter().map(model).collect(),
        "checkpoint" => checkpoints(),
        "params" => Ok(params()),
        _ => Ok(Vec::new()),
    }
}

fn csv() -> Vec<Vec<u8>> {
    let small = [
        "weight,colour,kind\n150,red,apple\n160,red,apple\n8,blue,berry\n9,blue,berry\n170,green,apple\n7,red,berry\n",
        "\u{feff}a,\"b,\"\"c\"\"\"\r\n1.5,\"x\ny\"\r\n-2e3,z\r\n",
        "x,y\n1,\n,2\nnan,0\n4,?\n5,1\n6,0\n",
        "sequence,x,y\na,1,0\na,2,1\nb,3,0\nb,4,1\n",
        "price\n1\n2\n4\n8\n16\n",
        "p0x0,p0x1,p1x0,p1x1,label\n0,1,2,3,a\n4,5,6,7,b\n8,9,9,9,a\n",
        "1990,1995,2000\nx,5,6\ny,7,8\n",
    ];
    let wide: Vec<String> = (0..LONGEST / 8).map(short_name).collect();
    let zeros = vec!["0"; wide.len()].join(",");
    let wide = format!("{}\n{zeros}\n{zeros}\n", wide.join(","));
    // As many names as there may be, in as many rows as there may be: each name is an input of each row.
    let names: String = (0..LONGEST / 6 - 1).flat_map(|name| [two_letters(name), two_letters(name)]).collect();
    let names = format!("a\n{names}");
    small.into_iter().map(str::to_owned).chain([wide, names]).map(String::into_bytes).collect()
}

/// A line of a name of two letters. None of them begins with a digit, or with the letter of words for what is missing.
fn two_letters(number: usize) -> String {
    let letters = || ('a'..='m').chain('o'..='z').chain('A'..='M').chain('O'..='Z').chain(['_', '-', '+', '=', '!']);
    let letter = |at: usize| letters().nth(at % 55).unwrap_or('_');
    format!("{}{}\n", letter(number / 55), letter(number))
}

/// A name of one to three letters.
fn short_name(mut number: usize) -> String {
    let mut name = String::new();
    loop {
        name.push((b'a' + (number % 26) as u8) as char);
        number /= 26;
        if number == 0 {
            return name;
        }
    }
}

fn npy() -> Vec<Vec<u8>> {
    let file = |version: u8, descr: &str, fortran: &str, shape: &str, numbers: &[u8]| {
        let header = format!("{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}\n");
        let length = header.len() as u32;
        let length = if version == 1 { (length as u16).to_le_bytes().to_vec() } else { length.to_le_bytes().to_vec() };
        [b"\x93NUMPY", &[version, 0][..], &length, header.as_bytes(), numbers].concat()
    };
    let floats: Vec<u8> = (0..12).flat_map(|at| (f64::from(at) / 3.0).to_le_bytes()).collect();
    let large: Vec<u8> = [1e30_f32, -1e-30, 0.0, 1.0].iter().flat_map(|number| number.to_be_bytes()).collect();
    let bytes: Vec<u8> = (0..LONGEST as u32 - 128).map(|at| (at * at % 251) as u8).collect();
    let wide = bytes.len() / 2;
    vec![
        file(1, "'<f8'", "False", "(4, 3)", &floats),
        file(2, "'<f8'", "True", "(6, 2)", &floats),
        file(3, "'>f4'", "False", "(2, 2)", &large),
        file(1, "'|u1'", "False", "(3, 2, 2)", &bytes[..12]),
        file(1, "'<i2'", "True", "(2, 1, 2, 2)", &bytes[..16]),
        file(1, "'<u8'", "False", "(3,)", &bytes[..24]),
        file(1, "'|u1'", "False", &format!("(2, {wide})"), &bytes[..2 * wide]),
        file(1, "'|u1'", "False", &format!("({}, 1, 1)", bytes.len()), &bytes),
    ]
}

fn idx() -> Vec<Vec<u8>> {
    let file = |number: u8, shape: &[u32], bytes: &[u8]| {
        let axes = shape.iter().flat_map(|axis| axis.to_be_bytes());
        [0, 0, number, shape.len() as u8].into_iter().chain(axes).chain(bytes.iter().copied()).collect::<Vec<u8>>()
    };
    let bytes: Vec<u8> = (0..LONGEST as u32 - 16).map(|at| (at * at % 251) as u8).collect();
    let all = bytes.len() as u32;
    vec![
        file(8, &[5], &[0, 1, 2, 1, 0]),
        file(8, &[3, 2, 2], &bytes[..12]),
        file(9, &[2, 3], &bytes[..6]),
        file(11, &[2, 1, 2, 2], &bytes[..16]),
        file(12, &[2, 2], &bytes[..16]),
        file(13, &[2, 2], &[0; 16]),
        file(14, &[2, 1], &[0; 16]),
        file(8, &[1, 1, all], &bytes),
        file(8, &[all, 1], &bytes),
    ]
}

fn png() -> Result<Vec<Vec<u8>>> {
    let file = |side: u32, color: ColorType, depth: BitDepth, palette: &[u8], data: &[u8]| -> Result<Vec<u8>> {
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, side, side);
        encoder.set_color(color);
        encoder.set_depth(depth);
        if !palette.is_empty() {
            encoder.set_palette(palette.to_vec());
            encoder.set_trns(vec![0]);
        }
        let mut writer = encoder.write_header()?;
        writer.write_image_data(data)?;
        writer.finish()?;
        Ok(file)
    };
    let bytes: Vec<u8> = (0..64).collect();
    // The largest that are read.
    let large = vec![0; 1 << 20];
    [
        file(4, ColorType::Grayscale, BitDepth::Eight, &[], &bytes[..16]),
        file(2, ColorType::Grayscale, BitDepth::One, &[], &[0x40, 0x80]),
        file(2, ColorType::Grayscale, BitDepth::Sixteen, &[], &bytes[..8]),
        file(2, ColorType::GrayscaleAlpha, BitDepth::Eight, &[], &bytes[..8]),
        file(3, ColorType::Rgb, BitDepth::Eight, &[], &bytes[..27]),
        file(2, ColorType::Rgba, BitDepth::Sixteen, &[], &bytes[..32]),
        file(2, ColorType::Indexed, BitDepth::Eight, &[9, 9, 9, 1, 2, 3], &[0, 1, 1, 0]),
        file(1024, ColorType::Grayscale, BitDepth::Eight, &[], &large),
    ]
    .into_iter()
    .collect()
}

fn gzip() -> Result<Vec<Vec<u8>>> {
    let packed = |bytes: &[u8]| -> Result<Vec<u8>> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes)?;
        Ok(encoder.finish()?)
    };
    let few = [csv(), npy(), idx()].into_iter().flat_map(|files| files.into_iter().take(3));
    let mut files = few.map(|bytes| packed(&bytes)).collect::<Result<Vec<_>>>()?;
    // Two members, one behind the other.
    files.push([packed(b"a,b\n1,x\n")?, packed(b"2,y\n")?].concat());
    // What a kilobyte may become.
    files.push(packed(format!("a,b\n{}", "0,1\n".repeat(1 << 17)).as_bytes())?);
    Ok(files)
}

/// A saved model, of columns with names.
fn model(lesson: &Lesson) -> Result<Vec<u8>> {
    let mut file = match lesson.entry()?.precision {
        Precision::F32 => lesson.model::<f32>(),
        Precision::F64 => lesson.model::<f64>(),
    }?;
    let name = |number| format!("x{number}");
    file.schema = Some(Schema {
        inputs: (0..16).map(|number| Column::numeric(name(number))).collect(),
        targets: vec![Column::categorical("y", vec!["no".to_owned(), "yes".to_owned()])],
        ..Schema::default()
    });
    Ok(file.to_bytes())
}

/// One of every kind of model, and the fits of a search.
fn checkpoints() -> Result<Vec<Vec<u8>>> {
    let path = temporary();
    let of_lesson = |lesson: &Lesson| match lesson.entry()?.precision {
        Precision::F32 => lesson.checkpoint::<f32>(&path),
        Precision::F64 => lesson.checkpoint::<f64>(&path),
    };
    let mut files = LESSONS.iter().map(of_lesson).collect::<Result<Vec<_>>>()?;
    Ledger::default().write(&path)?;
    files.push(fs::read(&path)?);
    fs::remove_file(&path)?;
    Ok(files)
}

/// A place that no other process and no other thread has.
fn temporary() -> PathBuf {
    static PLACES: AtomicUsize = AtomicUsize::new(0);
    let place = PLACES.fetch_add(1, Ordering::Relaxed);
    env::temp_dir().join(format!("nn-doors-{}-{place}.nn", process::id()))
}

/// All settings of every kind of model with their defaults, and some in forms of their own.
fn params() -> Vec<Vec<u8>> {
    let of_model = |entry: &nn_core::Entry| {
        let line = |setting: nn_core::Setting| format!("{} = {:?}\n", setting.name, setting.default);
        entry.settings().into_iter().map(line).collect::<String>()
    };
    let own = "hidden_layers = [64, 32]\nlearning_rate = 1e-2 # fast\nepochs = 0x10\n[rbm]\ncd_steps = 2\n".to_owned();
    let lists = "layers = ['conv:6:5', \"pool:2\"]\nimage = '1x8x8'\nclass_weight = \"\"\"balanced\"\"\"\n".to_owned();
    models::all().map(of_model).chain([own, lists]).map(String::into_bytes).collect()
}
