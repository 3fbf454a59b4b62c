//! What is answered over a single input.

use super::charts::{self, Labels, Mark};
use super::{Figure, Section, Subject, palette, stride};
use anyhow::Result;
use nn_core::nalgebra::DMatrix;
use nn_core::{Answer, Dataset, Picture, Scalar, Target};

/// Places that are asked.
const ASKED: usize = 400;
/// Quantities or classes that have a line.
const MOST_LINES: usize = 8;

/// The answers between the least and the greatest input and a little beyond; `None` where there is not one number that is asked.
pub(super) fn section<F: Scalar>(subject: &Subject<'_, F>) -> Result<Option<Section>> {
    let [input] = subject.schema().inputs.as_slice() else { return Ok(None) };
    let answer = subject.trained.answer();
    let lines = matches!(answer, Answer::Classes(_) | Answer::Scores(_) | Answer::Values(_));
    if !input.categories.is_empty() || !lines {
        return Ok(None);
    }
    let all = subject.parts().flat_map(|part| part.data().x());
    let ends = charts::widened(charts::range(all.map(|x| x.to_f64())).unwrap_or_default(), 0.08);
    let x: Vec<f64> =
        (0..ASKED).map(|at| ends.start + (ends.end - ends.start) * at as f64 / (ASKED - 1) as f64).collect();
    let asked = DMatrix::from_fn(1, ASKED, |_, at| F::from_f64(x[at]));
    // Far from the samples a model may have no finite answer, which is no fault of the report.
    let Ok(answers) = subject.trained.predict(&Dataset::new(&asked)) else { return Ok(None) };
    let count = answers.nrows().min(MOST_LINES);
    let lists: Vec<Vec<f64>> =
        (0..count).map(|row| answers.row(row).iter().map(|answer| answer.to_f64()).collect()).collect();
    let names: Vec<String> = (0..count)
        .map(|row| match answer {
            Answer::Values(_) => subject.schema().target_name(row),
            _ => subject.schema().class_name(row),
        })
        .collect();
    let feet: Vec<f64> = subject
        .trained
        .pictures()
        .iter()
        .flat_map(|picture| match picture {
            Picture::Places { places, .. } if places.nrows() == 1 => places.as_slice().to_vec(),
            _ => Vec::new(),
        })
        .collect();
    let what = match answer {
        Answer::Values(1) => names[0].as_str(),
        _ => "answer",
    };
    let labels = Labels { title: "what is answered where", x: &input.name, y: what };
    let unknown = super::answers::unknown(subject, &Dataset::new(&asked))?;
    let svg = charts::lines(labels, &x, &lists, &unknown, &marks(subject, count), &feet)?;
    let legend = if count == 1 { Vec::new() } else { names };
    let mut text = "The lines are what is answered, dots the samples.".to_owned();
    if !feet.is_empty() {
        text += " Crosses at the foot are the units.";
    }
    if unknown.contains(&true) {
        text += " Where a line is thin and grey the model says that it does not know.";
    }
    Ok(Some(Section { title: "Answers".to_owned(), text, figures: vec![Figure::chart("", svg).with_legend(legend)] }))
}

/// The samples: with quantities at their height, of classes at the height of a sure answer.
fn marks<F: Scalar>(subject: &Subject<'_, F>, lines: usize) -> Vec<Mark> {
    let all: usize = subject.parts().map(|part| part.data().samples()).sum();
    let mut marks = Vec::new();
    for part in subject.parts() {
        for (sample, x) in part.data().x().iter().enumerate().step_by(stride(all)) {
            let mut mark = |y: f64, color| marks.push(Mark { at: (x.to_f64(), y), color, unseen: false });
            match part.data().target() {
                Target::Labels { labels, .. } => mark(1.0, palette::color(labels[sample] as usize)),
                Target::Values { values, outputs } => {
                    let own = &values[sample * outputs..(sample + 1) * outputs];
                    own.iter().take(lines).enumerate().for_each(|(row, y)| mark(y.to_f64(), palette::color(row)));
                }
                _ => {}
            }
        }
    }
    marks
}
