//! What the answers show: where classes are mistaken for one another, the worst mistakes, errors of quantities, and what is
//! answered everywhere between two inputs.

use super::charts::{self, Cell, Labels, Mark};
use super::{Figure, Grid, Section, Shown, Subject, TableCell, palette, stride, thumbnail};
use crate::output::number;
use anyhow::Result;
use nn_core::metrics::{Confusion, largest};
use nn_core::nalgebra::DMatrix;
use nn_core::{Answer, Dataset, Scalar, Schema, Target};

/// A matrix of more classes is no longer read cell by cell.
const WIDEST: usize = 20;
/// Of more classes only some are told one by one.
const MOST_CLASSES: usize = 50;
/// How many mistakes are shown.
const MOST_MISTAKES: usize = 24;
/// How many inputs of a sample stand beside its mistake.
const MOST_INPUTS: usize = 5;
/// Quantities that have a chart of their own.
const MOST_OUTPUTS: usize = 4;
/// Places along each side of a surface.
const SIDE: usize = 64;
/// Steps in which a colour fades where the answer is less sure.
const FADES: f64 = 10.0;

/// Everything that answers show.
pub(super) fn sections<F: Scalar>(subject: &Subject<'_, F>) -> Result<Vec<Section>> {
    let mut sections = Vec::new();
    let judged = subject.judged();
    let answers = judged.part.predict(subject.trained)?;
    match (judged.data().target(), subject.trained.answer()) {
        (Target::Labels { labels, classes }, Answer::Classes(rows) | Answer::Scores(rows)) if rows == classes => {
            let names = class_names(subject.schema(), classes);
            let predicted: Vec<u32> = answers.column_iter().map(|scores| largest(scores.as_slice())).collect();
            sections.push(confusion(&names, judged, &predicted, labels)?);
            sections.push(mistakes(subject, &names, &answers, &predicted, labels)?);
        }
        (Target::Values { values, outputs }, Answer::Values(rows)) if rows == outputs => {
            sections.push(residuals(judged, &answers, values, outputs)?);
        }
        _ => {}
    }
    // Where an answer hangs on what came before, there is none to an input alone.
    if !subject.trained.remembers() {
        sections.extend(surface(subject)?);
        sections.extend(super::line::section(subject)?);
    }
    Ok(sections)
}

/// The name of each class.
fn class_names(schema: &Schema, classes: usize) -> Vec<String> {
    (0..classes).map(|class| schema.class_name(class)).collect()
}

/// Which classes were taken for which, and how well each was found.
fn confusion<F: Scalar>(names: &[String], judged: &Shown<'_, F>, predicted: &[u32], labels: &[u32]) -> Result<Section> {
    let classes = names.len();
    let confusion = Confusion::new::<F>(predicted, labels, classes, None)?;
    let mut figures = Vec::new();
    if classes <= WIDEST {
        let heads = std::iter::once("").chain(names.iter().map(String::as_str)).map(str::to_owned).collect();
        let rows = (0..classes).map(|label| {
            let cell = |answer: usize| {
                let count = confusion.count(label, answer);
                let text = if count == 0.0 { String::new() } else { count.to_string() };
                let share = count / confusion.support(label).max(1.0);
                TableCell { text, shade: share.sqrt(), right: label == answer }
            };
            std::iter::once(TableCell::from(names[label].clone())).chain((0..classes).map(cell)).collect()
        });
        let grid = Grid { tight: true, heads, rows: rows.collect() };
        figures.push(Figure::table("Rows are the truth, columns the answers; shaded by the share of the row.", grid));
    } else {
        let wrong = confusion.mistakes();
        let rows = wrong
            .iter()
            .take(WIDEST)
            .map(|&(label, answer, count)| vec![names[label].clone(), names[answer].clone(), count.to_string()]);
        figures.push(Figure::table("The most frequent mistakes.", Grid::new(&["truth", "answer", "samples"], rows)));
    }
    // Of many classes those that are found worst; a class without samples or answers says nothing.
    let mut shown: Vec<usize> = (0..classes).collect();
    if MOST_CLASSES < classes {
        shown.retain(|&class| 0.0 < confusion.support(class));
        shown.sort_by(|&a, &b| confusion.f1(a).total_cmp(&confusion.f1(b)));
        shown.truncate(MOST_CLASSES);
        shown.sort_unstable();
    }
    let rows = shown.iter().map(|&class| {
        let shares = [confusion.precision(class), confusion.recall(class), confusion.f1(class)].map(number);
        let [precision, recall, f1] = shares;
        vec![names[class].clone(), precision, recall, f1, confusion.support(class).to_string()]
    });
    let grid = Grid::new(&["class", "precision", "recall", "F1", "samples"], rows);
    let mut caption = "Precision is the share of right among its answers, recall that among its samples.".to_owned();
    if shown.len() < classes {
        caption += &format!(" The {} with the lowest F1 of {classes} classes.", shown.len());
    }
    figures.push(Figure::table(caption, grid));
    let wrong = predicted.iter().zip(labels).filter(|(answer, label)| answer != label).count();
    let text = format!("{wrong} of {} samples ({}) were taken for another class.", labels.len(), judged.name);
    Ok(Section { title: "Classes".to_owned(), text, figures })
}

