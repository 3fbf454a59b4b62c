//! The machine, in terms that anyone may read.

use anyhow::{Context, Result};
use xshell::{Shell, cmd};

/// The name that the processor gives itself.
pub(crate) fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name =
        text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':').map(|(_, name)| name.trim()));
    name.map_or_else(|| format!("a processor of the kind {}", std::env::consts::ARCH), str::to_owned)
}

/// How many cores a program may use.
pub(crate) fn cores() -> Result<usize> {
    Ok(std::thread::available_parallelism()?.get())
}

/// The version of the compiler: `1.95.0`.
pub(crate) fn rust(shell: &Shell) -> Result<String> {
    let version = cmd!(shell, "rustc --version").quiet().read()?;
    Ok(version.split_whitespace().nth(1).context("rustc tells no version")?.to_owned())
}
