use nn_kernels::level_name;
use std::env;
use std::process::Command;

/// What the process of a level is told, besides the name of its level.
const IS_CHILD: &str = "NN_KERNELS_TESTED_AT";

/// The output of these tests in a process of their own that is told to use the level `name`.
fn run_at(name: &str, filter: &[&str]) -> String {
    let tests = env::current_exe().unwrap();
    let run = Command::new(tests).args(filter).env("NN_SIMD", name).env(IS_CHILD, name).output().unwrap();
    let [told, error] = [&run.stdout, &run.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    assert!(run.status.success(), "NN_SIMD={name}: {}\n{told}\n{error}", run.status);
    told
}

/// Whoever asks for some tests alone has them at this process's own level.
#[test]
fn every_level_passes_all_tests() {
    if env::var_os(IS_CHILD).is_some() {
        return;
    }
    for name in ["plain", "avx2"] {
        if name != level_name() {
            let told = run_at(name, &[]);
            assert!(!told.contains(" 0 passed"), "NN_SIMD={name}:\n{told}");
        }
    }
}

#[test]
fn a_name_forces_a_level_and_an_unknown_one_is_ignored() {
    let wanted = env::var("NN_SIMD").unwrap_or_default();
    if env::var_os(IS_CHILD).is_none() {
        run_at("sse9", &["levels::"]);
    }
    #[cfg(target_arch = "x86_64")]
    {
        let best = fearless_simd::Level::new();
        let expected = match wanted.as_str() {
            "plain" => "plain",
            "avx2" if best.as_avx2().is_some() => "avx2",
            _ if best.as_avx512().is_some() => "avx512",
            _ if best.as_avx2().is_some() => "avx2",
            _ => "plain",
        };
        assert_eq!(level_name(), expected, "{wanted:?}");
    }
    #[cfg(target_arch = "aarch64")]
    assert_eq!(level_name(), "neon", "{wanted:?}");
}
