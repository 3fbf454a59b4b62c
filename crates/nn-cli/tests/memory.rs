//! How much memory data may take, as Linux counts it.
#![cfg(target_os = "linux")]

use crate::common::{Sandbox, idx, npy_of, packed};
use std::fs;
use std::io::Write;
use std::process::{ChildStdin, Stdio};

/// Runs the words of `line` and gives the most memory it was seen to have, in bytes.
fn peak(sandbox: &Sandbox, line: &str) -> usize {
    peak_on(sandbox, line, |_| ())
}

/// The same with what `feed` writes on standard input.
fn peak_on(sandbox: &Sandbox, line: &str, feed: impl FnOnce(ChildStdin) + Send + 'static) -> usize {
    let mut child = sandbox.process(line).stdin(Stdio::piped()).spawn().unwrap();
    let input = child.stdin.take().unwrap();
    let feeding = std::thread::spawn(move || feed(input));
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        // A process that has just ended has no such line.
        let text = fs::read_to_string(&status).unwrap_or_default();
        let kilobytes =
            text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB")?.trim().parse().ok());
        peak = peak.max(1024 * kilobytes.unwrap_or(0));
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    feeding.join().unwrap();
    assert!(child.wait().unwrap().success(), "nn {line}");
    peak
}

#[test]
fn a_byte_of_an_image_takes_that_byte_and_one_float() {
    let (images, pixels) = (20_000, 28 * 28);
    let sandbox = Sandbox::new();
    sandbox.write("t-images-idx3-ubyte", idx(&[images, 28, 28], &vec![7; images as usize * pixels]));
    let labels: Vec<u8> = (0..images).map(|image| (image % 2) as u8).collect();
    sandbox.write("t-labels-idx1-ubyte", idx(&[images], &labels));
    let train = "train mlp --data t-images-idx3-ubyte --set hidden_layers=2 --set epochs=1 --set batch_size=500";
    let small = peak(&sandbox, "train mlp --data iris --set epochs=1");
    let taken = peak(&sandbox, &format!("{train} --out m.nn")) - small;
    // The float has 4 bytes; a copy of it, or columns of 8 bytes, would make it 9 or more.
    let most = 7 * images as usize * pixels;
    assert!(taken < most, "{taken} bytes, and {most} are allowed");
    assert!(4 * images as usize * pixels < taken, "{taken} bytes cannot be all");
    assert!(peak(&sandbox, "predict m.nn --data t-images-idx3-ubyte --out a.csv") - small < most);
}

#[test]
fn a_stream_takes_no_more_than_a_part_of_it() {
    const ROWS: usize = 200_000;
    const COLUMNS: usize = 128;
    // 102 MB, of which no more than a part is anywhere at a time.
    let feed = |mut input: ChildStdin| {
        input.write_all(&npy_of("'<f4'", "False", &format!("({ROWS}, {COLUMNS})"), &[])).unwrap();
        let row =
            |row: usize| (0..COLUMNS).flat_map(move |column| (((row * 7 + column * 13) % 101) as f32).to_le_bytes());
        let rows: Vec<u8> = (0..1000).flat_map(row).collect();
        (0..ROWS / 1000).for_each(|_| input.write_all(&rows).unwrap());
    };
    let sandbox = Sandbox::new();
    let small = peak(&sandbox, "train mlp --data iris --set epochs=1");
    let train = "train mlp --data - --task regress --set hidden_layers=1 --set epochs=1 --set batch_size=500";
    let most = 16 << 20;
    let taken = peak_on(&sandbox, &format!("{train} --stream 2000 --out m.nn"), feed).saturating_sub(small);
    assert!(taken < most, "{taken} bytes, and {most} are allowed");
    let taken = peak_on(&sandbox, "predict m.nn --data - --stream 2000 --out a.csv", feed).saturating_sub(small);
    assert!(taken < most, "{taken} bytes, and {most} are allowed");
    assert_eq!(sandbox.read("a.csv").split(|byte| *byte == b'\n').count(), ROWS + 2);
}

#[test]
fn a_stream_of_text_takes_no_more_than_a_part_of_it() {
    // 20 MB.
    const ROWS: usize = 500_000;
    let block: String =
        (0..1000).map(|row| format!("{:07.3},{:07.3},{:08.3},{:014.9}\n", row, row % 7, row % 11, row)).collect();
    let bytes = "a,b,c,d\n".to_owned() + &block.repeat(ROWS / 1000);
    assert!(20_000_000 < bytes.len());
    let sandbox = Sandbox::with("t.csv.gz", packed(&bytes));
    let small = peak(&sandbox, "train mlp --data iris --set epochs=1");
    let train =
        "train mlp --task regress --set hidden_layers=1 --set epochs=1 --set batch_size=500 --stream 2000 --out m.nn";
    // The whole would take more as text alone.
    let most = 8 << 20;
    let feed = move |mut input: ChildStdin| input.write_all(bytes.as_bytes()).unwrap();
    for taken in [
        peak_on(&sandbox, &format!("{train} --data -"), feed),
        peak(&sandbox, &format!("{train} --data t.csv.gz")),
        peak(&sandbox, "predict m.nn --data t.csv.gz --stream 2000 --out a.csv"),
    ] {
        let taken = taken.saturating_sub(small);
        assert!(taken < most, "{taken} bytes, and {most} are allowed");
    }
    assert_eq!(sandbox.read("a.csv").split(|byte| *byte == b'\n').count(), ROWS + 2);
}
