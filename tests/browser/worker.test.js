// The training worker alone, spoken to as the page does.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { fewDigits, launch, serve } from "./harness.js";
import { recipe, toToml } from "./recipe.js";

/** The worker of a page whose device is lost at the first steps of the second stage. */
const LOSING = `
const request = GPUAdapter.prototype.requestDevice;
let device;
GPUAdapter.prototype.requestDevice = async function (...rest) {
  return (device = await request.apply(this, rest));
};
const post = self.postMessage;
self.postMessage = (message, ...rest) => {
  post.call(self, message, ...rest);
  if (device && message[0].includes('"event":"steps","stage":"v1"')) {
    device.destroy();
    device = undefined;
    self.postMessage = post;
  }
};
await import("./worker.js");
`;

/** The desktop's program. */
const PROGRAM = process.env.NIN_PROGRAM;

let site, browsers;

before(async () => {
  const blank = "<!doctype html><title>blank</title><link rel=icon href='data:,'>";
  site = await serve({ ...(await fewDigits("few", 600, 200)), ...(await fewDigits("one", 20, 200)), "blank.html": blank, "web/losing.js": LOSING });
  browsers = { gpu: await launch({ webgpu: true }), cpu: await launch({ webgpu: false }) };
});

after(async () => {
  await Promise.all(Object.values(browsers).map((browser) => browser.close()));
  site.close();
});

/** A blank page of the site; its faults end the test. */
async function blankPage(browser) {
  const page = await browser.newPage();
  const faults = [];
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  page.on("pageerror", (error) => faults.push(String(error)));
  await page.goto(`${site.address}blank.html`);
  return { page, faults };
}

/**
 * Starts a worker, sends it `requests`, and gives back its replies up to the `times`-th of `last`, or a failure.
 * After each `last` before that it is sent `again`.
 */
function talk(page, requests, last = "finished", { times = 1, script = "web/worker.js", again } = {}) {
  return page.evaluate(
    ([requests, last, times, script, again]) =>
      new Promise((resolve, reject) => {
        const worker = new Worker(script, { type: "module", name: "trainer" });
        const replies = [];
        worker.onerror = (event) => reject(new Error(event.message));
        worker.onmessage = ({ data: [json] }) => {
          const reply = JSON.parse(json);
          replies.push(reply);
          if (reply.reply === "ready") {
            requests.forEach((request) => worker.postMessage([JSON.stringify(request)]));
          }
          if (reply.event === last) {
            times -= 1;
            if (again) worker.postMessage([JSON.stringify(again)]);
          }
          if (times === 0 || reply.event === "failed") {
            worker.terminate();
            resolve(replies);
          }
        };
      }),
    [requests, last, times, script, again],
  );
}

const few = (other) => recipe({ data: "few/", epochs: 2, ...other });
const command = (command, more) => ({ request: "command", command, ...more });
const start = (kind, recipe) => command("start", { recipe, engine: { kind } });
const goOn = (kind) => command("go_on", { run: "small-1", engine: { kind } });
const of = (replies, event) => replies.filter((reply) => reply.event === event);

/** What every whole run shows, whoever computes. */
function check(replies, kind) {
  const failed = of(replies, "failed");
  assert.deepEqual(failed, []);
  assert.equal(of(replies, "run_started")[0].engine.kind, kind);
  const told = replies.map((reply) => reply.event);
  const order = ["run_started", "stage_started", "steps", "epoch", "stage_finished", "grown", "finished"];
  const first = order.map((event) => told.indexOf(event));
  assert.deepEqual(first, [...first].sort((a, b) => a - b), `events in the order of ${order}`);
  assert.ok(first[0] >= 0, "all of them");
  assert.deepEqual(of(replies, "stage_finished").map((event) => event.stage), ["v0", "v1", "v2"]);
  assert.deepEqual(of(replies, "epoch").map((event) => event.epoch), [1, 2, 1, 2, 1, 2]);
  for (const grown of of(replies, "grown")) {
    assert.equal(grown.test_accuracy_after, grown.test_accuracy_before, "growing changes nothing");
  }
  const losses = of(replies, "epoch").map((event) => event.train_loss);
  assert.ok(losses.at(-1) < 0.7 * losses[0], `the loss falls: ${losses}`);
  const { test_accuracy } = of(replies, "finished")[0];
  assert.ok(test_accuracy > 55, `${test_accuracy} % of 200 digits after six epochs of 600`);
}

test("trains and grows on WebGPU", async () => {
  const { page, faults } = await blankPage(browsers.gpu);
  check(await talk(page, [start("gpu", few())]), "gpu");
  assert.deepEqual(faults, []);
});

test("trains and grows on the CPU where there is no WebGPU, and says why", async () => {
  const { page, faults } = await blankPage(browsers.cpu);
  const replies = await talk(page, [start("auto", few())]);
  check(replies, "cpu");
  assert.match(of(replies, "warning")[0].message, /no WebGPU/);
  assert.deepEqual(faults, []);
});

