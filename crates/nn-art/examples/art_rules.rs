//! Irises in rules: Fuzzy ARTMAP learns the bundled flowers, and its categories are read as if-then rules; then how much hangs
//! on the order of the samples, and what nine voters make of that.
//!
//! `cargo run --release -p nn-art --example art_rules`

use nn_art::{ArtMapParams, Dataset, Fit, Model, Result};

const IRIS: &str = include_str!("../../nn-cli/data/iris.csv");

fn main() -> Result<()> {
    let mut lines = IRIS.lines();
    let names: Vec<String> = lines.next().unwrap_or_default().split(',').map(str::to_owned).collect();
    let (mut x, mut labels, mut classes) = (Vec::new(), Vec::new(), Vec::<String>::new());
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        x.extend(cells[..4].iter().filter_map(|cell| cell.parse::<f64>().ok()));
        let class = classes.iter().position(|class| class == cells[4]).unwrap_or_else(|| {
            classes.push(cells[4].to_owned());
            classes.len() - 1
        });
        labels.push(class as u32);
    }
    let data = Dataset::from_slice(4, &x).labels(&labels);

    let params = ArtMapParams::default().seed(3);
    let model = params.fit(&data)?;
    let ends = |i: usize| x.iter().skip(i).step_by(4).fold((f64::MAX, f64::MIN), |e, &x| (e.0.min(x), e.1.max(x)));
    let range: Vec<(f64, f64)> = (0..4).map(ends).collect();
    for category in model.boxes(&data)? {
        println!("{}", category.rule(&names[..4], &classes, &range));
    }
    let accuracy =
        |model: &nn_art::ArtMap| Ok::<_, nn_art::Error>(model.evaluate(&data)?.get("accuracy").unwrap_or(0.0));
    println!("after {} passes {:.3} of the flowers are right", model.history().losses.len(), accuracy(&model)?);

    // Every other flower is learned, and the others are asked.
    let half = |from: usize| data.select(&(from..data.samples()).step_by(2).collect::<Vec<_>>());
    let (learned, others) = (half(0)?, half(1)?);
    for voters in [1, 9] {
        let model = params.clone().voters(voters).fit(&learned.view())?;
        let right = model.evaluate(&others.view())?.get("accuracy").unwrap_or(0.0);
        let effect = model.order_effect(&learned.view(), &others.view(), 10)?;
        println!("{voters} voting: {right:.3} of the others are right, ten orders agree to {:.2}", effect.agreement);
    }
    Ok(())
}
