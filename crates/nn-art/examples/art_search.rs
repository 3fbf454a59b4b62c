//! The search of ART1 on the sequence by which Carpenter and Grossberg showed that codes are stable: four patterns, again and
//! again, and the category that each goes to; then without the 2/3 Rule.
//!
//! `cargo run --release -p nn-art --example art_search`

use nn_art::{Art1, Art1Params, Result};

fn main() -> Result<()> {
    // D within C within A, B within A, B and C apart.
    let patterns = [
        ("A", "111111111111"),
        ("B", "000000111100"),
        ("C", "111111000000"),
        ("A", "111111111111"),
        ("D", "110000000000"),
    ];
    for (vigilance, rule) in [(0.3, true), (0.8, true), (0.3, false)] {
        println!("vigilance {vigilance}, {} the 2/3 Rule", if rule { "with" } else { "without" });
        let mut art = Art1::<f64>::start(Art1Params::default().vigilance(vigilance).two_thirds_rule(rule), 12)?;
        for pass in 1..=4 {
            print!("  pass {pass}:");
            for (name, pattern) in patterns {
                let x: Vec<f64> = pattern.bytes().map(|bit| f64::from(bit - b'0')).collect();
                if let Some(category) = art.learn(&x)? {
                    print!(" {name} to {}", category + 1);
                }
            }
            println!();
        }
        for (j, z) in art.weights().column_iter().enumerate() {
            let template: String = z.iter().map(|&z| if z == 1.0 { '1' } else { '0' }).collect();
            println!("  template {}: {template}", j + 1);
        }
    }
    Ok(())
}
