//! A network that says where it has learned nothing: a sine, asked within and beyond what was seen of it.

use nn_rbf::nalgebra::DMatrix;
use nn_rbf::{Dataset, Fit, Model, RbfParams};

fn main() -> nn_rbf::Result<()> {
    // Seen from 0 to 3 and from 5 to 8, with a gap between.
    let places: Vec<f64> = (0..80).map(|j| f64::from(j) / 10.0).filter(|x| !(3.0..5.0).contains(x)).collect();
    let x = DMatrix::from_row_slice(1, places.len(), &places);
    let y = x.map(f64::sin);
    let rbf = RbfParams::default().centers(15).width_factor(1.0).fit(&Dataset::new(&x).values(&y))?;

    let asked = DMatrix::from_row_slice(1, 7, &[0.25, 2.5, 4.0, 5.5, 7.75, 9.0, 100.0]);
    let data = Dataset::new(&asked);
    let (answers, unknown) = (rbf.predict(&data)?, rbf.is_unknown(&data)?);
    println!("     x  answer   truth");
    for ((&x, &answer), unknown) in asked.iter().zip(answers.iter()).zip(unknown) {
        if unknown {
            println!("{x:6}       -  {:6.2}  I don't know", x.sin());
        } else {
            println!("{x:6}  {answer:6.2}  {:6.2}", x.sin());
        }
    }
    Ok(())
}
