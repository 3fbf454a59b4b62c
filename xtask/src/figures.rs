//! `cargo xtask figures`: the pictures of the documentation, drawn from the code they show.
//!
//! The activation functions are drawn by the example `figures`, since it needs nn-core, on which this program must not
//! depend; its test says whether they are still what it draws. All others are pieces of reports: the command `nn` writes the
//! page, everything but the sections that are wanted is cut away, and a browser takes the picture.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use xshell::{Shell, cmd};

use crate::docs;

/// The activation functions and their derivatives.
const ACTIVATIONS: &str = "docs/images/activations.svg";
/// How wide a report is drawn, in pixels.
const WIDTH: &str = "816";
/// Names of the browser that can be told from a shell to draw a page.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// A piece of a report.
struct Piece {
    /// Its name among the images, without an ending.
    file: &'static str,
    /// What `nn train` is told.
    train: &'static str,
    /// The titles of its sections; all of the page where there are none.
    sections: &'static [&'static str],
}

const fn piece(file: &'static str, train: &'static str, sections: &'static [&'static str]) -> Piece {
    Piece { file, train, sections }
}

const PIECES: [Piece; 12] = [
    piece("report", "mlp --data digits --set hidden_layers=24 --set epochs=60", &[]),
    piece("perceptron-report", "perceptron --data and.csv", &["Decision surface"]),
    piece("mlp-report", "mlp --data circle-in-square:samples=300", &["Decision surface"]),
    piece("rbf-report", "rbf --data wave.csv", &["Answers", "Leave-one-out error over ridge"]),
    piece("som-animals", "som --data animals", &["U-matrix"]),
    piece("art-report", "artmap --data circle-in-square:samples=300", &["Categories"]),
    piece("cascor-report", "cascor --data two-spirals --holdout 0", &["The answer as units came"]),
    piece("elman-report", "elman --data sunspots", &["Forecast against truth", "States by their principal components"]),
    piece("boltzmann-report", "boltzmann --data encoder", &["Energy while settling"]),
    piece(
        "rbm-report",
        "rbm --data bars-and-stripes --set epochs=2000 --set watch_likelihood=true",
        &["Samples of the machine", "Likelihood by epoch"],
    ),
    piece(
        "dbn-report",
        "dbn --data digits --set hidden_layers=32-32 --set rbm.epochs=5 --set epochs=10",
        &["Filters of layer 1", "Filters of layer 2, through those below"],
    ),
    piece("cnn-report", "cnn --data digits", &["Filters of layer c1", "Maps of layer c1"]),
];

/// The table of AND, which is no bundled set.
const AND: &str = "x1,x2,and\n0,0,0\n0,1,0\n1,0,0\n1,1,1\n";

/// Draws every picture and writes it where it belongs.
pub(crate) fn run(shell: &Shell) -> Result<()> {
    let picture = cmd!(shell, "cargo run --quiet --package xtask --example figures").quiet().read()?;
    shell.write_file(ACTIVATIONS, picture + "\n")?;
    eprintln!("written: {ACTIVATIONS}");

    let browser = browser()?;
    cmd!(shell, "cargo build --quiet --workspace --examples --bin nn").quiet().run()?;
    let target = docs::target_directory(shell)?;
    let nn = target.join(format!("debug/nn{}", std::env::consts::EXE_SUFFIX));
    let folder = target.join("figures");
    shell.create_dir(&folder)?;
    shell.write_file(folder.join("and.csv"), AND)?;
    shell.write_file(folder.join("wave.csv"), wave())?;
    for piece in &PIECES {
        let image = shell.current_dir().join(format!("docs/images/{}.png", piece.file));
        draw(&nn, &browser, &folder, piece, &image).with_context(|| format!("the picture {}", piece.file))?;
        eprintln!("written: {}", image.display());
    }
    Ok(())
}

/// A sine from 0 to 7 that was not seen between 3 and 4.
fn wave() -> String {
    let seen = (0..=70).filter(|i| *i <= 30 || 40 <= *i).map(|i| f64::from(i) / 10.0);
    let lines = seen.map(|x| format!("{x:.1},{:.3}\n", x.sin()));
    ["x,y\n".to_owned()].into_iter().chain(lines).collect()
}

fn browser() -> Result<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders).flat_map(|folder| BROWSERS.map(|name| folder.join(name)));
    found.into_iter().find(|path| path.is_file()).with_context(|| {
        format!("pictures of reports are taken by a browser, and none of {} is there", BROWSERS.join(", "))
    })
}

fn draw(nn: &Path, browser: &Path, folder: &Path, piece: &Piece, image: &Path) -> Result<()> {
    let shell = Shell::new()?;
    shell.change_dir(folder);
    let words = piece.train.split(' ');
    let page = folder.join(format!("{}.html", piece.file));
    cmd!(shell, "{nn} train {words...} --seed 1 --quiet --force --report {page}")
        .env("NN_SIMD", "plain")
        .quiet()
        .ignore_stdout()
        .ignore_stderr()
        .run()?;
    fs::write(&page, cut(&fs::read_to_string(&page)?, piece.sections)?)?;

    // How high the page is only the browser knows: it is asked once for that, and once for the picture.
    let plain = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"];
    let told = cmd!(shell, "{browser} {plain...} --window-size={WIDTH},600 --dump-dom {page}")
        .quiet()
        .ignore_stderr()
        .read()?;
    let height = told
        .split_once("<title>")
        .and_then(|(_, rest)| rest.split_once("</title>"))
        .map(|(title, _)| title)
        .filter(|title| title.parse::<u32>().is_ok())
        .context("the browser does not say how high the page is")?;
    cmd!(shell, "{browser} {plain...} --window-size={WIDTH},{height} --screenshot={image} {page}")
        .quiet()
        .ignore_stdout()
        .ignore_stderr()
        .run()?;
    Ok(())
}

/// The page with nothing but these sections, all of it where there are none; it says in its title how high it is.
fn cut(page: &str, sections: &[&str]) -> Result<String> {
    const MEASURE: &str =
        "<script>addEventListener('load', () => document.title = document.querySelector('main').scrollHeight)</script>";
    let mut kept = page.to_owned();
    if !sections.is_empty() {
        let (head, body) = page.split_once("<main>").context("a report has no <main>")?;
        kept = format!("{head}<main>");
        for title in sections {
            let start = body.find(&format!("<section>\n<h2>{title}</h2>"));
            let start = start.with_context(|| format!("the report has no section `{title}`"))?;
            let end = body[start..].find("</section>").context("a section has no end")?;
            kept += &body[start..start + end];
            kept += "</section>";
        }
        kept += "</main></body></html>";
    }
    if kept.matches("</body>").count() != 1 {
        bail!("a report has no single </body>");
    }
    Ok(kept.replacen("</body>", &format!("{MEASURE}</body>"), 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_cut_to_the_sections_that_are_wanted() {
        let page = "<head></head><body><main><h1>x</h1><section>\n<h2>A</h2>a</section><section>\n<h2>B</h2>b</section></main></body>";
        let kept = cut(page, &["B"]).unwrap();
        assert!(
            kept.contains("<h2>B</h2>b</section>") && !kept.contains("<h2>A</h2>") && !kept.contains("<h1>"),
            "{kept}"
        );
        assert!(cut(page, &[]).unwrap().contains("<h1>x</h1>"));
        assert!(cut(page, &["C"]).unwrap_err().to_string().contains("no section `C`"));
    }
}
