//! The window as its users meet it: the real program on a screen of its own, driven by pointer and keyboard.
//!
//! Pictures of what was seen lie in `NIN_SCREENSHOTS`, or else below cargo's target folder.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[cfg(target_os = "linux")]
mod layout;
#[cfg(target_os = "linux")]
mod pictures;
#[cfg(target_os = "linux")]
mod program;
#[cfg(target_os = "linux")]
mod scenarios;
#[cfg(target_os = "linux")]
mod screen;

use libtest_mimic::{Arguments, Trial};

fn main() {
    let arguments = Arguments::from_args();
    libtest_mimic::run(&arguments, trials()).exit();
}

/// They share two cores with each other: one after the other they are no slower.
#[cfg(target_os = "linux")]
fn trials() -> Vec<Trial> {
    let without_screen = !screen::Screen::exists();
    let without_adapter = pollster::block_on(nin_gpu::GpuEngine::adapters()).is_empty();
    let trial = |name: &str, ignored: bool, test: fn()| {
        let test = move || {
            test();
            Ok(())
        };
        Trial::test(name, test).with_ignored_flag(without_screen || ignored)
    };
    vec![
        trial("cpu::trains_grows_and_reads_a_drawing", false, || scenarios::train_and_draw("cpu")),
        trial("gpu::trains_grows_and_reads_a_drawing", without_adapter, || scenarios::train_and_draw("gpu")),
        trial("closing_while_training_saves", false, scenarios::close_while_training),
        trial("pictures_for_the_readme", std::env::var_os("NIN_SCREENSHOTS").is_none(), pictures::take),
    ]
}

#[cfg(not(target_os = "linux"))]
fn trials() -> Vec<Trial> {
    vec![Trial::test("window", || Ok(())).with_ignored_flag(true)]
}
