use crate::numbers;
use nn_kernels::{distances, distances_of_products, weigh_distances};

#[test]
fn distances_agree_with_the_definition_in_any_shape() {
    for lanes in [1, 16, 48, 64] {
        for features in [1, 3, 16, 37] {
            for points in [1, 5, 19] {
                let (x, c) = (numbers(lanes * features, 1), numbers(features * points, 2));
                let rates: Vec<f32> = numbers::<f32>(features * points, 3).iter().map(|r| r.abs()).collect();
                for rates in [None, Some(rates.as_slice())] {
                    let mut d = vec![-1.0; lanes * points];
                    distances(&x, lanes, &c, rates, &mut d);
                    for (at, &d) in d.iter().enumerate() {
                        let (lane, point) = (at % lanes, at / lanes);
                        let term = |i: usize| {
                            let apart = x[i * lanes + lane] - c[point * features + i];
                            rates.map_or(1.0, |rates| rates[point * features + i]) * apart * apart
                        };
                        assert_eq!(d, (0..features).map(term).sum::<f32>(), "{lanes} {features} {at}");
                    }
                }
            }
        }
    }
}

#[test]
fn samples_far_from_0_keep_their_distance() {
    let (x, mut d) = (vec![1e8 + 1.0_f64; 16], vec![0.0; 16]);
    distances(&x, 16, &[1e8], None, &mut d);
    assert_eq!(d, [1.0; 16]);
}

#[test]
fn a_product_and_what_is_left_to_do_give_distances() {
    let (lanes, features, points) = (32, 5, 3);
    let (x, c) = (numbers(lanes * features, 1), numbers(features * points, 2));
    let rates = [0.5_f32, 2.0, 1.0];
    let at = |lane: usize, i: usize| x[i * lanes + lane];
    let mut s: Vec<f32> = (0..lanes * points)
        .map(|at_| {
            let (lane, c) = (at_ % lanes, &c[at_ / lanes * features..][..features]);
            c.iter().enumerate().map(|(i, c)| at(lane, i) * c - c * c / 2.0).sum()
        })
        .collect();
    distances_of_products(&x, lanes, &rates, 1e30, &mut s);
    let mut d = vec![0.0; lanes * points];
    distances(&x, lanes, &c, None, &mut d);
    weigh_distances(lanes, &rates, 1e30, &mut d);
    assert_eq!(s, d);
    let mut few = vec![f32::NAN, 3.0, f32::INFINITY];
    weigh_distances(1, &rates, 5.0, &mut few);
    assert_eq!(few, [5.0, 5.0, 5.0]);
}
