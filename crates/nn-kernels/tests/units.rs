use crate::numbers;
use nn_kernels::{Asked, Distance, Float, Pull, Units};

fn check<F: Float>(features: usize, count: usize, partly: bool, rated: bool, distance: Distance) {
    let (w, x) = (numbers::<F>(features * count, 1), numbers::<F>(features, 2));
    let rates: Vec<F> = numbers::<F>(features, 3).iter().map(|r| F::from_f64(r.to_f64().abs())).collect();
    let present: Vec<u32> = (0..features as u32).filter(|i| i % 3 != 1).collect();
    let (present, rates) = (partly.then_some(present.as_slice()), rated.then_some(rates.as_slice()));
    let units = Units::new(&w, count);
    let mut d = vec![F::default(); units.padded()];
    let found = units.distances(Asked { x: &x, present, rates, distance }, &mut d);
    let kept = |i: &usize| present.is_none_or(|present| present.contains(&(*i as u32)));
    let sum = |term: &dyn Fn(usize) -> f64| {
        let rate = |i: usize| rates.map_or(1.0, |rates| rates[i].to_f64());
        (0..features).filter(kept).map(|i| rate(i) * term(i)).sum::<f64>()
    };
    for unit in 0..count {
        let (x, w) = (|i: usize| x[i].to_f64(), |i: usize| w[unit * features + i].to_f64());
        let expected = match distance {
            Distance::Euclidean => sum(&|i| (x(i) - w(i)).powi(2)),
            Distance::Manhattan => sum(&|i| (x(i) - w(i)).abs()),
            Distance::Cosine => {
                let lengths = (sum(&|i| x(i) * x(i)) * sum(&|i| w(i) * w(i))).sqrt();
                if lengths == 0.0 { 1.0 } else { 1.0 - sum(&|i| x(i) * w(i)) / lengths }
            }
        };
        assert!((d[unit].to_f64() - expected).abs() < 1e-5, "{features} {count} {unit} {distance}");
    }
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&a, &b| d[a].to_f64().total_cmp(&d[b].to_f64()).then(a.cmp(&b)));
    assert_eq!(found.first as usize, order[0]);
    assert_eq!(d[found.second as usize].to_f64(), d[order[1.min(count - 1)]].to_f64());

    let (mut moved, g) = (units, numbers::<F>(count.next_multiple_of(F::LANES), 4));
    let mut both = moved.clone();
    let other = numbers::<F>(features, 5);
    let (pull, asked) = (Pull { x: &x, present, g: &g }, Asked { x: &other, present, rates, distance });
    moved.pull(pull);
    let mut after = w.clone();
    moved.write(&mut after);
    // Both in one way are the one after the other.
    let mut once = d.clone();
    assert_eq!(both.pull_and_ask(pull, asked, &mut once), moved.distances(asked, &mut d));
    assert!(once == d && both == moved);
    for (at, (&after, &before)) in after.iter().zip(&w).enumerate() {
        let (unit, i) = (at / features, at % features);
        let expected = before.to_f64() + if kept(&i) { g[unit].to_f64() * (x[i] - before).to_f64() } else { 0.0 };
        assert_eq!(after.to_f64(), expected);
    }
}

#[test]
fn a_cosine_that_overflows_is_no_distance_of_0() {
    let units = Units::new(&[1e30_f32, 1.0], 1);
    let mut d = vec![0.0; units.padded()];
    let asked = Asked { x: &[1e30, 1.0], present: None, rates: None, distance: Distance::Cosine };
    units.distances(asked, &mut d);
    assert!(d[0].is_nan());
}

#[test]
fn distances_and_moves_are_those_of_the_definition() {
    for &distance in Distance::ALL {
        for features in [1, 3, 16, 37] {
            for count in [1, 2, 7, 16, 33, 100] {
                for (partly, rated) in [(false, false), (true, false), (false, true), (true, true)] {
                    check::<f32>(features, count, partly, rated, distance);
                    check::<f64>(features, count, partly, rated, distance);
                }
            }
        }
    }
}
