//! Which instruction set this process uses, decided once.

use std::sync::OnceLock;

use fearless_simd::Level;

/// The instruction set of every kernel in this process.
///
/// The best the machine has, unless the environment variable `NN_SIMD` names a lower one: `plain` (the target's
/// baseline), `avx2`, `avx512`, `neon`. A name that is unknown or not available here changes nothing.
pub fn level() -> Level {
    static LEVEL: OnceLock<Level> = OnceLock::new();
    *LEVEL.get_or_init(|| choose(std::env::var("NN_SIMD").ok().as_deref()))
}

/// The name of [`level`], as `NN_SIMD` spells it.
pub fn level_name() -> &'static str {
    name(level())
}

/// Whether one register holds a whole vector of ours.
pub(super) fn is_wide(level: Level) -> bool {
    name(level) == "avx512"
}

fn name(level: Level) -> &'static str {
    match level {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512(_) => "avx512",
        #[cfg(target_arch = "x86_64")]
        Level::Avx2(_) => "avx2",
        #[cfg(target_arch = "aarch64")]
        Level::Neon(_) => "neon",
        _ => "plain",
    }
}

fn choose(wanted: Option<&str>) -> Level {
    let best = Level::new();
    #[cfg(target_arch = "x86_64")]
    {
        match (wanted, best) {
            (Some("plain"), _) => Level::baseline(),
            (Some("avx2"), _) => best.as_avx2().map_or(best, Level::Avx2),
            // SSE4.2 alone is not worth a fourth copy of every kernel.
            (_, Level::Sse4_2(_)) => Level::baseline(),
            _ => best,
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        // NEON is the baseline of aarch64: "plain" is the same path there.
        let _ = wanted;
        best
    }
}

/// Runs `$op` with `$simd` bound to the token of `$level`, its instructions enabled.
///
/// As `fearless_simd::dispatch!`, without the SSE4.2 copy that [`choose`] never hands out: a quarter less code to
/// compile.
#[cfg(target_arch = "x86_64")]
macro_rules! dispatch_at {
    ($level:expr, $simd:ident => $op:expr) => {
        match $level {
            fearless_simd::Level::Avx512($simd) => fearless_simd::Simd::vectorize(
                $simd,
                #[inline(always)]
                || $op,
            ),
            fearless_simd::Level::Avx2($simd) => fearless_simd::Simd::vectorize(
                $simd,
                #[inline(always)]
                || $op,
            ),
            fearless_simd::Level::Sse2($simd) => fearless_simd::Simd::vectorize(
                $simd,
                #[inline(always)]
                || $op,
            ),
            _ => unreachable!("level() hands out no other"),
        }
    };
}

#[cfg(not(target_arch = "x86_64"))]
macro_rules! dispatch_at {
    ($level:expr, $simd:ident => $op:expr) => {
        fearless_simd::dispatch!($level, $simd => $op)
    };
}
