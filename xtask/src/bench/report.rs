//! What the page says of a case.

mod growth;

use serde_json::Value;

use super::figures::{Figures, Goal};
use super::machine::Machine;
use super::on;
use super::options::Options;
use super::page::Section;
use super::rounds::Measured;

/// The section of a case: rows for the table at the top of the page, and all figures.
pub(super) fn section(measured: &Measured, machine: &Machine, options: &Options, no_peers: Option<&String>) -> Section {
    let all = match measured {
        Measured::Figures(all) => all,
        Measured::NotRun(reason) => return Section::not_run(reason),
    };
    if all.values().flatten().any(|figures| figures.size().is_some()) {
        return growth::section(all, machine, options);
    }
    let (mut rows, mut table, mut absent) = (Vec::new(), String::new(), Vec::new());
    let mut settings = None;
    for (&threads, figures) in all {
        for ours in figures.iter().filter(|ours| ours.is_ours()) {
            rows.push(verdict(threads, ours, figures, machine));
            settings = settings.or_else(|| ours.rate().map(|_| ours.settings()));
        }
        for one in figures {
            match one.error() {
                Some(error) => absent.push(format!("{} {}: {error}", one.variant(), on(threads))),
                None => table += &row(threads, one, figures, machine),
            }
        }
    }

    let metric = all.values().flatten().find_map(|one| Some(one.quality()?.0)).unwrap_or("quality");
    let unit = if is_one_row(measured) { "µs a row" } else { "samples/s" };
    let mut text = settings.map(|settings| format!("{}\n\n", list(settings))).unwrap_or_default();
    text += &format!(
        "| threads | variant | of | {unit} | spread | nn is | of the peak | instructions | {} | |\n",
        metric.replace('_', " ")
    );
    text += "|--:|---|---|--:|--:|--:|--:|--:|--:|---|\n";
    text += &table;
    text += "\n";
    let absences = no_peers.map(|reason| format!("peers: {reason}")).into_iter().chain(absent);
    text.extend(absences.map(|absence| format!("- Not measured: {absence}\n")));
    text += &found(machine, options);
    Section { rows, text }
}

/// When, by what and where.
fn found(machine: &Machine, options: &Options) -> String {
    format!("- {} by `{}` on {}.\n", machine.date, options.command(), machine.describe())
}

fn is_one_row(measured: &Measured) -> bool {
    let Measured::Figures(all) = measured else { return false };
    all.values().flatten().any(|one| one.microseconds().is_some())
}

/// A row of the table at the top, without the case: ours against the best peer, and the goal.
fn verdict(threads: usize, ours: &Figures, all: &[Figures], machine: &Machine) -> String {
    let best = fastest(ours, all, "best");
    let against = best.zip(ours.rate()).and_then(|(best, rate)| Some((best.variant(), times(rate / best.rate()?))));
    let against = against.map_or_else(|| "-".to_owned(), |(name, times)| format!("{times} {name}"));
    let share = machine.share(ours, ours.work(), threads).map_or_else(|| "-".to_owned(), percent);
    let goal = ours.goal().map_or_else(|| "-".to_owned(), |goal| judged(threads, goal, ours, all));
    let note = ours.disturbed(threads).or_else(|| best?.disturbed(threads)).map_or("", |_| "disturbed");
    format!("{threads} | {} | {} | {against} | {goal} | {share} | {note}", ours.variant(), speed(ours))
}

/// The peers that a goal compares with.
fn meant<'a>(ours: &Figures, all: &'a [Figures], over: &str) -> impl Iterator<Item = &'a Figures> {
    all.iter().filter(move |peer| peer.counts_for(ours) && (over == "best" || peer.variant().starts_with(over)))
}

/// The fastest of them.
fn fastest<'a>(ours: &Figures, all: &'a [Figures], over: &str) -> Option<&'a Figures> {
    meant(ours, all, over).max_by(|a, b| a.rate().unwrap_or(0.0).total_cmp(&b.rate().unwrap_or(0.0)))
}

/// The goal, and whether it is met. Disturbed figures decide nothing: any of the peers may have been the fastest.
fn judged(threads: usize, goal: &Goal, ours: &Figures, all: &[Figures]) -> String {
    let over = if goal.over == "best" { "the best" } else { goal.over.as_str() };
    let ratio = fastest(ours, all, &goal.over).and_then(|peer| Some(ours.rate()? / peer.rate()?));
    let disturbed = meant(ours, all, &goal.over).any(|peer| peer.disturbed(threads).is_some());
    let outcome = match ratio {
        None => "**absent**".to_owned(),
        Some(ratio) if ours.disturbed(threads).is_some() || disturbed => format!("**undecided** ({})", times(ratio)),
        Some(ratio) if goal.times <= ratio => "met".to_owned(),
        Some(ratio) => format!("**missed** ({})", times(ratio)),
    };
    format!("{} {over}: {outcome}", times(goal.times))
}

/// A row of the table of a case.
fn row(threads: usize, one: &Figures, all: &[Figures], machine: &Machine) -> String {
    let partner = all.iter().find(|ours| ours.is_ours() && ours.rate().is_some() && ours.same_float(one));
    let ratio = partner.filter(|_| !one.is_ours()).and_then(|ours| Some(times(ours.rate()? / one.rate()?)));
    let share = partner.and_then(|ours| machine.share(one, ours.work(), threads)).map(percent);
    let spread = one.spread().map(|spread| format!("{spread:.2}"));
    let quality = one.quality().map(|(_, value)| format!("{value:.4}"));
    let (name, note) = (one.variant(), one.disturbed(threads).unwrap_or_default());
    let name = if one.is_ours() { format!("**{name}**") } else { name.to_owned() };
    let count = one.instructions().map(short);
    let [ratio, share, spread, count, quality] = [ratio, share, spread, count, quality].map(Option::unwrap_or_default);
    let (who, speed) = (one.who(), speed(one));
    format!("| {threads} | {name} | {who} | {speed} | {spread} | {ratio} | {share} | {count} | {quality} | {note} |\n")
}

