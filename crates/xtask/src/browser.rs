//! The tests of the page in a real browser: `tests/browser/*.test.js`, run by Node.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::test::Total;
use crate::{setup, web};

/// Where Linux keeps the browser.
const BROWSERS: [&str; 3] = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/// Builds the page and tests it; what cannot be tested here counts as skipped. Whether no test failed.
pub fn test(total: &mut Total, skip_install: bool) -> Result<bool> {
    let folder = crate::root().join("tests/browser");
    let browser = match prepare(&folder, skip_install) {
        Ok(browser) => browser,
        Err(missing) => {
            let left_out = count_tests(&folder)?;
            println!("» {missing}: {left_out} tests are skipped");
            total.skipped += left_out;
            return Ok(true);
        }
    };
    web::build()?;
    let site = tempfile::tempdir()?;
    web::copy_to(site.path())?;
    let mut node = Command::new("node");
    node.args(["--test", "--test-concurrency=1", "--test-timeout=600000", "--test-reporter=tap"])
        .current_dir(folder);
    node.env("NIN_SITE", site.path()).env("NIN_CHROMIUM", browser);
    total.count(node.env("NIN_PROGRAM", web::target_folder().join("release/nin")))
}

/// The browser, with everything else in place; or what is missing and where to get it.
pub fn prepare(folder: &Path, skip_install: bool) -> Result<PathBuf, &'static str> {
    let find = || BROWSERS.iter().map(PathBuf::from).find(|path| path.exists());
    let browser = find().or_else(|| {
        setup::install("a browser", &["chromium"], skip_install);
        find()
    });
    let browser = browser.ok_or("no Chromium (Debian: apt install chromium)")?;
    if !setup::runs(Command::new("node").arg("--version")) {
        return Err("no Node.js (nodejs.org)");
    }
    let driver = folder.join("node_modules/playwright-core");
    if driver.exists() {
        return Ok(browser);
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(folder);
    match !skip_install && setup::runs(&mut npm) {
        true => Ok(browser),
        false => Err("the browser's driver is missing (`npm ci` in tests/browser)"),
    }
}

fn count_tests(folder: &Path) -> Result<u64> {
    let mut count = 0;
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".test.js") {
            count +=
                fs::read_to_string(&path)?.lines().filter(|line| line.starts_with("test(")).count() as u64;
        }
    }
    Ok(count)
}
