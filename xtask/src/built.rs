//! Which programs a build of cargo has made, from its messages.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::Value;

/// The programs of this kind among the messages of `cargo build`.
pub(crate) fn built(messages: &str, kind: &str) -> Result<Vec<PathBuf>> {
    let mut programs = Vec::new();
    for line in messages.lines() {
        let message: Value =
            serde_json::from_str(line).with_context(|| format!("a message of cargo is no JSON: {line}"))?;
        if message["reason"] == "compiler-artifact" && message["target"]["kind"][0] == kind {
            programs.extend(message["executable"].as_str().map(PathBuf::from));
        }
    }
    programs.sort();
    Ok(programs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_among_the_messages_of_cargo() {
        let messages = r#"{"reason":"compiler-artifact","target":{"kind":["lib"],"name":"nn_som"},"executable":null}
{"reason":"compiler-artifact","target":{"kind":["bench"],"name":"nn-som"},"executable":"t/som"}
{"reason":"compiler-artifact","target":{"kind":["bin"],"name":"nn-bench"},"executable":"t/nn-bench"}"#;
        assert_eq!(built(messages, "bench").unwrap(), [PathBuf::from("t/som")]);
        assert_eq!(built(messages, "bin").unwrap(), [PathBuf::from("t/nn-bench")]);
    }
}
