//! Categories as boxes and rules, and how much the order of samples matters.

use nn_art::{ArtMapParams, Dataset, Fit, FuzzyArtParams, Model};

#[test]
fn a_category_is_a_rule_with_support_and_confidence() {
    let x = [1.0, 10.0, 2.0, 20.0, 7.0, 10.0, 8.0, 20.0];
    let data = Dataset::from_slice(2, &x).labels(&[0, 0, 1, 1]);
    let model = ArtMapParams::default().vigilance(0.4).shuffle(false).fit(&data).unwrap();
    let names = ["length".to_owned(), "width".to_owned()];
    let classes = ["short".to_owned(), "long".to_owned()];
    let rules: Vec<String> =
        model.boxes(&data).unwrap().iter().map(|b| b.rule(&names, &classes, &[(1.0, 8.0), (10.0, 20.0)])).collect();
    assert_eq!(
        rules,
        [
            "if 1 <= length <= 2 then short (support 2, confidence 1)",
            "if 7 <= length <= 8 then long (support 2, confidence 1)",
        ]
    );
    // Other samples may say otherwise.
    let other = Dataset::from_slice(2, &x).labels(&[0, 1, 1, 1]);
    let first = &model.boxes(&other).unwrap()[0];
    assert_eq!((first.class, first.support, first.confidence), (Some(0), 2.0, 0.5));
    assert_eq!(
        first.rule(&[], &[], &[]),
        "if 1 <= feature 0 <= 2 and 10 <= feature 1 <= 20 then class 0 (support 2, confidence 0.5)"
    );
    assert_eq!(model.pictures_of(&data).unwrap().len(), 2, "boxes and rules");
}

/// Templates of 0 and 1 say which features are 1, and with the complement which are 0.
#[test]
fn templates_are_rules_too() {
    let x = [1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0];
    let data = Dataset::from_slice(3, &x);
    let told = |complement| -> Vec<String> {
        let params = nn_art::Art1Params::default().vigilance(0.5).complement(complement);
        let model = params.fit(&data).unwrap();
        model.boxes(&data).unwrap().iter().map(|own| own.rule(&[], &[], &[(0.0, 1.0); 3])).collect()
    };
    assert_eq!(told(true)[0], "if feature 0 = 1 and feature 2 = 0 (support 2, confidence 1)");
    assert_eq!(told(false)[0], "if feature 0 = 1 (support 2, confidence 1)");
}

#[test]
fn clear_clusters_do_not_mind_the_order_and_others_do() {
    let clear: Vec<f64> = (0..30).map(|j| f64::from(j % 3) * 10.0 + f64::from(j) / 30.0).collect();
    let data = Dataset::from_slice(1, &clear);
    let effect = FuzzyArtParams::default().vigilance(0.8).fit(&data).unwrap().order_effect(&data, &data, 5).unwrap();
    assert_eq!((effect.categories, effect.agreement), (vec![3; 5], 1.0));
    let even: Vec<f64> = (0..60).map(f64::from).collect();
    let data = Dataset::from_slice(1, &even);
    let model = FuzzyArtParams::default().vigilance(0.8).fit(&data).unwrap();
    let effect = model.order_effect(&data, &data, 5).unwrap();
    assert!(effect.agreement < 0.9, "{effect:?}");
    assert!(model.order_effect(&data, &data, 1).is_err());
    // The setting tells the same, and the file keeps it.
    let told = FuzzyArtParams::default().vigilance(0.8).orders(5).fit(&data).unwrap();
    let remark = format!("the answers agree to {:.3} (adjusted Rand index)", effect.agreement);
    assert!(told.remarks().iter().any(|own| own.ends_with(&remark)), "{:?}", told.remarks());
    let arrays = Model::arrays(&told);
    let again = nn_art::FuzzyArt::<f64>::from_arrays(told.params().clone(), told.history().clone(), &arrays).unwrap();
    assert_eq!(again.remarks(), told.remarks());
}
