// The whole page: what a visitor does with it.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { SEVEN, canvas, draw, drawByTouch, heard, kept, keptSoon, link, open, picture } from "./page.js";
import { recipe, toToml } from "./recipe.js";
import { browser, site } from "./stage.js";

/** The desktop's program. */
const PROGRAM = process.env.NIN_PROGRAM;

/** Has the desktop's program train, and interrupts it once the first stage is over. */
async function firstStage(flags) {
  const nin = spawn(PROGRAM, flags);
  let told = "";
  nin.stdout.on("data", (text) => {
    told += text;
    if (told.includes('"event":"stage_finished"')) nin.kill("SIGINT");
  });
  await once(nin, "exit");
}

test("a drawn digit is recognised without training, and nothing leaves the origin", async () => {
  const { page, faults, requests } = await open(browser, site);
  await page.keyboard.press("5");
  await page.waitForTimeout(1000);
  await picture(page, "draw-empty");
  await draw(page, await canvas(page), SEVEN);
  await heard(page, "prediction");
  await page.waitForTimeout(1000);
  const answers = await heard(page, "prediction");
  await picture(page, "draw");
  assert.equal(answers.at(-1).digit, 7);
  assert.deepEqual(requests.filter((url) => !url.startsWith(new URL(site.address).origin)), []);
  assert.deepEqual(faults, []);
});

test("trains what the link says, through all stages, and a reload goes on", async () => {
  const { page, faults } = await open(browser, site, { address: link(20) });
  await page.keyboard.press("Space");
  await heard(page, "epoch", 22);
  await picture(page, "training");
  await page.reload();
  const [started] = await heard(page, "run_started");
  assert.ok(started.resumed.stage >= 1, "resumed");
  const [finished] = await heard(page, "finished");
  assert.ok(finished.test_accuracy > 55, `${finished.test_accuracy} %`);
  assert.deepEqual(finished.stages.map((stage) => stage.stage), ["v0", "v1", "v2"]);
  await page.waitForTimeout(1500);
  await picture(page, "finished");
  assert.deepEqual(faults, []);
});

test("a worker that breaks off is replaced, and its run goes on", async () => {
  const { page } = await open(browser, site, { address: link(8) });
  await page.keyboard.press("Space");
  await heard(page, "epoch", 10);
  for (const worker of page.workers()) {
    if ((await worker.evaluate(() => self.name)) === "trainer") {
      await worker.evaluate(() => setTimeout(() => { throw new Error("killed by a test"); }));
    }
  }
  await heard(page, "run_started", 2);
  await heard(page, "finished");
  assert.equal(await page.evaluate(() => window.workers.length), 3);
});

test("a worker that the browser ends without a word is replaced, and its run goes on", async () => {
  const { page, faults } = await open(browser, site, { address: link(40) });
  await page.keyboard.press("Space");
  await heard(page, "epoch", 5);
  // No event tells of this, as none does when a browser is short of memory.
  await page.evaluate(() => window.workers[0].terminate());
  const [, again] = await heard(page, "run_started", 2);
  assert.ok(again.resumed, "from its last checkpoint");
  await heard(page, "epoch", 10);
  await picture(page, "ended-worker");
  assert.equal(await page.evaluate(() => window.workers.length), 3);
  assert.deepEqual(faults, []);
});

test("a panic is told, and its report can be copied", async () => {
  const { page } = await open(browser, site);
  assert.ok(await page.locator("#fault").isHidden());
  // eframe takes a browser without a clock for impossible.
  await page.evaluate(() => Object.defineProperty(window, "performance", { get: () => null }));
  await page.mouse.move(300, 300);
  await page.locator("#fault").waitFor({ timeout: 30000 });
  await picture(page, "panic");
  const report = await page.textContent("#report");
  assert.match(report, /panicked at|[Pp]erformance/);
  assert.match(report, /Chrome/, "and says in which browser");

  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.click("#copy");
  await page.getByRole("button", { name: "Copied" }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), report);
  await page.evaluate(() => (navigator.clipboard.writeText = () => Promise.reject(new Error("refused"))));
  await page.click("#copy");
  await page.getByRole("button", { name: /Selected/ }).waitFor();
  assert.equal(await page.evaluate(() => String(getSelection()).trim()), report.trim());
});

