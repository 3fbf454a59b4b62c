//! Beside SciPy's `RBFInterpolator` and scikit-learn's `KMeans`, `Ridge` and `RidgeCV`, on the cases that `reference/make.py` wrote.
//! Their k-means from given means stands beside ours in `kmeans.rs`.

use nn_rbf::nalgebra::DMatrix;
use nn_rbf::{Basis, Dataset, Fit, Model, RbfParams, Scaling, Selection};
use serde_json::Value;

fn cases(name: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("reference/cases.json")).unwrap();
    all[name].as_array().unwrap().clone()
}

/// What stands under a name: samples × columns there, a column a sample here.
fn matrix(case: &Value, name: &str, rows: usize) -> DMatrix<f64> {
    let numbers: Vec<f64> = case[name].as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect();
    let columns = numbers.len() / rows;
    DMatrix::from_vec(rows, columns, numbers)
}

fn plain() -> RbfParams {
    RbfParams::default().scaling(Scaling::None).target_scaling(Scaling::None)
}

#[test]
fn interpolation_answers_as_scipy_does() {
    let all = cases("interpolations");
    assert_eq!(all.len(), 18);
    for case in all {
        let features = case["features"].as_u64().unwrap() as usize;
        let [x, asked] = ["x", "asked"].map(|name| matrix(&case, name, features));
        let [y, expected] = ["y", "answers"].map(|name| matrix(&case, name, 2));
        let basis = Basis::ALL.iter().copied().find(|basis| basis.to_string() == case["basis"]).unwrap();
        let (degree, ridge) = (case["degree"].as_i64().unwrap(), case["ridge"].as_f64().unwrap());
        let params = plain().selection(Selection::EverySample).basis(basis).ridge(ridge);
        let params = params.beta(case["beta"].as_f64().unwrap()).bias(0 <= degree).linear_tail(1 <= degree);
        let model = params.fit(&Dataset::new(&x).values(&y)).unwrap();
        let answers = model.predict(&Dataset::new(&asked)).unwrap();
        let error = (&answers - &expected).amax();
        // As many digits as the system of equations leaves both of us.
        let sure = 1e-15 * model.condition().max(1e3);
        assert!(error < sure.min(1e-6), "{basis} degree {degree} ridge {ridge}: {error:e}, {:e}", model.condition());
    }
}

/// Sorted by the first feature, then the second and so on.
fn sorted(centers: &DMatrix<f64>) -> DMatrix<f64> {
    let mut columns: Vec<_> = (0..centers.ncols()).map(|column| centers.column(column).into_owned()).collect();
    columns.sort_by(|a, b| a.as_slice().partial_cmp(b.as_slice()).unwrap());
    DMatrix::from_columns(&columns)
}

#[test]
fn means_and_ridge_are_those_of_scikit_learn() {
    for case in cases("pipelines") {
        let features = case["features"].as_u64().unwrap() as usize;
        let [x, asked, centers] = ["x", "asked", "centers"].map(|name| matrix(&case, name, features));
        let [y, expected] = ["y", "answers"].map(|name| matrix(&case, name, 2));
        let params = plain().centers(centers.ncols()).beta(case["beta"].as_f64().unwrap());
        let data = Dataset::new(&x).values(&y);
        for seed in 1..=5 {
            let model = params.clone().ridge(case["ridge"].as_f64().unwrap()).seed(seed).fit(&data).unwrap();
            assert!((sorted(&model.centers()) - &centers).amax() < 1e-10, "seed {seed}");
            let error = (model.predict(&Dataset::new(&asked)).unwrap() - &expected).amax();
            assert!(error < 1e-9, "seed {seed}: {error:e}");
        }
    }
}

#[test]
fn leave_one_out_errors_are_those_of_ridge_cv() {
    for case in cases("pipelines") {
        let features = case["features"].as_u64().unwrap() as usize;
        let [x, centers] = ["x", "centers"].map(|name| matrix(&case, name, features));
        let y = matrix(&case, "y", 2);
        let params = plain().centers(centers.ncols()).beta(case["beta"].as_f64().unwrap());
        let model = params.fit(&Dataset::new(&x).values(&y)).unwrap();
        let [ridges, left_out] = ["ridges", "left_out"].map(|name| matrix(&case, name, 1));
        for (ridge, expected) in ridges.iter().zip(&left_out) {
            let near = |(ours, _): &&(f64, f64)| (ours / ridge - 1.0).abs() < 1e-9;
            let (_, found) = model.ridge_errors().iter().find(near).unwrap();
            assert!((found / expected - 1.0).abs() < 1e-8, "{ridge}: {found} {expected}");
        }
    }
}
