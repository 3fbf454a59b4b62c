//! Two spirals that wind around each other: a network that begins with nothing grows units until it tells them apart.
//!
//! `cargo run --release -p nn-cascor --example cascor_spirals`

use nn_cascor::{CascorParams, Dataset, Fit, Result};
use std::f64::consts::PI;

fn main() -> Result<()> {
    let (mut points, mut labels) = (Vec::new(), Vec::new());
    for i in 0..97 {
        let (angle, radius) = (f64::from(i) * PI / 16.0, 6.5 * f64::from(104 - i) / 104.0);
        for (label, side) in [(1, radius), (0, -radius)] {
            points.extend([side * angle.sin(), side * angle.cos()]);
            labels.push(label);
        }
    }
    let data = Dataset::from_slice(2, &points).labels(&labels);
    let model = CascorParams::default().fit(&data)?;

    for units in (0..model.stages()).step_by(2) {
        let answers = model.predict_at(units, &data)?;
        let right = answers.column_iter().zip(&labels).filter(|(answer, label)| (0.5 < answer[1]) == (**label == 1));
        println!("{units:2} hidden units: {:3} of {} points are right", right.count(), labels.len());
    }
    Ok(())
}
