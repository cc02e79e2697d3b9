// The app on its canvas, driven by pointer and keys. What its workers say is listened to.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { recipe, toToml } from "./recipe.js";

/** Where pictures of the page are left to be looked at. */
const PICTURES = process.env.NIN_PICTURES;
const WIDE = { width: 1280, height: 800 };

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

/** The page at `address` within `site`, once its app is there. */
export async function open(browser, site, { address = "", viewport = WIDE, touch = false, before } = {}) {
  const context = await browser.newContext({ viewport, hasTouch: touch });
  const page = await context.newPage();
  const faults = [];
  const requests = [];
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("request", (request) => requests.push(request.url()));
  await page.addInitScript(listen);
  if (before) await page.addInitScript(before);
  await page.goto(site.address + address);
  await page.waitForFunction(() => document.getElementById("message").hidden, undefined, { timeout: 60000 });
  await heard(page, "ready", 2);
  return { page, faults, requests };
}

/** Waits for the `times`-th reply, event or answer of this kind and gives back all of them. */
export async function heard(page, kind, times = 1) {
  const found = ([kind, times]) => {
    const of = window.replies.filter((r) => r.event === kind || r.seen === kind || r.reply === kind);
    return of.length >= times && of;
  };
  const options = { timeout: 120000, polling: 50 };
  return (await page.waitForFunction(found, [kind, times], options)).jsonValue();
}

/** In the page: a file that is kept, as numbers. */
export function kept(key) {
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
export async function keptSoon(page, key) {
  for (let tries = 0; tries < 600; tries += 1) {
    if (await page.evaluate(kept, key)) return;
    await page.waitForTimeout(100);
  }
  assert.fail(`${key} was not kept`);
}

export async function picture(page, name) {
  if (!PICTURES) return;
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: `${PICTURES}/${name}.png` });
}

/** A link that starts with the small recipe on a few digits. */
export function link(epochs, engine = "cpu") {
  const text = toToml(recipe({ data: "few/", epochs }));
  return `#${new URLSearchParams({ recipe: text, engine })}`;
}

/** Where the drawing canvas is: a screen reader's element lies over it. */
export async function canvas(page) {
  const element = page.getByRole("application", { name: "drawing canvas" });
  await element.waitFor({ state: "attached" });
  const { x, y, width } = await element.boundingBox();
  return { x, y, side: width };
}

/** Draws lines through these places, given in shares of the canvas's square. */
export async function draw(page, square, lines) {
  const place = ([x, y]) => [square.x + x * square.side, square.y + y * square.side];
  for (const [first, ...others] of lines) {
    await page.mouse.move(...place(first));
    await page.mouse.down();
    for (const other of others) await page.mouse.move(...place(other), { steps: 12 });
    await page.mouse.up();
  }
}

/** The same by a finger. */
export async function drawByTouch(page, square, lines) {
  const client = await page.context().newCDPSession(page);
  const touch = (type, ...points) => client.send("Input.dispatchTouchEvent", { type, touchPoints: points });
  for (const [first, ...others] of lines) {
    let at = first;
    const here = () => ({ x: square.x + at[0] * square.side, y: square.y + at[1] * square.side });
    await touch("touchStart", here());
    for (const [x, y] of others) {
      const [left, top] = at;
      for (let step = 1; step <= 12; step += 1) {
        at = [left + ((x - left) * step) / 12, top + ((y - top) * step) / 12];
        await touch("touchMove", here());
      }
    }
    await touch("touchEnd");
  }
}

export const SEVEN = [[[0.28, 0.25], [0.72, 0.25], [0.45, 0.8]]];