/// The mistakes that the model was surest of: where its answer stood farthest above the truth. Of those that stand equally far,
/// as all that are 1 above 0 to the last digit, the ones are worse that think less of the truth.
fn mistakes<F: Scalar>(
    subject: &Subject<'_, F>,
    names: &[String],
    answers: &DMatrix<F>,
    predicted: &[u32],
    labels: &[u32],
) -> Result<Section> {
    let (judged, schema) = (subject.judged(), subject.schema());
    let of = |sample: usize, class: u32| answers[(class as usize, sample)].to_f64();
    let mut wrong: Vec<(usize, f64)> = (0..labels.len())
        .filter(|&sample| predicted[sample] != labels[sample])
        .map(|sample| (sample, of(sample, predicted[sample]) - of(sample, labels[sample])))
        .collect();
    let truth = |sample: usize| of(sample, labels[sample]);
    wrong.sort_by(|a, b| b.1.total_cmp(&a.1).then(truth(a.0).total_cmp(&truth(b.0))).then(a.0.cmp(&b.0)));
    let title = "Worst mistakes".to_owned();
    if wrong.is_empty() {
        let text = format!("There are none among the {} samples ({}).", labels.len(), judged.name);
        return Ok(Section { title, text, figures: Vec::new() });
    }
    // A line of a table takes more room than an image.
    let image = schema.image.filter(|image| image.numbers() == judged.data().features());
    let most = if image.is_some() { MOST_MISTAKES } else { MOST_MISTAKES / 2 };
    let shown = wrong.len().min(most);
    let sure = match subject.trained.answer() {
        Answer::Classes(_) => "probability",
        _ => "output",
    };
    let text = format!(
        "Those whose {sure} of the answer stands farthest above that of the truth, the worst first: {shown} of {}.",
        wrong.len()
    );
    let name = |class: u32| names[class as usize].clone();
    let wrong = wrong.iter().take(shown).map(|&(sample, _)| sample);
    let figure = match image {
        Some(image) => {
            let ends = charts::range(judged.data().x().iter().map(|value| value.to_f64())).unwrap_or_default();
            let mut images = Vec::with_capacity(shown);
            for sample in wrong {
                let (answer, label) = (predicted[sample], labels[sample]);
                let caption = format!("{} for {}", name(answer), name(label));
                images.push(thumbnail(image, judged.data().sample(sample), ends, caption, judged.part.place(sample))?);
            }
            Figure::images("The answer, for the truth.", images)
        }
        None => {
            let features = schema.feature_names();
            let features = &features[..features.len().min(MOST_INPUTS)];
            let sure = [format!("{sure} of the answer"), format!("{sure} of the truth")];
            let heads: Vec<&str> = ["", "truth", "answer", &sure[0], &sure[1]]
                .into_iter()
                .chain(features.iter().map(String::as_str))
                .collect();
            let rows = wrong.map(|sample| {
                let (answer, label) = (predicted[sample], labels[sample]);
                let inputs =
                    judged.data().sample(sample).iter().take(features.len()).map(|value| number(value.to_f64()));
                let told = [of(sample, answer), of(sample, label)].map(number);
                [judged.part.place(sample), name(label), name(answer)].into_iter().chain(told).chain(inputs).collect()
            });
            Figure::table("", Grid::new(&heads, rows))
        }
    };
    Ok(Section { title, text, figures: vec![figure] })
}

