//! A Hopfield memory: three patterns of 5x5 units are stored, and each is found again from one in which six units are wrong.
//! At temperature 0 each unit follows its field, so the energy never rises.

use nn_core::random::{Key, shuffle};
use nn_rbm::nalgebra::DMatrix;
use nn_rbm::{Couplings, Result};

const LETTERS: [&str; 3] = ["#####..#....#....#....#..", "#...##..###.#.###..##...#", "#....#....#....#....#####"];

fn main() -> Result<()> {
    let units = |letter: &str| letter.chars().map(|c| f64::from(u8::from(c == '#'))).collect::<Vec<f64>>();
    let patterns = DMatrix::from_fn(25, 3, |unit, letter| units(LETTERS[letter])[unit]);
    let memory = Couplings::hopfield(&patterns)?;
    for (letter, pattern) in patterns.column_iter().enumerate() {
        let mut noisy: Vec<f64> = pattern.iter().copied().collect();
        let mut order: Vec<usize> = (0..25).collect();
        shuffle(&mut order, &mut Key::once(letter as u64).stream("noise"));
        order[..6].iter().for_each(|&unit| noisy[unit] = 1.0 - noisy[unit]);
        let mut chain = memory.chain(&noisy, &[], 1)?;
        let mut energies = vec![chain.energy()];
        // A sweep that turns no unit is the last one.
        while chain.settle(1) == 1 {
            energies.push(chain.energy());
        }
        let row = |state: &[f64], row: usize| {
            state[5 * row..][..5].iter().map(|&unit| if unit == 1.0 { '#' } else { '.' }).collect::<String>()
        };
        (0..5).for_each(|line| println!("{}  ->  {}", row(&noisy, line), row(chain.state(), line)));
        let right = chain.state().iter().zip(&pattern).filter(|(a, b)| a == b).count();
        println!("energy {energies:?}, {right} of 25 units right\n");
    }
    Ok(())
}
