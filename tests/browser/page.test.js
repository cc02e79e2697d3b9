// The whole page: the app on its canvas, driven by pointer and keys. What its workers say is listened to.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fewDigits, launch, serve } from "./harness.js";
import { recipe, toToml } from "./recipe.js";

/** Where pictures of the page are left to be looked at. */
const PICTURES = process.env.NIN_PICTURES;

/** The desktop's program. */
const PROGRAM = process.env.NIN_PROGRAM;

let site, browser;

before(async () => {
  site = await serve(await fewDigits("few", 600, 200));
  browser = await launch({ webgpu: false });
  if (PICTURES) mkdirSync(PICTURES, { recursive: true });
});

after(async () => {
  await browser.close();
  site.close();
});

/** Keeps every worker and every reply where a test finds them. */
function listen() {
  window.replies = [];
  window.workers = [];
  const Original = Worker;
  window.Worker = class extends Original {
    constructor(...rest) {
      super(...rest);
      window.workers.push(this);
      this.addEventListener("message", ({ data: [json] }) => {
        const reply = JSON.parse(json);
        if (reply.event === "snapshot") reply.model = undefined;
        window.replies.push(reply);
      });
    }
  };
}

/** The page at `address` within the site, once its app is there. */
async function open({ address = "", viewport = { width: 1280, height: 800 }, touch = false } = {}) {
  const context = await browser.newContext({ viewport, hasTouch: touch });
  const page = await context.newPage();
  const faults = [];
  const requests = [];
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("request", (request) => requests.push(request.url()));
  await page.addInitScript(listen);
  await page.goto(site.address + address);
  await page.waitForFunction(() => document.getElementById("message").hidden, undefined, { timeout: 60000 });
  await heard(page, "ready", 2);
  return { page, faults, requests };
}

/** Waits for the `times`-th reply, event or answer of this kind and gives back all of them. */
async function heard(page, kind, times = 1) {
  const found = ([kind, times]) => {
    const of = window.replies.filter((r) => r.event === kind || r.seen === kind || r.reply === kind);
    return of.length >= times && of;
  };
  const options = { timeout: 120000, polling: 50 };
  return (await page.waitForFunction(found, [kind, times], options)).jsonValue();
}

/** In the page: a file that is kept, as numbers. */
function kept(key) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("nin");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const asked = opening.result.transaction("files").objectStore("files").get(key);
      asked.onsuccess = () => resolve(asked.result && [...asked.result]);
      asked.onerror = () => reject(asked.error);
    };
  });
}

/** Waits until a file is kept. (`waitForFunction` would take the promise of one for the file itself.) */
async function keptSoon(page, key) {
  for (let tries = 0; tries < 600; tries += 1) {
    if (await page.evaluate(kept, key)) return;
    await page.waitForTimeout(100);
  }
  assert.fail(`${key} was not kept`);
}

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

async function picture(page, name) {
  if (PICTURES) await page.screenshot({ path: `${PICTURES}/${name}.png` });
}

/** A link that starts with the small recipe on a few digits. */
function link(epochs) {
  const text = toToml(recipe({ data: "../few/", epochs }));
  return `#${new URLSearchParams({ recipe: text, engine: "cpu" })}`;
}

/** Draws lines through these places, given in shares of the canvas's square. */
async function draw(page, square, lines) {
  const place = ([x, y]) => [square.x + x * square.side, square.y + y * square.side];
  for (const [first, ...others] of lines) {
    await page.mouse.move(...place(first));
    await page.mouse.down();
    for (const other of others) await page.mouse.move(...place(other), { steps: 12 });
    await page.mouse.up();
  }
}

const SEVEN = [[[0.28, 0.25], [0.72, 0.25], [0.45, 0.8]]];

test("a drawn digit is recognised without training, and nothing leaves the origin", async () => {
  const { page, faults, requests } = await open();
  await page.keyboard.press("5");
  await page.waitForTimeout(1000);
  await picture(page, "draw-empty");
  await draw(page, { x: 8, y: 121, side: 459 }, SEVEN);
  await heard(page, "prediction");
  await page.waitForTimeout(1000);
  const answers = await heard(page, "prediction");
  await picture(page, "draw");
  assert.equal(answers.at(-1).digit, 7);
  assert.deepEqual(requests.filter((url) => !url.startsWith(new URL(site.address).origin)), []);
  assert.deepEqual(faults, []);
});

test("trains what the link says, through all stages, and a reload goes on", async () => {
  const { page, faults } = await open({ address: link(20) });
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
  const { page } = await open({ address: link(8) });
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

test("is of use on a phone", async () => {
  const { page, faults } = await open({ viewport: { width: 390, height: 844 }, touch: true });
  await page.waitForTimeout(1000);
  await picture(page, "phone");
  await page.keyboard.press("5");
  await page.waitForTimeout(500);
  await draw(page, { x: 8, y: 270, side: 205 }, SEVEN);
  await heard(page, "prediction");
  await page.waitForTimeout(500);
  await picture(page, "phone-draw");
  assert.equal(await page.evaluate(() => document.scrollingElement.scrollTop), 0);
  assert.deepEqual(faults, []);
});

test("a checkpoint of the desktop goes on here, and one of this page on the desktop", async () => {
  const folder = mkdtempSync(join(tmpdir(), "nin-"));
  const [text, out] = [join(folder, "small.toml"), join(folder, "run")];
  writeFileSync(text, toToml(recipe({ data: "embedded", epochs: 1 })));
  await firstStage(["--no-gui", "--json", "--recipe", text, "--engine", "cpu", "--out", out]);

  const { page, faults } = await open();
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