/// Predicted quantities beside true ones, and the samples with the largest errors.
fn residuals<F: Scalar>(judged: &Shown<'_, F>, answers: &DMatrix<F>, values: &[F], outputs: usize) -> Result<Section> {
    let samples = answers.ncols();
    let pair =
        |sample: usize, output: usize| (values[sample * outputs + output].to_f64(), answers[(output, sample)].to_f64());
    let name = |output: usize| judged.part.schema.target_name(output);
    let mut figures = Vec::new();
    for output in 0..outputs.min(MOST_OUTPUTS) {
        let pairs: Vec<(f64, f64)> = (0..samples).step_by(stride(samples)).map(|sample| pair(sample, output)).collect();
        let name = name(output);
        let labels =
            Labels { title: &format!("predicted and true {name}"), x: &format!("true {name}"), y: "predicted" };
        figures.push(Figure::chart("A right answer is on the line.", charts::predicted(labels, &pairs)?));
        let errors: Vec<f64> =
            (0..samples).map(|sample| pair(sample, output)).map(|(truth, told)| told - truth).collect();
        let labels = Labels { title: &format!("residuals of {name}"), x: "predicted - true", y: "samples" };
        figures
            .push(Figure::chart("What is left of a good fit is noise around 0.", charts::histogram(labels, &errors)?));
    }
    // Of several quantities, each in its own unit: errors are compared beside the spread of the quantity.
    let spread: Vec<f64> = (0..outputs)
        .map(|output| {
            let ends = charts::range((0..samples).map(|sample| pair(sample, output).0));
            ends.map(|(low, high)| high - low).filter(|spread| 0.0 < *spread).unwrap_or(1.0)
        })
        .collect();
    let mut errors: Vec<(usize, usize, f64)> = (0..samples)
        .flat_map(|sample| (0..outputs).map(move |output| (sample, output)))
        .map(|(sample, output)| {
            let (truth, told) = pair(sample, output);
            (sample, output, (told - truth).abs() / spread[output])
        })
        .collect();
    errors.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)));
    let rows = errors.iter().take(MOST_MISTAKES / 2).map(|&(sample, output, _)| {
        let (truth, told) = pair(sample, output);
        let told = [number(truth), number(told), number(told - truth)];
        let name = (1 < outputs).then(|| name(output));
        std::iter::once(judged.part.place(sample)).chain(name).chain(told).collect()
    });
    let heads: &[&str] =
        if outputs == 1 { &["", "truth", "answer", "error"] } else { &["", "quantity", "truth", "answer", "error"] };
    let grid = Grid::new(heads, rows);
    figures.push(Figure::table("The largest errors.", grid));
    let text = format!("{samples} samples ({}).", judged.name);
    Ok(Section { title: "Residuals".to_owned(), text, figures })
}

