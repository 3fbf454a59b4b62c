//! A table with holes: the map learns from the numbers that are there, and fills in those that are not.

use nn_som::nalgebra::DMatrix;
use nn_som::{Dataset, Fit, SomParams};

fn main() -> nn_som::Result<()> {
    // Three numbers that go together: an angle's sine, its cosine, and twice their sum. Each tenth number is missing.
    let whole = DMatrix::from_fn(3, 400, |row, j| {
        let angle = j as f64 * 0.37;
        [angle.sin(), angle.cos(), 2.0 * (angle.sin() + angle.cos())][row]
    });
    let mut holed = whole.clone();
    holed.iter_mut().step_by(10).for_each(|number| *number = f64::NAN);

    let data = Dataset::new(&holed);
    let som = SomParams::default().missing_values(true).fit(&data)?;
    let filled = som.impute(&data)?;
    let holes = || holed.iter().zip(&whole).zip(&filled).filter(|((holed, _), _)| holed.is_nan());
    let mean = holes().map(|((_, whole), filled)| (whole - filled).abs()).sum::<f64>() / holes().count() as f64;
    let plain = holes().map(|((_, whole), _)| whole.abs()).sum::<f64>() / holes().count() as f64;
    println!("{} numbers are missing", holes().count());
    println!("off by {mean:.2} in the mean where the map fills them in, by {plain:.2} where 0, the mean of all, does");
    Ok(())
}
