use nn_kernels::{level, level_name};
use std::env;
use std::process::Command;

/// What the process of a level is told, besides the name of its level.
const IS_CHILD: &str = "NN_KERNELS_TESTED_AT";

#[test]
fn every_level_passes_all_tests() {
    if env::var_os(IS_CHILD).is_some() {
        return;
    }
    for name in ["plain", "avx2"] {
        let tests = env::current_exe().unwrap();
        let run = Command::new(tests).env("NN_SIMD", name).env(IS_CHILD, name).output().unwrap();
        let told = String::from_utf8_lossy(&run.stdout);
        assert!(run.status.success() && !told.contains(" 0 passed"), "at the level {name}:\n{told}");
    }
}

#[test]
fn a_name_forces_a_level_and_an_unknown_one_is_ignored() {
    let best = fearless_simd::Level::new();
    match env::var("NN_SIMD").as_deref() {
        #[cfg(target_arch = "x86_64")]
        Ok("plain") => assert_eq!(level_name(), "plain"),
        #[cfg(target_arch = "x86_64")]
        Ok("avx2") if best.as_avx2().is_some() => assert_eq!(level_name(), "avx2"),
        Ok(_) | Err(_) => assert_eq!(format!("{:?}", level()), format!("{best:?}")),
    }
}
