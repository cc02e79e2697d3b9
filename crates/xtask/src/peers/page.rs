//! TensorFlow.js and nin's page in one browser: `tests/peers/tensorflow-js/measure.js`.

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use serde_json::Value;

use super::Setting;
use super::contender::Reading;
use super::results::{Section, Who};
use crate::{browser, setup, web};

/// Seconds of training that nin is measured over in a turn.
const NIN_SECONDS: u32 = 4;

const CONTENDERS: [Who; 4] = [
    Who {
        id: "nin-wasm",
        name: "nin, CPU engine in wasm",
        allowed: "the page's own worker, one thread, simd128, on the digits that come with nin",
    },
    Who {
        id: "nin-webgpu",
        name: "nin, WebGPU",
        allowed: "the page's own worker, on the digits that come with nin",
    },
    Who { id: "tensorflow-cpu", name: "TensorFlow.js, plain CPU", allowed: "back end cpu" },
    Who {
        id: "tensorflow-webgpu",
        name: "TensorFlow.js, WebGPU",
        allowed: "back end webgpu, convolution and bias as one kernel",
    },
];
/// TensorFlow.js has a back end in wasm, too, but that one cannot train this network.
const WASM: Who = Who { id: "tensorflow-wasm", name: "TensorFlow.js, wasm", allowed: "" };
const WHY_NOT_WASM: &str =
    "its wasm back end 4.22 has no kernel for the gradient of a convolution's filter (Conv2DBackpropFilter)";

/// The browser, with page and packages in place.
pub fn prepare() -> Result<std::path::PathBuf> {
    let browser =
        browser::prepare(&crate::root().join("tests/browser"), false).map_err(|missing| anyhow!(missing))?;
    println!("» TensorFlow.js, into tests/peers/tensorflow-js/node_modules");
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]);
    if !setup::runs(npm.current_dir(super::folder_of("tensorflow-js"))) {
        bail!("`npm ci` in tests/peers/tensorflow-js does not succeed");
    }
    web::build()?;
    Ok(browser)
}

/// Has them take turns, and takes what they tell into `section`.
pub fn measure(
    section: &mut Section,
    browser: &std::path::Path,
    setting: &Setting,
    losses: &[f64],
) -> Result<()> {
    let site = tempfile::tempdir()?;
    web::copy_to(site.path())?;
    let mut node = Command::new("node");
    node.arg("measure.js").arg(super::case()).args([
        section.rounds.to_string(),
        setting.windows.to_string(),
        setting.window_seconds.to_string(),
        NIN_SECONDS.to_string(),
    ]);
    node.current_dir(super::folder_of("tensorflow-js")).stderr(Stdio::inherit());
    let output = node.env("NIN_SITE", site.path()).env("NIN_CHROMIUM", browser).output();
    let output = output.context("node does not start")?;
    ensure!(output.status.success(), "tests/peers/tensorflow-js/measure.js: {}", output.status);
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        take(section, line, losses)?;
    }
    section.measured.sort_by_key(|one| CONTENDERS.iter().position(|who| who.id == one.id));
    section.leave_out(WASM, WHY_NOT_WASM.to_owned());
    Ok(())
}

/// A turn, as a line tells it.
fn take(section: &mut Section, line: &str, losses: &[f64]) -> Result<()> {
    let told: Value = serde_json::from_str(line).with_context(|| format!("expected JSON, found `{line}`"))?;
    let who = CONTENDERS.into_iter().find(|who| told["contender"] == who.id);
    let who = who.with_context(|| format!("nobody is called {}", told["contender"]))?;
    if let Some(name) = told["browser"].as_str().filter(|name| !section.machine.contains(name)) {
        section.machine = format!("{}; headless {name}", section.machine);
    }
    if !section.is_left_out(who) {
        let turn = match told["error"].as_str() {
            Some(error) => Err(anyhow!("{error}")),
            None => Reading::parse(&told),
        };
        section.add(who, turn, losses);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_taken_in_and_failures_named() {
        let mut section = super::super::empty_section("browser", "title", "nin", 1);
        let turn = |contender: &str, rest: &str| {
            format!(
                r#"{{"contender":"{contender}","browser":"Chromium 1","version":"1","device":"d",{rest}}}"#
            )
        };
        let good = turn("tensorflow-cpu", r#""losses":[2.0],"step_seconds_measured":[3.0]"#);
        take(&mut section, &good, &[2.0]).unwrap();
        take(&mut section, &turn("tensorflow-webgpu", r#""error":"no adapter""#), &[2.0]).unwrap();
        assert_eq!(section.measured.len(), 1);
        assert_eq!(section.left_out[0].why, "no adapter");
        assert!(section.machine.ends_with("; headless Chromium 1"), "{}", section.machine);
        assert!(take(&mut section, r#"{"contender":"nobody"}"#, &[]).is_err());
    }
}
