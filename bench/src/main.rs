//! The program `nn-bench`, which `cargo xtask bench` calls: it prepares the data and measures the machine.

mod machine;
mod prepare;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

const HELP: &str = "\
usage: nn-bench prepare --data DIR [--digits FILE] [--mnist DIR] [--letters DIR]
       nn-bench machine [--threads 1,2]
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match words.first().map(String::as_str) {
        Some("prepare") => prepare(&words[1..]),
        Some("machine") => machine(&words[1..]),
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn prepare(words: &[String]) -> Result<()> {
    let (mut data, mut digits, mut mnist, mut letters) = (None, None, None, None);
    for (name, value) in pairs(words)? {
        let place = match name {
            "--data" => &mut data,
            "--digits" => &mut digits,
            "--mnist" => &mut mnist,
            "--letters" => &mut letters,
            _ => bail!("unknown argument `{name}`\n{HELP}"),
        };
        *place = Some(PathBuf::from(value));
    }
    let data = data.context("--data DIR is missing")?;
    std::fs::create_dir_all(&data).with_context(|| format!("cannot make the folder {}", data.display()))?;
    prepare::planted(&data)?;
    prepare::circle(&data)?;
    if let Some(folder) = letters {
        prepare::letters(&folder, &data)?;
    }
    if let Some(file) = digits {
        prepare::digits(&file, &data)?;
    }
    if let Some(folder) = mnist {
        prepare::mnist(&folder, &data)?;
    }
    Ok(())
}

fn machine(words: &[String]) -> Result<()> {
    let mut threads = vec![1];
    for (name, value) in pairs(words)? {
        match name {
            "--threads" => threads = value.split(',').map(str::parse).collect::<Result<_, _>>()?,
            _ => bail!("unknown argument `{name}`\n{HELP}"),
        }
    }
    println!("{}", machine::line(&threads));
    Ok(())
}

/// Words in pairs of a name and its value.
fn pairs(words: &[String]) -> Result<Vec<(&str, &str)>> {
    let (pairs, rest) = words.as_chunks();
    if let [name] = rest {
        bail!("{name} needs a value");
    }
    Ok(pairs.iter().map(|[name, value]| (name.as_str(), value.as_str())).collect())
}
