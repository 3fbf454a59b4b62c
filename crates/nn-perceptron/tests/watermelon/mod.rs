//! The watermelon data set 3.0 of the chapter.

use nn_perceptron::nalgebra::DMatrix;

/// The 17 melons: six nominal attributes one-hot in order of first appearance, density and sugar; 1 is a good one.
pub(crate) fn watermelon() -> (DMatrix<f64>, Vec<u32>) {
    let text = include_str!("../../../nn-cli/data/watermelon.csv");
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let mut x: Vec<Vec<f64>> = vec![Vec::new(); rows.len()];
    for column in 0..8 {
        let mut names: Vec<&str> = Vec::new();
        rows.iter().for_each(|row| {
            if !names.contains(&row[column]) {
                names.push(row[column]);
            }
        });
        for (sample, row) in x.iter_mut().zip(&rows) {
            match row[column].parse() {
                Ok(number) => sample.push(number),
                Err(_) => sample.extend(names.iter().map(|name| f64::from(u8::from(*name == row[column])))),
            }
        }
    }
    let labels = rows.iter().map(|row| u32::from(row[8] == "是")).collect();
    (DMatrix::from_fn(19, 17, |i, j| x[j][i]), labels)
}
