//! How much memory data may take, as Linux counts it.
#![cfg(target_os = "linux")]

use crate::common::{Sandbox, idx};
use std::fs;

/// Runs the words of `line` and gives the most memory it was seen to have, in bytes.
fn peak(sandbox: &Sandbox, line: &str) -> usize {
    let mut child = sandbox.process(line).spawn().unwrap();
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
