//! Three clouds of points, and the mean that stands for each.
//!
//! `cargo run --release -p nn-rbm --example rbm_points`

use nn_rbm::{Dataset, Fit, RbmParams, Result, Scaling};

fn main() -> Result<()> {
    // Points of the plane, one after another: two a class.
    let points = [0.0, 1.0, 2.0, 1.0, 7.0, 0.0, 9.0, 2.0, 4.0, 8.0, 4.0, 6.0];
    let data = Dataset::from_slice(2, &points).labels(&[0, 0, 1, 1, 2, 2]);
    let model = RbmParams::default().scaling(Scaling::None).fit(&data)?;

    for (class, mean) in model.means().column_iter().enumerate() {
        println!("class {class}: mean ({}, {})", mean[0], mean[1]);
    }
    let class = model.classify(&Dataset::from_slice(2, &[5.0, 5.0]))?[0];
    println!("(5, 5) is of class {class}");
    Ok(())
}
