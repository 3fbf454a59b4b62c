//! The lines outside its folder that a model needs, one function a file, each from a text to the text with that line.
//!
//! None where the file looks so unlike what it was that no place is found.

use super::name::Name;

/// A file that names every model.
pub(super) struct Edit {
    /// From the root.
    pub(super) path: &'static str,
    /// Its text with this model as well.
    pub(super) add: fn(&str, &Name) -> Option<String>,
}

pub(super) const EDITS: [Edit; 5] = [
    Edit { path: "Cargo.toml", add: workspace },
    Edit { path: "crates/nn-cli/Cargo.toml", add: command },
    Edit { path: "crates/nn-cli/src/models.rs", add: models },
    Edit { path: "README.md", add: readme },
    Edit { path: "docs/architecture.md", add: map },
];

/// Whether a line names the crate, in one of its two forms, and not one whose name is longer.
pub(super) fn names(line: &str, name: &Name) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    [name.package(), format!("nn_{}", name.snake())].iter().any(|own| line.split(|c| !part(c)).any(|word| word == own))
}

/// The workspace's dependencies: the crates of models stand together.
fn workspace(text: &str, name: &Name) -> Option<String> {
    let package = name.package();
    let line = format!("{package} = {{ path = \"crates/{package}\", version = \"0.1.0\", default-features = false }}");
    in_order(text, |line| line.starts_with("nn-") && line.contains("path = \"crates/"), &line)
}

/// The command's dependencies, and its feature that makes every model use threads.
fn command(text: &str, name: &Name) -> Option<String> {
    let package = name.package();
    let is_model = |line: &str| line.starts_with("nn-") && line.ends_with(".workspace = true");
    let text = in_order(text, is_model, &format!("{package}.workspace = true"))?;
    into_list(&text, "parallel = [", &format!("\"{package}/parallel\""), " ")
}

/// The command's list. `rustfmt` breaks it where it must, also between `=` and the list.
fn models(text: &str, name: &Name) -> Option<String> {
    let opening = ["MODELS: &[&[Entry]] = &[", "MODELS: &[&[Entry]] =\n    &["];
    let opening = opening.into_iter().find(|opening| text.contains(opening))?;
    into_list(text, opening, &format!("nn_{}::MODELS", name.snake()), "\n    ")
}

/// The table of what there is, above the row of nn-kernels.
fn readme(text: &str, name: &Name) -> Option<String> {
    let package = name.package();
    let what = "the class whose mean is nearest: the template's model, until its own is written";
    let row = format!("| [{package}](crates/{package}) | {what} | `nn train {name}` | from the template |");
    above(text, "| [nn-kernels](", &row)
}

/// The map, above the command.
fn map(text: &str, name: &Name) -> Option<String> {
    let folder = format!("crates/{}/", name.package());
    above(text, "crates/nn-cli/", &format!("{folder:<21}  made from the template: the class whose mean is nearest"))
}

/// With `line` among those that `is_one`, above the first that comes after it in the alphabet.
fn in_order(text: &str, is_one: impl Fn(&str) -> bool, line: &str) -> Option<String> {
    let mut lines: Vec<&str> = text.lines().collect();
    let last = lines.iter().rposition(|other| is_one(other))?;
    let place = lines.iter().position(|other| is_one(other) && line < *other).unwrap_or(last + 1);
    lines.insert(place, line);
    Some(lines.join("\n") + "\n")
}

/// With `line` above the first line that starts so.
fn above(text: &str, start: &str, line: &str) -> Option<String> {
    let mut lines: Vec<&str> = text.lines().collect();
    let place = lines.iter().position(|other| other.starts_with(start))?;
    lines.insert(place, line);
    Some(lines.join("\n") + "\n")
}

/// With `item` as the last one of the list that begins so and ends with the next `]`.
fn into_list(text: &str, opening: &str, item: &str, gap: &str) -> Option<String> {
    let start = text.find(opening)? + opening.len();
    let end = start + text[start..].find(']')?;
    let (items, rest) = (text[start..end].trim_end(), &text[end..]);
    let items = items.strip_suffix(',').unwrap_or(items);
    let comma = if items.is_empty() { String::new() } else { format!(",{gap}") };
    Some(format!("{}{items}{comma}{item}{rest}", &text[..start]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> Name {
        Name::parse("elman-net").unwrap()
    }

    #[test]
    fn crates_stand_in_the_order_of_the_alphabet() {
        let line = |name: &str| {
            format!("{name} = {{ path = \"crates/{name}\", version = \"0.1.0\", default-features = false }}\n")
        };
        let [core, elman, som] = ["nn-core", "nn-elman-net", "nn-som"].map(line);
        let bench = "nn-bench = { path = \"bench\" }\n";
        assert_eq!(workspace(&format!("{core}{som}{bench}"), &name()).unwrap(), format!("{core}{elman}{som}{bench}"));
        assert_eq!(workspace(&format!("{core}{bench}"), &name()).unwrap(), format!("{core}{elman}{bench}"));
    }

    #[test]
    fn the_command_gets_a_dependency_and_a_feature() {
        let text = "parallel = [\"nn-core/parallel\"]\n\nflate2.workspace = true\nnn-core.workspace = true\n";
        let expected = "parallel = [\"nn-core/parallel\", \"nn-elman-net/parallel\"]\n\nflate2.workspace = true\n\
             nn-core.workspace = true\nnn-elman-net.workspace = true\n";
        assert_eq!(command(text, &name()).unwrap(), expected);
    }

    #[test]
    fn a_list_may_stand_on_one_line_or_on_several() {
        let start = "static MODELS: &[&[Entry]] = &[";
        let end = "nn_elman_net::MODELS];\n";
        assert_eq!(models(&format!("{start}];\n"), &name()).unwrap(), format!("{start}{end}"));
        for list in ["nn_a::MODELS", "nn_a::MODELS,\n"] {
            let expected = format!("{start}nn_a::MODELS,\n    {end}");
            assert_eq!(models(&format!("{start}{list}];\n"), &name()).unwrap(), expected);
        }
        let broken = start.replace("= &[", "=\n    &[");
        assert_eq!(models(&format!("{broken}];\n"), &name()).unwrap(), format!("{broken}{end}"));
    }

    #[test]
    fn a_row_and_a_line_of_the_map_stand_where_models_do() {
        let table = readme("| a |\n| [nn-kernels](crates/nn-kernels) |\n", &name()).unwrap();
        let rows: Vec<&str> = table.lines().collect();
        assert!(rows[1].starts_with("| [nn-elman-net](crates/nn-elman-net) | "), "{table}");
        assert!(rows[2].starts_with("| [nn-kernels]"), "{table}");
        let map = map("crates/nn-som/\ncrates/nn-cli/\n", &name()).unwrap();
        assert_eq!(
            map.lines().nth(1),
            Some("crates/nn-elman-net/   made from the template: the class whose mean is nearest")
        );
    }

    #[test]
    fn a_file_that_looks_otherwise_has_no_place() {
        for edit in EDITS {
            assert_eq!((edit.add)("nothing\n", &name()), None, "{}", edit.path);
        }
    }

    #[test]
    fn a_line_names_a_crate_and_not_a_longer_one() {
        assert!(names("a [nn-elman-net](x)", &name()) && names("nn_elman_net::MODELS", &name()));
        assert!(!names("nn-elman-net-2 = 1", &name()) && !names("nn-elman", &name()));
    }
}
