use nn_kernels::{Affine, Float, gather, scatter};

fn check<F: Float>(lanes: usize, features: usize, samples: usize) {
    let stride = features + 2;
    let data: Vec<F> = (0..stride * 100).map(|i| F::from_f64(i as f64)).collect();
    let columns: Vec<u32> = (0..samples as u32).map(|l| l * 37 % 100).collect();
    let offset: Vec<F> = (0..features).map(|i| F::from_f64(i as f64 + 1.0)).collect();
    let scale: Vec<F> = (0..features).map(|i| F::from_f64(2.0 * i as f64)).collect();
    let mut plain = vec![F::from_f64(9.0); lanes * features];
    let mut scaled = plain.clone();
    gather(&data, stride, &columns, None, lanes, &mut plain);
    gather(&data, stride, &columns, Some(Affine { offset: &offset, scale: &scale }), lanes, &mut scaled);
    for l in 0..lanes {
        for i in 0..features {
            let x = columns.get(l).map(|&column| data[i + column as usize * stride]);
            assert_eq!(plain[l + i * lanes], x.unwrap_or_default());
            assert_eq!(scaled[l + i * lanes], x.map(|x| (x - offset[i]) * scale[i]).unwrap_or_default());
        }
    }
    let mut back = vec![F::default(); data.len()];
    scatter(&plain, lanes, &columns, &mut back, stride);
    for &column in &columns {
        let from = column as usize * stride;
        assert_eq!(back[from..from + features], data[from..from + features]);
    }
}

#[test]
fn samples_go_to_their_lanes_and_back() {
    for features in [1, 5, 8, 16, 33] {
        check::<f32>(1, features, 1);
        check::<f64>(1, features, 1);
        for samples in [1, 16, 20, 32] {
            check::<f32>(32, features, samples);
            check::<f64>(32, features, samples);
        }
    }
}

#[test]
fn what_is_not_scaled_keeps_its_bits() {
    let odd = [-0.0, f32::from_bits(1), -1.5e-40, f32::NAN, f32::INFINITY, f32::MIN_POSITIVE, -3.5, 0.0];
    let data: Vec<f32> = odd.iter().cycle().take(8 * 16).copied().collect();
    let columns: Vec<u32> = (0..16).collect();
    let mut x = vec![1.0; 8 * 16];
    gather(&data, 8, &columns, None, 16, &mut x);
    for (at, x) in x.iter().enumerate() {
        assert_eq!(x.to_bits(), data[at % 16 * 8 + at / 16].to_bits(), "{at}");
    }
}
