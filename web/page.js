// Starts the app on the canvas, and says in plain words when that is not possible or when the app has broken.
import init, { Page } from "./pkg/nin_web.js";

const byId = (id) => document.getElementById(id);

/** The app is not there: why, and what to do. */
function tell(sentence) {
  byId("sentence").textContent = sentence;
  byId("message").hidden = false;
  byId("screen").hidden = true;
}

/** The app has broken. */
function showReport(report) {
  byId("report").textContent = `${report}\n\n${navigator.userAgent}`;
  byId("fault").hidden = false;
}

byId("copy").addEventListener("click", async () => {
  const report = byId("report");
  try {
    await navigator.clipboard.writeText(report.textContent);
    byId("copy").textContent = "Copied";
  } catch {
    // The user refuses, or the page came neither encrypted nor from this machine and so has no clipboard.
    getSelection().selectAllChildren(report);
    byId("copy").textContent = "Selected: press Ctrl+C";
  }
});

async function start() {
  if (typeof WebAssembly !== "object") {
    return tell("This browser runs no WebAssembly: a current Chrome, Edge, Firefox or Safari shows this page.");
  }
  try {
    await init({ module_or_path: new URL("./pkg/nin_web_bg.wasm", import.meta.url) });
  } catch (error) {
    return tell(`The program could not be loaded (${error}): check the connection, or take a browser with WebAssembly SIMD.`);
  }
  const page = new Page();
  const watch = setInterval(() => {
    const report = page.report();
    if (report) {
      clearInterval(watch);
      showReport(report);
    }
  }, 500);
  try {
    await page.start(byId("screen"));
    byId("message").hidden = true;
  } catch (error) {
    tell(`The app could not start (${error}): it needs WebGL 2, which may be switched off in this browser.`);
  }
}

start();
