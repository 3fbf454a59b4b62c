//! The 4-2-4 encoder of 1985: two sides of four units can only agree by way of two hidden units, so these must find a code.
//! Learned in the paper's way: annealed sampling, and weights that move by steps of 2 whatever the difference is.

use nn_rbm::nalgebra::DMatrix;
use nn_rbm::{BoltzmannMachine, BoltzmannParams, Dataset, Learning, Model, Online, Result};

fn main() -> Result<()> {
    // One of four units on, on the left side as features, and on the right side as what is to be told.
    let patterns = DMatrix::<f64>::identity(4, 4);
    let data = Dataset::new(&patterns).values(&patterns);
    let params = BoltzmannParams::default().hidden_units(2).learning(Learning::Sign).seed(3);
    let mut machine = BoltzmannMachine::<f64>::start(params, 4, 4)?;
    let (mut cycles, mut right) = (0, 0);
    // Until each pattern has a code of its own, and each unit of the left side turns on its like on the right.
    while (machine.evaluate(&data)?.get("codes") != Some(4.0) || right < 4) && cycles < 3000 {
        machine.partial_fit(&data)?;
        cycles += 1;
        // The left side alone is given: which unit of the right side is most likely to be on?
        let told = machine.predict(&Dataset::new(&patterns))?;
        right = told.column_iter().enumerate().filter(|(pattern, column)| column.imax() == *pattern).count();
    }
    println!(
        "after {cycles} cycles the right side follows the left one for {right} of 4; all weights are multiples of 2:"
    );
    let weights = machine.couplings().weights();
    println!("{:>12}{:>5}{:>5}{:>5}  {:>5}{:>5}{:>5}{:>5}", "left 1", 2, 3, 4, "right", 2, 3, 4);
    for hidden in 0..2 {
        let row: Vec<String> = (0..8).map(|unit| format!("{:5}", weights[(unit, 8 + hidden)])).collect();
        println!("hidden {} {}  {}", hidden + 1, row[..4].concat(), row[4..].concat());
    }
    for (pattern, code) in machine.codes(&data)?.iter().enumerate() {
        let code: String = code.iter().map(|&on| if on { '1' } else { '0' }).collect();
        println!("unit {} on: hidden units {code}", pattern + 1);
    }
    Ok(())
}
