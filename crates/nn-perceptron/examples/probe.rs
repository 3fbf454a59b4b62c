use nn_core::nalgebra::DMatrix;
use nn_core::{Dataset, Fit, Model, split};
use nn_perceptron::*;
fn main() {
    let text = std::fs::read_to_string("/work/shared/data/digits8x8/digits.csv").unwrap();
    let rows: Vec<Vec<f32>> = text.lines().skip(1).map(|l| l.split(',').map(|c| c.parse().unwrap()).collect()).collect();
    let x = DMatrix::from_fn(64, rows.len(), |i, j| rows[j][i]);
    let labels: Vec<u32> = rows.iter().map(|r| r[64] as u32).collect();
    let data = Dataset::new(&x).labels(&labels);
    let mut accs = vec![];
    let args: Vec<String> = std::env::args().skip(1).collect();
    for seed in 1..=10 {
        let (a, b) = split::hold_out(&data, 0.2, seed);
        let (a, b) = (data.select(&a), data.select(&b));
        let mut p = MlpParams::default().seed(seed);
        for s in &args { let (n, v) = s.split_once('=').unwrap(); nn_core::Params::set(&mut p, n, v).unwrap(); }
        let t = std::time::Instant::now();
        let m = p.fit(&a.view()).unwrap();
        let dt = t.elapsed();
        let e = m.evaluate(&b.view()).unwrap();
        println!("{seed} {:?} {:?} train {:?} loss {:?}", dt, e.0, m.evaluate(&a.view()).unwrap().0, m.history().losses.last());
        accs.push(e.get("accuracy").unwrap());
    }
    println!("mean {} min {}", accs.iter().sum::<f64>() / 10.0, accs.iter().fold(1.0f64, |a, &b| a.min(b)));
}