/** What a screen reader's elements of these roles are called, and where they are. */
function places(page, roles) {
  return page.evaluate((roles) => {
    const elements = roles.flatMap((role) => [...document.querySelectorAll(`.reader [role=${role}]`)]);
    return elements.map((element) => {
      const { left, right, top, height } = element.getBoundingClientRect();
      return { name: element.ariaLabel, left, right, top, height };
    });
  }, roles);
}

test("is of use on a phone", async () => {
  const viewport = { width: 390, height: 844 };
  const { page, faults } = await open(browser, site, { viewport, touch: true });
  await page.waitForTimeout(1000);
  await picture(page, "phone");
  const pressed = await places(page, ["button", "combobox"]);
  // The confusion matrix has ten cells in a row.
  const low = pressed.filter(({ name, height }) => height < 40 && !/ taken for /.test(name));
  assert.deepEqual(low, [], "as high as a finger is wide");
  const bar = pressed.filter(({ top }) => top < 300);
  assert.ok(bar.length >= 16, "run bar and tabs");
  assert.deepEqual(bar.filter(({ left, right }) => left < 0 || right > viewport.width), [], "in sight");
  await page.keyboard.press("5");
  await page.waitForTimeout(500);
  await drawByTouch(page, await canvas(page), SEVEN);
  await heard(page, "prediction");
  await page.waitForTimeout(500);
  await picture(page, "phone-draw");
  assert.equal((await heard(page, "prediction")).at(-1).digit, 7);
  assert.equal(await page.evaluate(() => document.scrollingElement.scrollTop), 0);
  assert.deepEqual(faults, []);
});

test("a checkpoint of the desktop goes on here, and one of this page on the desktop", async () => {
  const folder = mkdtempSync(join(tmpdir(), "nin-"));
  const [text, out] = [join(folder, "small.toml"), join(folder, "run")];
  writeFileSync(text, toToml(recipe({ data: "embedded", epochs: 1 })));
  await firstStage(["--no-gui", "--json", "--recipe", text, "--engine", "cpu", "--out", out]);

  const { page, faults } = await open(browser, site);
  const bytes = [...readFileSync(join(out, "last.safetensors"))];
  await page.evaluate((bytes) => {
    const dropped = new DataTransfer();
    dropped.items.add(new File([new Uint8Array(bytes)], "last.safetensors"));
    document.getElementById("screen").dispatchEvent(new DragEvent("drop", { dataTransfer: dropped }));
  }, bytes);
  await keptSoon(page, "small-1/last.safetensors");
  await picture(page, "dropped");
  // As after a reload in the middle of the run.
  await page.evaluate(() => sessionStorage.setItem("nin-run", "small-1"));
  await page.reload();
  const [finished] = await heard(page, "finished");
  const log = readFileSync(join(out, "metrics.jsonl"), "utf8").trim().split("\n").map((line) => JSON.parse(line));
  const v0 = log.find((event) => event.event === "stage_finished");
  assert.equal(finished.stages.length, 3);
  assert.equal(finished.stages[0].test_loss, v0.test_loss);

  const back = join(folder, "back.safetensors");
  writeFileSync(back, Buffer.from(await page.evaluate(kept, "small-1/last.safetensors")));
  const resumed = spawnSync(PROGRAM, ["--no-gui", "--resume", back, "--engine", "cpu"], { encoding: "utf8" });
  assert.equal(resumed.status, 0, resumed.stderr);
  assert.ok(resumed.stdout.includes(finished.test_accuracy.toFixed(2)), resumed.stdout);
  assert.deepEqual(faults, []);
  rmSync(folder, { recursive: true });
});

test("says in plain words what is missing where JavaScript or wasm is", async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(site.address);
  assert.match(await page.textContent("noscript"), /switch JavaScript on/);
  const other = await (await browser.newContext()).newPage();
  await other.addInitScript(() => delete window.WebAssembly);
  await other.goto(site.address);
  await other.waitForFunction(() => /no WebAssembly/.test(document.getElementById("sentence").textContent));
});
