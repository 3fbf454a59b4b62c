//! Helps who mistyped a name.

/// `; did you mean hidden_layers?`, where one of `known` is near enough to `name` to be meant.
pub(crate) fn did_you_mean<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    nearest(name, known).map(|near| format!("; did you mean {near}?"))
}

/// The one of `known` that takes the fewest keystrokes to make of `name`, if that is at most a third of its letters.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let typed = name.to_lowercase().replace('-', "_");
    known
        .map(|candidate| {
            let plain = candidate.to_lowercase().replace('-', "_");
            // A name cut short is meant as often as a slip of the finger.
            let starts = 3 <= typed.chars().count() && plain.starts_with(&typed);
            let keystrokes = if starts && plain != typed { 1 } else { strsim::damerau_levenshtein(&typed, &plain) };
            (keystrokes, plain.chars().count().max(typed.chars().count()) / 3, candidate)
        })
        // What was typed rightly is wrong for another reason.
        .filter(|&(keystrokes, most, candidate)| keystrokes <= most && candidate != name)
        .min_by_key(|&(keystrokes, ..)| keystrokes)
        .map(|(.., candidate)| candidate)
}

/// `setosa, versicolor and virginica`; of a long list only the beginning.
pub(crate) fn list(names: &[impl AsRef<str>]) -> String {
    const MOST: usize = 10;
    let shown: Vec<&str> = names.iter().take(MOST).map(AsRef::as_ref).collect();
    match shown.as_slice() {
        [init @ .., last] if names.len() <= MOST && !init.is_empty() => format!("{} and {last}", init.join(", ")),
        _ if MOST < names.len() => format!("{} and {} more", shown.join(", "), names.len() - MOST),
        _ => shown.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_understood() {
        let known = ["hidden_layers", "epochs", "seed"];
        assert_eq!(nearest("hiden_layers", known.into_iter()), Some("hidden_layers"));
        assert_eq!(nearest("hidden-layers", known.into_iter()), Some("hidden_layers"));
        assert_eq!(nearest("epoch", known.into_iter()), Some("epochs"));
        assert_eq!(nearest("gamma", known.into_iter()), None);
    }

    #[test]
    fn a_long_list_is_cut() {
        assert_eq!(list(&["a"]), "a");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
        let many: Vec<String> = (0..12).map(|i| i.to_string()).collect();
        assert_eq!(list(&many), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more");
    }
}
