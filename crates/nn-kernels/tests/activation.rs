use nn_kernels::Activation;

fn check(activation: Activation, f: impl Fn(f64) -> f64) {
    let x: Vec<f64> = (-50..50).map(|i| f64::from(i) * 0.13 + 0.001).collect();
    let mut y = vec![0.0; x.len()];
    activation.forward(&x, &mut y);
    let mut dx = vec![0.0; x.len()];
    activation.backward(&x, &y, &vec![2.0; x.len()], &mut dx);
    for ((&x, &y), &dx) in x.iter().zip(&y).zip(&dx) {
        assert!((y - f(x)).abs() < 1e-14 * (1.0 + f(x).abs()), "{activation}: f({x}) = {y}");
        let slope = (f(x + 1e-6) - f(x - 1e-6)) / 2e-6;
        assert!((dx - 2.0 * slope).abs() < 1e-8, "{activation}: f'({x}) = {dx}");
    }
}

#[test]
fn values_and_slopes_agree_with_the_definitions() {
    for &activation in Activation::ALL {
        check(activation, |x| match activation {
            Activation::Identity => x,
            Activation::Step => f64::from(x >= 0.0),
            Activation::Sign => x.signum(),
            Activation::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Activation::Tanh => x.tanh(),
            Activation::ScaledTanh => 1.7159 * (x * 2.0 / 3.0).tanh(),
            Activation::Relu => x.max(0.0),
            Activation::LeakyRelu => x.max(0.01 * x),
            Activation::Elu => {
                if x > 0.0 {
                    x
                } else {
                    x.exp_m1()
                }
            }
            Activation::Gelu => {
                0.5 * x * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x * x * x)).tanh())
            }
            Activation::Silu => x / (1.0 + (-x).exp()),
            Activation::Softplus => x.exp().ln_1p(),
        });
    }
}

#[test]
fn the_sign_of_zero_is_zero() {
    let mut y = [9.0; 3];
    Activation::Sign.forward(&[-2.0, 0.0, 3.0], &mut y);
    assert_eq!(y, [-1.0, 0.0, 1.0]);
}

#[test]
fn every_activation_lets_nan_through() {
    for &activation in Activation::ALL {
        let mut y = [0.0; 3];
        activation.forward(&[f32::NAN; 3], &mut y);
        assert!(y.iter().all(|y| y.is_nan()), "{activation}");
    }
}
