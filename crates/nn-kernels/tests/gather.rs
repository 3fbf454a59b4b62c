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
