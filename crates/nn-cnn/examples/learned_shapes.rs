//! A simple model on learned features: a perceptron tells crosses from rings by what a convolutional network has made of
//! them, and not by their pixels.

use nn_cnn::nalgebra::DMatrix;
use nn_cnn::{CnnParams, Dataset, Fit, LayerFacts, Model};
use nn_perceptron::PerceptronParams;

/// Where a figure of five by five pixels has ink: a ring, or a cross.
fn has_ink(ring: bool, row: usize, column: usize) -> bool {
    let (down, right) = (row.abs_diff(2), column.abs_diff(2));
    if ring { down.max(right) == 2 && down + right < 4 } else { down == right }
}

/// So many images of 12 x 12 pixels with a ring or a cross, each in a place of its own.
fn figures(count: usize, first: usize) -> (DMatrix<f32>, Vec<u32>) {
    let mut x = DMatrix::zeros(144, count);
    let labels: Vec<u32> = (0..count as u32).map(|image| image % 2).collect();
    for (image, &label) in labels.iter().enumerate() {
        // A walk that meets each of the 8 x 8 places.
        let place = (first + image) * 37 % 64;
        for (row, column) in (0..5).flat_map(|row| (0..5).map(move |column| (row, column))) {
            if has_ink(label == 0, row, column) {
                x[((place / 8 + row) * 12 + place % 8 + column, image)] = 1.0;
            }
        }
    }
    (x, labels)
}

fn main() -> nn_cnn::Result<()> {
    let ((x, labels), (new, truth)) = (figures(40, 0), figures(24, 40));
    let (data, unseen) = (Dataset::new(&x).labels(&labels), Dataset::new(&new).labels(&truth));

    let cnn = CnnParams::default().epochs(60).fit(&data)?;
    for LayerFacts { name, shape, parameters, connections } in cnn.layers().iter().filter(|layer| layer.parameters > 0)
    {
        println!("{name}: {shape:?}, {parameters} parameters, {connections} connections");
    }

    let right = |answers: &[u32]| answers.iter().zip(&truth).filter(|(answer, truth)| answer == truth).count();
    let on_pixels = PerceptronParams::default().epochs(100).fit(&data)?;
    println!("a perceptron on 144 pixels: {} of 24 right", right(&on_pixels.classify(&unseen)?));

    // Three lines: the features of both, and a perceptron on them.
    let (features, new_features) = (cnn.activations(&data, "s3")?, cnn.activations(&unseen, "s3")?);
    let on_features = PerceptronParams::default().epochs(100).fit(&Dataset::new(&features).labels(&labels))?;
    let answers = on_features.classify(&Dataset::new(&new_features))?;
    println!("a perceptron on the {} features of layer s3: {} of 24 right", features.nrows(), right(&answers));
    Ok(())
}
