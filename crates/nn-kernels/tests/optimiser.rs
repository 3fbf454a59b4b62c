use nn_kernels::optimiser::{Adam, Rprop, Step, adam, diagonal, momentum, nesterov, quickprop, rmsprop, rprop, sgd};

const STEP: Step<f64> = Step { learning_rate: 0.1, gradient_scale: 0.5, decay: 0.01, shrink: 1.0 };

/// Two steps of each rule on 11 weights, one whole vector and a rest, against `expected(w, g')` told for each step
/// and weight.
fn check(mut step: impl FnMut(u64, &mut [f64], &[f64]), mut expected: impl FnMut(u64, usize, f64, f64) -> f64) {
    let mut w: Vec<f64> = (0..11).map(|i| f64::from(i) - 5.0).collect();
    let g: Vec<f64> = (0..11).map(|i| f64::from(i * i) * 0.1 - 2.0).collect();
    for time in 1..=2 {
        let before = w.clone();
        step(time, &mut w, &g);
        for i in 0..11 {
            let exact = expected(time, i, before[i], 0.5 * g[i] + 0.01 * before[i]);
            assert!((w[i] - exact).abs() < 1e-13, "weight {i} at step {time}");
        }
    }
}

#[test]
fn gradient_descent_goes_down_the_slope() {
    check(|_, w, g| sgd(STEP, w, g), |_, _, w, g| w - 0.1 * g);
}

#[test]
fn a_strongly_bent_direction_takes_small_steps() {
    let mut h: [f64; 11] = std::array::from_fn(|i| i as f64);
    check(|_, w, g| diagonal(STEP, 0.5, w, g, &mut h), |_, i, w, g| w - 0.1 / (0.5 + i as f64) * g);
}

#[test]
fn momentum_remembers_the_last_step() {
    let (mut v, mut exact) = ([0.0; 11], [0.0; 11]);
    check(
        |_, w, g| momentum(STEP, 0.9, w, g, &mut v),
        |_, i, w, g| {
            exact[i] = 0.9 * exact[i] + g;
            w - 0.1 * exact[i]
        },
    );
}

#[test]
fn nesterov_looks_ahead() {
    let (mut v, mut exact) = ([0.0; 11], [0.0; 11]);
    check(
        |_, w, g| nesterov(STEP, 0.9, w, g, &mut v),
        |_, i, w, g| {
            exact[i] = 0.9 * exact[i] + g;
            w - 0.1 * (g + 0.9 * exact[i])
        },
    );
}

#[test]
fn adam_divides_by_the_root_of_the_mean_square() {
    let (mut m, mut v, mut exact) = ([0.0; 11], [0.0; 11], [(0.0, 0.0); 11]);
    check(
        |time, w, g| adam(STEP, Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, time }, w, g, &mut m, &mut v),
        |time, i, w, g| {
            let (m, v) = &mut exact[i];
            *m = 0.9 * *m + 0.1 * g;
            *v = 0.999 * *v + 0.001 * g * g;
            let (m, v) = (*m / (1.0 - 0.9f64.powi(time as i32)), *v / (1.0 - 0.999f64.powi(time as i32)));
            w - 0.1 * m / (v.sqrt() + 1e-8)
        },
    );
}

#[test]
fn rmsprop_divides_by_the_root_of_the_mean_square() {
    let (mut v, mut exact) = ([0.0; 11], [0.0; 11]);
    check(
        |_, w, g| rmsprop(STEP, 0.99, 1e-8, w, g, &mut v),
        |_, i, w, g| {
            exact[i] = 0.99 * exact[i] + 0.01 * g * g;
            w - 0.1 * g / (exact[i].sqrt() + 1e-8)
        },
    );
}

#[test]
fn weights_may_shrink_before_they_move() {
    let step = Step { decay: 0.0, shrink: 0.5, ..STEP };
    let mut w = [8.0; 11];
    sgd(step, &mut w, &[2.0; 11]);
    assert_eq!(w, [4.0 - 0.1; 11]);
}

const PLAIN: Step<f64> = Step { learning_rate: 0.5, gradient_scale: 1.0, decay: 0.0, shrink: 1.0 };

/// Where a weight from 0 stands after each of these slopes; the same in a vector and in the rest.
fn course<const N: usize>(slopes: &[f64], step: impl Fn(&mut [f64], &[f64], [&mut [f64]; N])) -> Vec<f64> {
    let (mut w, mut memory) = ([0.0; 19], [[0.0; 19]; N]);
    let mut stations = Vec::new();
    for slope in slopes {
        step(&mut w, &[*slope; 19], memory.each_mut().map(|part| &mut part[..]));
        assert_eq!(w, [w[0]; 19]);
        stations.push(w[0]);
    }
    stations
}

#[test]
fn rprop_grows_its_steps_and_takes_the_last_one_back_where_the_slope_turns() {
    let rprop_course = |backtrack: bool, slopes: &[f64]| {
        let rule = Rprop { increase: 1.2, decrease: 0.5, least: 1e-6, most: 50.0, backtrack };
        course(slopes, |w, g, memory| rprop(PLAIN, rule, w, g, memory))
    };
    let near = |found: Vec<f64>, expected: &[f64]| {
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?} {expected:?}");
    };
    // Sizes 0.5, 0.6, then 0.3: taken back, then on with 0.3, then 0.36.
    near(rprop_course(true, &[-1.0, -1e-200, 3.0, -1.0, -1.0]), &[0.5, 1.1, 0.5, 0.8, 1.16]);
    near(rprop_course(false, &[-1.0, -1e-200, 3.0, 1.0, 1.0]), &[0.5, 1.1, 1.1, 0.8, 0.44]);
    near(rprop_course(true, &[0.0, 1.0, 0.0, 0.0]), &[0.0, -0.5, -0.5, -0.5]);
    let far = rprop_course(true, &[-1.0; 40]);
    assert!((far[39] - far[38] - 50.0).abs() < 1e-9);
}

#[test]
fn quickprop_jumps_to_the_minimum_of_a_parabola() {
    let stations = |slopes: &[f64]| course(slopes, |w, g, memory| quickprop(PLAIN, 1.75, w, g, memory));
    // E = (w - 3)^2 / 4, slope (w - 3) / 2: the first step is plain, the second jumps to 3 and half the slope beyond.
    let found = stations(&[-1.5, -1.125]);
    assert_eq!(found[0], 0.75);
    // |S| > 1.75 / 2.75 |S'|: no further than 1.75 times the last change.
    assert!((found[1] - (0.75 + 1.75 * 0.75 + 0.5 * 1.125)).abs() < 1e-12);
    // Below that share the parabola's minimum is near: d S / (S' - S) = 0.75 * 0.5 / 1, and half the slope.
    assert!((stations(&[-1.5, -0.5])[1] - (0.75 + 0.375 + 0.25)).abs() < 1e-12);
    // Beyond the minimum it jumps back, without the slope: 0.75 * 1.5 / 3.
    assert!((stations(&[-1.5, 1.5])[1] - (0.75 - 0.375)).abs() < 1e-12);
    // The same slope twice, and none at all.
    assert_eq!(stations(&[-1.0, -1.0])[1], 0.5 + 0.875 + 0.5);
    assert_eq!(stations(&[0.0, 0.0, -1.0, 0.0, 0.0]), [0.0, 0.0, 0.5, 0.5, 0.5]);
}
