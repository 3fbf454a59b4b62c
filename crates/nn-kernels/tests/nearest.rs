use crate::numbers;
use nn_kernels::{BestTwo, Float, Nearest};

fn check<F: Float>(features: usize, units: usize, samples: usize) {
    let (w, biases) = (numbers::<F>(features * units, 1), numbers::<F>(units, 2));
    let x = numbers::<F>(features * samples, 3);
    let nearest = Nearest::new(&w, &biases);
    let (mut one, mut two) = (vec![BestTwo::default(); samples], vec![BestTwo::default(); samples]);
    nearest.find(&x, false, &mut one);
    let mut sums = vec![[F::default(); 2]; samples];
    nearest.find_with_sums(&x, &mut two, &mut sums);
    for (sample, x) in x.chunks(features).enumerate() {
        let sum = |unit: usize| {
            let products = x.iter().zip(&w[unit * features..]).map(|(x, w)| x.to_f64() * w.to_f64());
            products.sum::<f64>() + biases[unit].to_f64()
        };
        let mut order: Vec<usize> = (0..units).collect();
        order.sort_by(|&a, &b| sum(b).total_cmp(&sum(a)).then(a.cmp(&b)));
        let expected = BestTwo { first: order[0] as u32, second: order[1.min(units - 1)] as u32 };
        assert_eq!((one[sample].first, two[sample].first), (expected.first, expected.first), "{units} {sample}");
        let second = if units == 1 { f64::NEG_INFINITY } else { sum(order[1]) };
        assert_eq!(sums[sample].map(F::to_f64), [sum(order[0]), second], "{units} {sample}");
        // Of equal second ones any may come, but not a worse one.
        assert_eq!(sum(two[sample].second as usize), sum(expected.second as usize), "{units} {sample}");
        assert!(units == 1 || two[sample].second != two[sample].first);
    }
}

#[test]
fn the_best_two_are_those_of_the_definition_in_any_shape() {
    for features in [1, 3, 64, 130] {
        for units in [1, 2, 7, 16, 25, 64, 100, 130] {
            for samples in [1, 5, 6, 97, 200] {
                check::<f32>(features, units, samples);
                check::<f64>(features, units, samples);
            }
        }
    }
}