test("the first 20 steps on WebGPU are those of the CPU", async () => {
  const losses = async (engine) => {
    const { page } = await blankPage(browsers.gpu);
    // One at a time: steps that are asked for together are told together.
    const again = command("step");
    const requests = [start(engine, few()), command("pause"), again];
    const replies = await talk(page, requests, "steps", { times: 20, again });
    return of(replies, "steps").map((event) => event.loss);
  };
  const [gpu, cpu] = [await losses("gpu"), await losses("cpu")];
  assert.equal(gpu.length, 20);
  gpu.forEach((loss, step) => assert.ok(Math.abs(loss - cpu[step]) < 1e-4, `step ${step}: ${loss} and ${cpu[step]}`));
});

/** Epochs of one step, so that a run tells every step's loss, and what the network makes of other digits after it. */
const singleSteps = (data) => ({ ...recipe({ data, epochs: 20 }), stages: recipe({ epochs: 20 }).stages.slice(0, 1) });

/** The same by the desktop's program: its epochs; nothing if it has no such engine here. */
async function byProgram(engine) {
  const folder = mkdtempSync(join(tmpdir(), "nin-"));
  const digits = Object.entries(await fewDigits("one", 20, 200));
  digits.forEach(([path, content]) => writeFileSync(join(folder, basename(path)), content));
  const [text, out] = [join(folder, "steps.toml"), join(folder, "run")];
  writeFileSync(text, toToml(singleSteps(folder)));
  const flags = ["--no-gui", "--json", "--engine", engine, "--recipe", text, "--out", out];
  const { status, stdout, stderr } = spawnSync(PROGRAM, flags, { encoding: "utf8" });
  rmSync(folder, { recursive: true });
  if (/no GPU adapter/i.test(stderr)) return undefined;
  assert.equal(status, 0, stderr);
  return of(stdout.trim().split("\n").map((line) => JSON.parse(line)), "epoch");
}

for (const engine of ["gpu", "cpu"]) {
  test(`the first 20 steps by the ${engine} engine are those of the program, and the same bits each time`, async (context) => {
    const losses = async () => {
      const { page } = await blankPage(browsers[engine]);
      const epochs = of(await talk(page, [start(engine, singleSteps("one/"))]), "epoch");
      return epochs.map((epoch) => [epoch.train_loss, epoch.test_loss]);
    };
    const here = await losses();
    assert.equal(here.length, 20);
    assert.deepEqual(await losses(), here);
    if (!existsSync(PROGRAM ?? "")) return context.skip("the program is not built: NIN_PROGRAM names it");
    const there = await byProgram(engine);
    if (!there) return context.skip("no adapter for the program (Mesa's lavapipe is one)");
    const apart = there.map(({ train_loss, test_loss }, step) =>
      Math.max(Math.abs(train_loss - here[step][0]), Math.abs(test_loss - here[step][1])),
    );
    context.diagnostic(`the ${engine} engine's losses are at most ${Math.max(...apart).toExponential(1)} apart`);
    assert.ok(Math.max(...apart) < 1e-4, `apart by step: ${apart}`);
  });
}

test("a run whose worker was ended goes on from its last checkpoint", async () => {
  const { page, faults } = await blankPage(browsers.cpu);
  const before = await talk(page, [start("cpu", few())], "epoch", { times: 3 });
  assert.deepEqual(of(before, "failed"), []);
  const after = await talk(page, [goOn("cpu")]);
  assert.deepEqual(of(after, "failed"), []);
  assert.equal(of(after, "run_started")[0].resumed.stage, 1);
  assert.deepEqual(of(after, "stage_finished").map((event) => event.stage), ["v1", "v2"]);
  assert.deepEqual(faults, []);
});

test("a device that is lost is replaced, and the run goes on", async () => {
  const { page } = await blankPage(browsers.gpu);
  const recipe = few({ epochs: 1 });
  recipe.stages.pop();
  const replies = await talk(page, [start("gpu", recipe)], "finished", { script: "web/losing.js" });
  assert.deepEqual(of(replies, "failed"), []);
  assert.ok(of(replies, "warning").some(({ message }) => /set up anew/.test(message)));
  assert.deepEqual(of(replies, "stage_finished").map((event) => event.stage), ["v0", "v1"]);
});

test("a software adapter is only used when asked for", async () => {
  const { page } = await blankPage(browsers.gpu);
  const replies = await talk(page, [start("auto", few())], "run_started");
  assert.equal(of(replies, "run_started")[0].engine.kind, "cpu");
  assert.match(of(replies, "warning")[0].message, /only WebGPU adapter is software/);
});

test("what cannot be trained is told in a sentence", async () => {
  const { page } = await blankPage(browsers.cpu);
  const failure = async (request) => of(await talk(page, [request]), "failed")[0].message;
  assert.match(await failure(start("cpu", few({ data: "none/" }))), /cannot fetch train-images.*404/);
  assert.match(await failure(start("cpu", few({ data: "moon" }))), /no data at `moon`/);
  assert.match(await failure(start("gpu", few())), /no WebGPU/);
  assert.match(await failure(goOn("cpu")), /no checkpoint/);
});
