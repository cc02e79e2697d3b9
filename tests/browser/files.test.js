// Files into the page and out of it: dropped, chosen, named in the link, downloaded.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { fewDigits } from "./harness.js";
import { heard, kept, link, open, picture } from "./page.js";
import { browser, site } from "./stage.js";

const PROGRAM = process.env.NIN_PROGRAM;

/** Drops files on the canvas: names and contents. */
const drop = (page, files) =>
  page.evaluate((files) => {
    const dropped = new DataTransfer();
    for (const [name, bytes] of files) {
      const content = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
      dropped.items.add(new File([content], name));
    }
    document.getElementById("screen").dispatchEvent(new DragEvent("drop", { dataTransfer: dropped }));
  }, files.map(([name, content]) => [name, content.toString("base64")]));

/** Clicks with the pointer on what has this name, once it is there and stays where it is: the screen may have changed just now. */
async function press(page, name) {
  const element = page.getByRole("button", { name, exact: true });
  await element.waitFor({ state: "attached" });
  let [before, place] = [undefined, await element.boundingBox()];
  while (JSON.stringify(place) !== before) {
    before = JSON.stringify(place);
    await page.waitForTimeout(300);
    place = await element.boundingBox();
  }
  await page.mouse.click(place.x + place.width / 2, place.y + place.height / 2);
}

/** Waits until the page says this below its screens. */
const said = (page, text) => page.getByText(text).first().waitFor({ state: "attached" });

/** What the browser downloads when `name` is pressed: its name and content. */
async function download(page, name) {
  const [downloaded] = await Promise.all([page.waitForEvent("download"), press(page, name)]);
  return [downloaded.suggestedFilename(), readFileSync(await downloaded.path())];
}

/** A page on which a small run over all stages is over. */
async function finishedRun() {
  const opened = await open(browser, site, { address: link(1) });
  await opened.page.keyboard.press("Space");
  const [finished] = await heard(opened.page, "finished");
  return { ...opened, finished };
}

/** MNIST's four files, with few digits in them. */
async function fourFiles() {
  return Object.entries(await fewDigits("", 300, 100)).map(([path, content]) => [
    basename(path).replace(".gz", ""),
    content,
  ]);
}

for (const [form, pack] of [["plain", (file) => file], ["gzip", ([name, content]) => [`${name}.gz`, gzipSync(content)]]]) {
  test(`four IDX files (${form}) are dropped and trained on`, async () => {
    const { page, faults } = await open(browser, site, { address: link(1) });
    await drop(page, (await fourFiles()).map(pack));
    await heard(page, "taken");
    await page.waitForTimeout(500);
    await page.keyboard.press("Space");
    const [started] = await heard(page, "run_started");
    assert.equal(started.data, "the given digits");
    assert.deepEqual([started.train_images, started.test_images], [300, 100]);
    await heard(page, "finished");
    assert.deepEqual(faults, []);
  });
}

test("digits that are not whole are told in a sentence, and change nothing", async () => {
  const { page, faults } = await open(browser, site, { address: link(1) });
  const [images, labels, ...others] = await fourFiles();
  await drop(page, [images, labels]);
  await said(page, /four IDX files at once; missing: t10k-images, t10k-labels/);
  await drop(page, [[images[0], images[1].subarray(0, 5000)], labels, ...others]);
  await said(page, /the training images: expected .*, found .*/);
  await drop(page, [["letter.txt", Buffer.from("dear nin")]]);
  await said(page, /letter.txt was left unread: expected a recipe/);
  await drop(page, [["net.safetensors", Buffer.from("no network")]]);
  await said(page, /net.safetensors: /);
  await picture(page, "broken-files");
  await page.keyboard.press("Space");
  const [started] = await heard(page, "run_started");
  assert.equal(started.data, "few/");
  assert.deepEqual(faults, []);
});

test("a network is exported in the bytes that the program writes", async (context) => {
  const { page, faults } = await finishedRun();
  await page.keyboard.press("6");
  await press(page, "Export…");
  const [name, onnx] = await download(page, "v2 as ONNX");
  assert.equal(name, "small-1-v2.onnx");
  assert.ok(onnx.includes("features.0.weight"));
  assert.deepEqual(faults, []);
  if (!existsSync(PROGRAM ?? "")) return context.skip("the program is not built: NIN_PROGRAM names it");
  const folder = mkdtempSync(join(tmpdir(), "nin-"));
  const [from, to] = [join(folder, "v2.safetensors"), join(folder, "v2.onnx")];
  writeFileSync(from, Buffer.from(await page.evaluate(kept, "small-1/v2.safetensors")));
  const exported = spawnSync(PROGRAM, ["export", from, "--format", "onnx", "--out", to], { encoding: "utf8" });
  assert.equal(exported.status, 0, exported.stderr);
  assert.deepEqual(onnx, readFileSync(to));
  rmSync(folder, { recursive: true });
});

test("a checkpoint is chosen, and kept as a run", async () => {
  const { page, faults } = await finishedRun();
  const checkpoint = Buffer.from(await page.evaluate(kept, "small-1/last.safetensors"));
  await page.keyboard.press("5");
  await press(page, "Ask…");
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), press(page, "a checkpoint…")]);
  await chooser.setFiles({ name: "mine.safetensors", mimeType: "application/octet-stream", buffer: checkpoint });
  await said(page, /mine.safetensors as the run small-2/);
  assert.deepEqual(Buffer.from(await page.evaluate(kept, "small-2/last.safetensors")), checkpoint);
  await page.keyboard.press("6");
  await said(page, "small-2");
  await picture(page, "runs");
  assert.deepEqual(faults, []);
});

test("curves are downloaded as a table and as a drawing", async () => {
  const { page, finished, faults } = await finishedRun();
  await page.keyboard.press("2");
  const [table, csv] = await download(page, "CSV");
  assert.equal(table, "curves.csv");
  const [head, ...rows] = csv.toString().trim().split("\n");
  assert.equal(rows.length, 3, "an epoch of each stage");
  const measured = head.split(",").findIndex((column) => /test.*accuracy/.test(column));
  assert.equal(Number(rows.at(-1).split(",")[measured]).toFixed(3), finished.test_accuracy.toFixed(3));
  const [drawing, svg] = await download(page, "SVG");
  assert.equal(drawing, "curves.svg");
  assert.match(svg.toString(), /^<svg[^]*nin: small[^]*<\/svg>\s*$/);
  await said(page, /curves.svg among this browser's downloads/);
  assert.deepEqual(faults, []);
});

test("digits beside the page are named in the link; those of other sites are not asked for", async () => {
  const near = await open(browser, site, { address: "?data=few/" });
  await near.page.keyboard.press("Space");
  const [started] = await heard(near.page, "run_started");
  assert.deepEqual([started.data, started.train_images], ["few/", 600]);
  await near.page.close();
  for (const data of ["mnist", "https://example.org/digits/"]) {
    const far = await open(browser, site, { address: `?data=${data}` });
    await far.page.keyboard.press("Space");
    const [failed] = await heard(far.page, "failed");
    assert.match(failed.message, /lies on another site.*drop them on the page together/);
    assert.deepEqual(far.requests.filter((url) => !url.startsWith(new URL(site.address).origin)), []);
    assert.deepEqual(far.faults, []);
    await far.page.close();
  }
});