/// Microseconds of one row, or samples a second.
fn speed(figures: &Figures) -> String {
    match (figures.microseconds(), figures.rate()) {
        (Some(microseconds), _) => format!("{} µs", short(microseconds)),
        (None, Some(rate)) => grouped(rate),
        (None, None) => "-".to_owned(),
    }
}

fn times(ratio: f64) -> String {
    format!("{} x", short(ratio))
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// Three digits or the whole number.
fn short(number: f64) -> String {
    match number {
        _ if number < 10.0 => format!("{number:.2}"),
        _ if number < 100.0 => format!("{number:.1}"),
        _ => grouped(number),
    }
}

/// A whole number with commas.
fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if 0 < index && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Settings in one line: `batch 64, data digits, layers 64-64-10`.
fn list(settings: &Value) -> String {
    let word = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(Value::to_string).collect::<Vec<_>>().join("-"),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        other => other.to_string(),
    };
    // The float differs from row to row.
    let shown = settings.as_object().into_iter().flatten().filter(|(name, _)| *name != "dtype");
    let items: Vec<String> = shown.map(|(name, value)| format!("{} {}", name.replace('_', " "), word(value))).collect();
    format!("Settings: {}.", items.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::figures::tests::made_up as figures;
    use super::super::machine::tests::made_up as machine;
    use super::*;

    fn all() -> Vec<Figures> {
        let goal = json!({ "goal": { "times": 2.5, "over": "best" }, "work": { "operations": 1000.0 } });
        vec![
            figures("nn-f32", true, 3e6, &goal),
            figures("nn-f64", true, 2e6, &json!({})),
            figures("torch-f32", false, 1e6, &json!({})),
            figures("sklearn-f64", false, 5e5, &json!({ "value": 0.75 })),
        ]
    }

    #[test]
    fn a_section_has_its_figures_and_a_verdict_for_the_top() {
        let options = Options::parse(&["--threads", "1"]).unwrap();
        let section = section(&Measured::Figures([(1, all())].into()), &machine(), &options, None);
        assert_eq!(
            section.rows,
            [
                "1 | nn-f32 | 3,000,000 | 3.00 x torch-f32 | 2.50 x the best: met | 3 % | ",
                "1 | nn-f64 | 2,000,000 | 4.00 x sklearn-f64 | - | - | ",
            ]
        );
        let lines: Vec<&str> = section.text.lines().collect();
        assert_eq!(
            lines[2],
            "| threads | variant | of | samples/s | spread | nn is | of the peak | instructions | test accuracy | |"
        );
        assert_eq!(lines[4], "| 1 | **nn-f32** | nn 1.0 | 3,000,000 | 1.00 |  | 3 % |  | 0.5000 |  |");
        assert_eq!(lines[6], "| 1 | torch-f32 | Peer 1.0 | 1,000,000 | 1.00 | 3.00 x | 1 % |  | 0.5000 |  |");
        assert_eq!(lines[7], "| 1 | sklearn-f64 | Peer 1.0 | 500,000 | 1.00 | 4.00 x |  |  | 0.7500 |  |");
        assert!(lines[9].starts_with("- 2026-01-31 by `cargo xtask bench --threads 1` on A Processor, 2 cores, avx2"));
    }

    #[test]
    fn a_goal_is_met_missed_or_cannot_be_told() {
        let all = all();
        let judge = |times: f64, over: &str| judged(1, &Goal { times, over: over.into() }, &all[0], &all);
        assert_eq!(judge(3.0, "best"), "3.00 x the best: met");
        assert_eq!(judge(8.0, "best"), "8.00 x the best: **missed** (3.00 x)");
        assert_eq!(judge(6.0, "sklearn"), "6.00 x sklearn: met");
        assert_eq!(judge(1.6, "burn"), "1.60 x burn: **absent**");

        let slow = figures("torch-f64", false, 1.0, &json!({ "cpu_seconds_all": [0.5, 0.5] }));
        let all = [all.clone(), vec![slow]].concat();
        let goal = Goal { times: 2.5, over: "best".into() };
        assert_eq!(judged(1, &goal, &all[0], &all), "2.50 x the best: **undecided** (3.00 x)");
    }

    #[test]
    fn one_row_is_told_in_microseconds() {
        let one = figures("nn-f32", true, 2e6, &json!({ "microseconds": 0.5 }));
        assert_eq!(speed(&one), "0.50 µs");
    }

    #[test]
    fn what_was_not_measured_is_said() {
        let mut absent = figures("torch-f32", false, 1.0, &json!({}));
        absent.add(&json!({ "error": "absent: No module named 'torch'" }));
        let options = Options::parse(&[]).unwrap();
        let measured = Measured::Figures([(1, vec![all().remove(0), absent])].into());
        let text = section(&measured, &machine(), &options, Some(&"no Python".to_owned())).text;
        assert!(text.contains("- Not measured: peers: no Python\n"));
        assert!(text.contains("- Not measured: torch-f32 on 1 thread: absent: No module named 'torch'\n"));
        let not_run = section(&Measured::NotRun("data absent: mnist10k".into()), &machine(), &options, None);
        assert!(not_run.rows.is_empty() && not_run.text.contains("data absent: mnist10k"));
    }

    #[test]
    fn settings_are_one_line() {
        let settings = json!({ "layers": [64, 10], "batch": 64, "dtype": "float32", "shuffle": true });
        assert_eq!(list(&settings), "Settings: batch 64, layers 64-10, shuffle yes.");
    }
}
