//! A net of 8 x 8 units unfolds over a square: from a knot in its middle to a grid that fills it.

use nn_som::{Adjacency, Algorithm, Dataset, Lattice, Online, Scaling, SomParams, Start};

fn main() -> nn_som::Result<()> {
    // Points of the square in an order without chance: multiples of two irrational numbers.
    let steps = [0.754_877_666, 0.569_840_291];
    let x: Vec<f64> = (1..=4000).flat_map(|i| steps.map(|step| (f64::from(i) * step).fract())).collect();
    let knot: Vec<f64> = (0..128).map(|i| 0.5 + 0.01 * (f64::from(i) * 12.9898).sin()).collect();
    let mut params = SomParams::default().width(8).height(8).grid(Lattice::Rectangular).algorithm(Algorithm::Online);
    params = params.scaling(Scaling::None).start(Start::Given).radius(4.0).radius_end(0.5).steps(4000);
    params.given = knot;

    let all = Dataset::from_slice(2, &x);
    let mut som = params.start_on(&all)?;
    println!("steps  quantisation error  topographic error (8 neighbours)");
    let mut seen = 0;
    for done in [0, 20, 100, 500, 2000, 4000] {
        if seen < done {
            som.partial_fit(&all.part(seen..done))?;
        }
        seen = done;
        let (error, torn) = (som.quantization_error(&all)?, som.topographic_error(&all, Adjacency::Eight)?);
        println!("{done:5}  {error:18.3}  {torn:17.3}");
    }
    Ok(())
}
