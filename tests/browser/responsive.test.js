// How soon the page answers: what it does on its own thread while a worker trains, what a visitor waits for, what a hidden tab does.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fewDigits, launch, launchWithTabs, serve } from "./harness.js";
import { SEVEN, draw, heard, link, open } from "./page.js";

/** An input that takes longer is felt, in milliseconds. */
const FELT = 50;

let site;

before(async () => {
  site = await serve(await fewDigits("few", 600, 200));
});

after(() => site.close());

/** In the page, before anything else: notes how long the page's frames take, and when inputs come and are on the screen. */
function watch() {
  window.frames = [];
  window.inputs = [];
  window.tasks = [];
  const request = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (draw) =>
    request((time) => {
      const start = performance.now();
      draw(time);
      window.frames.push(performance.now() - start);
    });
  const onInput = (event) => {
    const input = { waited: performance.now() - event.timeStamp };
    window.inputs.push(input);
    // The message comes when every callback of the next frame is through.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => (input.shown = performance.now() - event.timeStamp);
    request(() => port2.postMessage(null));
  };
  for (const kind of ["keydown", "pointerdown", "pointermove"]) window.addEventListener(kind, onInput, true);
  new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((task) => task.duration))).observe({
    type: "longtask",
  });
}

/** Where the canvas of the screen "Draw" is, in this small window. */
const SMALL = { width: 900, height: 600 };
const SQUARE = { x: 8, y: 121, side: 430 };

const sorted = (numbers) => [...numbers].sort((a, b) => a - b);
const median = (numbers) => sorted(numbers)[Math.floor(numbers.length / 2)];
const worst = (numbers) => Math.max(0, ...numbers);
const pair = (numbers) => `${median(numbers).toFixed(1)} (worst ${worst(numbers).toFixed(0)})`;

/** Presses keys and draws for a while, and gives back what `watch` noted meanwhile. */
async function use(page) {
  await page.evaluate(() => ((window.frames = []), (window.inputs = []), (window.tasks = [])));
  for (let round = 0; round < 2; round += 1) {
    for (const screen of ["1", "3", "4", "5"]) {
      await page.keyboard.press(screen);
      await page.waitForTimeout(200);
    }
    await draw(page, SQUARE, SEVEN);
    await page.keyboard.press("Delete");
    await page.waitForTimeout(200);
  }
  await page.waitForTimeout(500);
  return page.evaluate(() => ({ frames: window.frames, inputs: window.inputs, tasks: window.tasks }));
}

/** What was noted, in words. Milliseconds. */
function told({ frames, inputs, tasks }) {
  const shown = inputs.filter((input) => input.shown !== undefined);
  return (
    `${inputs.length} inputs: on the screen after ${pair(shown.map((input) => input.shown))} ms, ` +
    `taken up after ${pair(inputs.map((input) => input.waited))} ms; ` +
    `${frames.length} frames of ${pair(frames)} ms on the page's thread; ` +
    `${tasks.length} tasks over 50 ms there (worst ${worst(tasks).toFixed(0)} ms)`
  );
}

for (const engine of ["cpu", "gpu"]) {
  test(`input is answered while the ${engine} engine trains`, async (context) => {
    const browser = await launch({ webgpu: engine === "gpu" });
    const { page, faults } = await open(browser, site, { address: link(400, engine), before: watch, viewport: SMALL });
    await page.keyboard.press("Space");
    await heard(page, "steps", 3);
    const training = await use(page);
    const steps = (await heard(page, "steps")).length;
    await page.keyboard.press("Escape");
    await heard(page, "stopped");
    context.diagnostic(`while the ${engine} engine trains: ${told(training)}`);
    context.diagnostic(`while nothing trains: ${told(await use(page))}`);
    assert.ok(steps > 3, "it trained meanwhile");
    // What training could do to the page is to keep its thread busy. When a frame is on the screen depends on who draws it.
    assert.ok(median(training.frames) < FELT, `a frame takes ${median(training.frames)} ms of the page's thread`);
    assert.deepEqual(faults, []);
    await browser.close();
  });
}

test("the page is there soon, and recognises a digit without training", async (context) => {
  const browser = await launch({ webgpu: false });
  const marks = () => {
    new MutationObserver(() => {
      if (document.getElementById("message")?.hidden) {
        requestAnimationFrame(() => requestAnimationFrame(() => (window.appShown ??= performance.now())));
      }
    }).observe(document, { subtree: true, childList: true, attributes: true });
  };
  const { page } = await open(browser, site, { before: marks, viewport: SMALL });
  await page.keyboard.press("5");
  await draw(page, SQUARE, SEVEN);
  await heard(page, "prediction");
  const recognised = await page.evaluate(() => performance.now());
  await page.waitForFunction(() => window.appShown);
  const [appShown, resources, paints] = await page.evaluate(() => [
    window.appShown,
    performance.getEntriesByType("resource").map(({ name, startTime, responseEnd }) => [name, startTime, responseEnd]),
    performance.getEntriesByType("paint").map(({ name, startTime }) => `${name} ${startTime.toFixed(0)} ms`),
  ]);
  const wasm = resources.find(([name]) => name.endsWith(".wasm"));
  context.diagnostic(
    `${paints.join(", ")}; the module was there after ${wasm[2].toFixed(0)} ms, the app on the screen after ` +
      `${appShown.toFixed(0)} ms, a digit, drawn without delay, recognised after ${recognised.toFixed(0)} ms`,
  );
  assert.deepEqual(await page.evaluate(() => window.replies.filter((reply) => reply.event)), [], "nothing was trained");
  await browser.close();
});

test("a hidden tab goes on training, and shows it when it is seen again", async (context) => {
  const browser = await launchWithTabs();
  const { page, faults } = await open(browser, site, { address: link(400), before: watch });
  const noted = () =>
    page.evaluate(() => ({
      visible: document.visibilityState,
      frames: window.frames.length,
      epochs: window.replies.filter((reply) => reply.event === "epoch").length,
      looks: window.replies.filter((reply) => reply.seen).length,
    }));
  await page.keyboard.press("Space");
  await heard(page, "epoch", 2);
  const other = await page.context().newPage();
  await other.bringToFront();
  await page.waitForFunction(() => document.visibilityState === "hidden", undefined, { polling: 100 });
  const before = await noted();
  await heard(page, "epoch", before.epochs + 20);
  const hidden = await noted();
  assert.equal(hidden.visible, "hidden");
  assert.equal(hidden.frames, before.frames, "nothing is drawn meanwhile");
  await page.bringToFront();
  await page.waitForFunction((frames) => window.frames.length > frames + 2, hidden.frames, { polling: 100 });
  // What is seen then is asked of the newest network, and keys are heard again.
  await page.waitForFunction(
    (looks) => window.replies.filter((reply) => reply.seen).length > looks,
    hidden.looks,
    { polling: 100 },
  );
  await page.keyboard.press("Escape");
  await heard(page, "stopped");
  const longest = await page.evaluate((first) => Math.max(...window.frames.slice(first)), hidden.frames);
  context.diagnostic(
    `${hidden.epochs - before.epochs} epochs while hidden; the longest frame afterwards took ${longest.toFixed(0)} ms`,
  );
  assert.deepEqual(faults, []);
  await browser.close();
});