/// What is answered to any two inputs, and the samples among them; `None` where the inputs are not two numbers or the
/// answer is not one colour.
fn surface<F: Scalar>(subject: &Subject<'_, F>) -> Result<Option<Section>> {
    let [first, second] = subject.schema().inputs.as_slice() else { return Ok(None) };
    let answer = subject.trained.answer();
    let one_color = matches!(answer, Answer::Classes(_) | Answer::Scores(_) | Answer::Values(1));
    if !first.categories.is_empty() || !second.categories.is_empty() || !one_color {
        return Ok(None);
    }
    let input = |axis: usize| {
        let all = subject.parts().flat_map(|part| part.data().x().chunks(2));
        charts::widened(charts::range(all.map(|sample| sample[axis].to_f64())).unwrap_or_default(), 0.08)
    };
    let (x, y) = (input(0), input(1));
    let at = |ends: &std::ops::Range<f64>, index: usize| {
        ends.start + (ends.end - ends.start) * (index as f64 + 0.5) / SIDE as f64
    };
    let grid = DMatrix::from_fn(2, SIDE * SIDE, |axis, place| {
        F::from_f64(if axis == 0 { at(&x, place % SIDE) } else { at(&y, place / SIDE) })
    });
    // Far from the samples a model may have no finite answer, which is no fault of the report.
    let Ok(answers) = subject.trained.predict(&Dataset::new(&grid)) else { return Ok(None) };
    let ends = quantities(subject, &answers);
    let mut cells: Vec<Cell> = answers.column_iter().map(|column| cell(answer, column.as_slice(), ends)).collect();
    let unknown = unknown(subject, &Dataset::new(&grid))?;
    cells.iter_mut().zip(&unknown).filter(|(_, unknown)| **unknown).for_each(|(cell, _)| cell.opacity = 0.0);
    let labels = Labels { title: "what is answered where", x: &first.name, y: &second.name };
    let svg = charts::surface(labels, x.clone(), y.clone(), &cells, SIDE, &marks(subject, ends))?;
    let names = match answer {
        Answer::Values(_) => Vec::new(),
        _ => class_names(subject.schema(), answers.nrows()),
    };
    let mut figure = Figure::chart("", svg).with_legend(names);
    let mut text = "Each place has the colour of the answer there, fainter where it is less sure.".to_owned();
    if let Answer::Values(_) = answer {
        figure.legend = palette::legend(ends);
        text = "Each place has the colour of the quantity that is answered there.".to_owned();
    }
    if unknown.contains(&true) {
        text += " Where there is none the model says that it does not know.";
    }
    if subject.test.is_some() {
        text += " Circles are training samples, squares those of the test.";
    }
    Ok(Some(Section { title: "Decision surface".to_owned(), text, figures: vec![figure] }))
}

/// Which samples the model says it does not know; none where it says no such thing.
pub(super) fn unknown<F: Scalar>(subject: &Subject<'_, F>, data: &Dataset<'_, F>) -> Result<Vec<bool>> {
    let beside = subject.trained.beside(data)?;
    let told = beside.into_iter().find(|(name, _)| *name == "unknown");
    Ok(told.map_or_else(Vec::new, |(_, values)| values.into_iter().map(|value| value != 0.0).collect()))
}

/// The ends of a scale for a quantity, its truth and its answers.
fn quantities<F: Scalar>(subject: &Subject<'_, F>, answers: &DMatrix<F>) -> (f64, f64) {
    let truths = subject.parts().flat_map(|part| match part.data().target() {
        Target::Values { values, .. } => values,
        _ => &[],
    });
    // The truths alone where there are any: what is answered far from them may be far off.
    let ends = charts::range(truths.map(|value| value.to_f64()));
    ends.or_else(|| charts::range(answers.iter().map(|value| value.to_f64()))).unwrap_or_default()
}

/// The colour of one answer.
fn cell<F: Scalar>(answer: Answer, scores: &[F], ends: (f64, f64)) -> Cell {
    let class = largest(scores) as usize;
    match answer {
        Answer::Values(_) => {
            let steps = 40.0;
            Cell {
                color: palette::scale((palette::share(scores[0].to_f64(), ends) * steps).round() / steps),
                opacity: 0.8,
            }
        }
        Answer::Classes(classes) => {
            // From a coin's toss to certainty.
            let chance = 1.0 / classes.max(2) as f64;
            let sure = ((scores[class].to_f64() - chance) / (1.0 - chance)).clamp(0.0, 1.0);
            Cell { color: palette::color(class), opacity: 0.05 + 0.5 * (sure * FADES).round() / FADES }
        }
        _ => Cell { color: palette::color(class), opacity: 0.4 },
    }
}

/// The samples, as many as can be told apart.
fn marks<F: Scalar>(subject: &Subject<'_, F>, ends: (f64, f64)) -> Vec<Mark> {
    let all: usize = subject.parts().map(|part| part.data().samples()).sum();
    let mut marks = Vec::new();
    for (index, part) in subject.parts().enumerate() {
        for (sample, x) in part.data().x().chunks(2).enumerate().step_by(stride(all)) {
            let color = match part.data().target() {
                Target::Labels { labels, .. } => palette::color(labels[sample] as usize),
                Target::Values { values, outputs: 1 } => palette::scale(palette::share(values[sample].to_f64(), ends)),
                _ => palette::AXIS,
            };
            marks.push(Mark { at: (x[0].to_f64(), x[1].to_f64()), color, unseen: 0 < index });
        }
    }
    marks
}
