// TensorFlow.js and nin by turns in one browser: `node measure.js CASE ROUNDS WINDOWS WINDOW_SECONDS NIN_SECONDS` prints a
// line of JSON for each turn. Needs NIN_SITE, and NIN_CHROMIUM where that is elsewhere, as the tests in tests/browser do.
import { readFile } from "node:fs/promises";
import { launch, serve } from "../../browser/harness.js";

const [path, rounds, windows, windowSeconds, ninSeconds] = process.argv.slice(2);
const near = (name) => readFile(new URL(name, import.meta.url));
const SCRIPTS = {
  "tf.js": "node_modules/@tensorflow/tfjs/dist/tf.min.js",
  "tf-webgpu.js": "node_modules/@tensorflow/tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js",
  "tensorflow.js": "tensorflow.js",
  "nin.js": "nin.js",
};

const block = (channels) => ({ kernel: 3, channels: [channels, channels, channels], pool: "max2" });
/** The case's network and optimizer, on the digits that come with nin. */
const RECIPE = {
  name: "peers",
  data: "embedded",
  resolution: 28,
  head: "global",
  batch: 60,
  initial: "kaiming",
  stages: [
    {
      name: "v2",
      epochs: 1,
      optimizer: { kind: "sgd", momentum: 0.9 },
      schedule: { kind: "constant", learning_rate: 0.001 },
      blocks: [block(10), block(20), block(10)],
    },
  ],
};

const tensorflow = (backend) => (page) =>
  page.evaluate(
    ([backend, windows, seconds]) => window.train(backend, "case.safetensors", windows, seconds),
    [backend, Number(windows), Number(windowSeconds)],
  );
const nin = (kind) => (page) =>
  page.evaluate(([kind, recipe, seconds]) => window.trainNin(kind, recipe, seconds), [kind, RECIPE, Number(ninSeconds)]);
const CONTENDERS = {
  "nin-webgpu": nin("gpu"),
  "nin-wasm": nin("cpu"),
  "tensorflow-webgpu": tensorflow("webgpu"),
  "tensorflow-cpu": tensorflow("cpu"),
};

const html = ["<!doctype html><title>peers</title><link rel=icon href='data:,'>"];
const extra = { "case.safetensors": await readFile(path) };
for (const [name, file] of Object.entries(SCRIPTS)) {
  extra[name] = await near(file);
  html.push(`<script src="${name}"></script>`);
}
const site = await serve({ ...extra, "peers.html": html.join("\n") });
const browser = await launch({ webgpu: true });
for (let round = 0; round < Number(rounds); round++) {
  for (const [contender, turn] of Object.entries(CONTENDERS)) {
    const page = await browser.newPage();
    await page.goto(`${site.address}peers.html`);
    const told = await turn(page).catch((error) => ({ error: error.message.split("\n")[0] }));
    console.log(JSON.stringify({ contender, browser: `Chromium ${browser.version()}`, ...told }));
    await page.close();
  }
}
await browser.close();
site.close();
