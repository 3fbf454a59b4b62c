use crate::numbers;
use nn_kernels::{Float, Met, Overlap, Units};

fn met<'a, F>(overlap: Overlap, x: &'a [F], present: Option<&'a [u32]>) -> Met<'a, F> {
    Met { x, present, overlap }
}

fn check_overlaps<F: Float>(features: usize, count: usize) {
    let (w, x) = (numbers::<F>(features * count, 1), numbers::<F>(features, 2));
    let mut units = Units::empty(features);
    w.chunks(features).for_each(|w| units.push(w));
    assert_eq!(units, Units::new(&w, count), "units that were added lie like units of the start");
    let mut own = vec![F::default(); features];
    units.get(count / 2, &mut own);
    assert_eq!(own, w[count / 2 * features..][..features]);

    let over: Vec<F> = (0..units.padded()).map(|unit| F::from_f64(1.0 + unit as f64)).collect();
    let (mut s, mut t) = (vec![F::default(); units.padded()], vec![F::default(); units.padded()]);
    units.overlaps(met(Overlap::Minimum, &x, None), &over, &mut s, &mut t);
    for unit in 0..count {
        let least = x.iter().zip(&w[unit * features..]).map(|(&x, &w)| if x < w { x } else { w });
        let sum = least.fold(F::default(), |sum, term| sum + term);
        assert!(s[unit] == sum && t[unit] == sum / over[unit], "{features} {count} {unit}");
    }
    check_foremost(&units, &s, &t);
    units.overlaps(met(Overlap::Product, &x, None), &over, &mut s, &mut t);
    for unit in 0..count {
        let sum: f64 = x.iter().zip(&w[unit * features..]).map(|(x, w)| x.to_f64() * w.to_f64()).sum();
        assert!((s[unit].to_f64() - sum).abs() < 1e-5 && t[unit] == s[unit] / over[unit]);
    }
    // Confined to the features that are not 0, the same bits.
    let mut units = Units::empty(features);
    w.chunks(features).for_each(|w| units.push(&w.iter().map(|w| F::from_f64(w.to_f64().abs())).collect::<Vec<_>>()));
    let some: Vec<F> = x.iter().enumerate().map(|(i, &x)| if i % 3 == 1 { F::default() } else { x }).collect();
    let some: Vec<F> = some.iter().map(|x| F::from_f64(x.to_f64().abs())).collect();
    let present: Vec<u32> = (0..features as u32).filter(|i| i % 3 != 1).collect();
    for how in [Overlap::Minimum, Overlap::Product] {
        let (mut of_some, mut t_of_some) = (s.clone(), t.clone());
        units.overlaps(met(how, &some, None), &over, &mut s, &mut t);
        units.overlaps(met(how, &some, Some(&present)), &over, &mut of_some, &mut t_of_some);
        assert!(of_some[..count] == s[..count] && t_of_some == t);
    }
}

/// With each s as the least one, and with every other t doubled, so that there are equal ones.
fn check_foremost<F: Float>(units: &Units<F>, s: &[F], t: &[F]) {
    let mut t = t.to_vec();
    for unit in 1..units.count() {
        if unit % 2 == 1 {
            t[unit] = t[unit - 1];
        }
    }
    for &least in &s[..units.count()] {
        let may = |unit: &usize| least <= s[*unit];
        let best = (0..units.count()).filter(may).map(|unit| t[unit].to_f64()).fold(f64::NEG_INFINITY, f64::max);
        let first = (0..units.count()).filter(may).find(|&unit| t[unit].to_f64() == best);
        assert_eq!(units.foremost(s, &t, least), first);
    }
    assert_eq!(units.foremost(s, &t, F::from_f64(f64::INFINITY)), None);
    t.fill(F::from_f64(f64::NEG_INFINITY));
    assert_eq!(units.foremost(s, &t, F::from_f64(f64::NEG_INFINITY)), None);
}

#[test]
fn overlaps_are_those_of_the_definition_and_units_can_be_added() {
    for features in [1, 4, 37] {
        for count in [1, 8, 17, 70, 100] {
            check_overlaps::<f32>(features, count);
            check_overlaps::<f64>(features, count);
        }
    }
}
