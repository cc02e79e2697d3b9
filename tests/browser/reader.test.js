// The page as a screen reader meets it: by roles and names, without looking at the canvas.
import assert from "node:assert/strict";
import { test } from "node:test";
import { recipe, toToml } from "./recipe.js";
import { browser, site } from "./stage.js";

/** The page with a small recipe over `data`, once its screens can be read. */
async function open(data) {
  const page = await (await browser.newContext()).newPage();
  const text = toToml(recipe({ data, epochs: 3 }));
  await page.goto(`${site.address}#${new URLSearchParams({ recipe: text, engine: "cpu" })}`);
  await page.getByRole("button", { name: "Train" }).waitFor({ state: "attached", timeout: 60000 });
  return page;
}

/** What a screen reader does to an element. It has no pointer. */
const activate = (element) => element.dispatchEvent("click");

/** The element that the keyboard is on. */
const focused = (page) =>
  page.evaluate(() => {
    const id = document.activeElement.getAttribute("aria-activedescendant");
    return id && document.getElementById(id)?.ariaLabel;
  });

/** Waits until `read` gives `wanted`. */
async function soon(read, wanted) {
  let found;
  for (let tries = 0; tries < 200; tries += 1) {
    found = await read();
    if (found === wanted) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.equal(found, wanted);
}

test("a run is started, followed and ended by names alone", async () => {
  const page = await open("few/");
  const button = (name) => page.getByRole("button", { name, exact: true });
  assert.equal(await button("Stop").getAttribute("aria-disabled"), "true");
  assert.equal(await page.getByRole("combobox", { name: "data" }).textContent(), "few");
  await activate(button("Train"));
  await button("Pause").waitFor({ state: "attached" });
  assert.equal(await button("Train").count(), 0);
  assert.equal(await button("Stop").getAttribute("aria-disabled"), null);
  await page.getByText("images/s").waitFor({ state: "attached" });
  const said = page.getByRole("status").filter({ hasText: "of the test digits right" });
  await said.waitFor({ state: "attached", timeout: 120000 });
  await activate(button("Curves"));
  await soon(() => button("Curves").getAttribute("aria-pressed"), "true");
  await page.getByRole("figure", { name: /^loss.* test [0-9.]+ after epoch 9$/ }).waitFor({ state: "attached" });
});

test("choices open, are chosen and close", async () => {
  const page = await open("few/");
  const choice = page.getByRole("combobox", { name: "recipe" });
  assert.equal(await choice.textContent(), "small");
  await activate(choice);
  const seed = page.getByRole("button", { name: "seed", exact: true });
  await seed.waitFor({ state: "attached" });
  await activate(seed);
  await soon(() => choice.textContent(), "seed");
  await seed.waitFor({ state: "detached" });
});

test("what goes wrong is said", async () => {
  const page = await open("none/");
  // Who trains and who looks at digits both miss them: the newest message is an error or a warning.
  const said = page.locator(".reader > [role=alert], .reader > [role=status]");
  assert.deepEqual(await said.allTextContents(), ["", ""]);
  await activate(page.getByRole("button", { name: "Train" }));
  await said.filter({ hasText: /cannot fetch .*404/ }).waitFor({ state: "attached", timeout: 60000 });
});

test("there is one focus, and the keyboard stays with the canvas", async () => {
  const page = await open("few/");
  await page.keyboard.press("Tab");
  await soon(() => focused(page), "Train");
  await page.getByRole("button", { name: "Digits", exact: true }).focus();
  await soon(() => focused(page), "Digits");
  await page.keyboard.press("Tab");
  await soon(() => focused(page), "Draw");
  await page.keyboard.press("Enter");
  const pressed = () => page.getByRole("button", { name: "Draw", exact: true }).getAttribute("aria-pressed");
  await soon(pressed, "true");
  const client = await page.context().newCDPSession(page);
  const { nodes } = await client.send("Accessibility.getFullAXTree");
  const told = nodes.find((node) => node.properties?.some(({ name }) => name === "activedescendant"));
  assert.equal(told?.role.value, "application");
});

test("nothing that can be reached is without a name, and nothing takes the pointer", async () => {
  const page = await open("few/");
  for (const screen of ["Curves", "Network", "Digits", "Draw", "Runs", "Device", "Overview"]) {
    await activate(page.getByRole("button", { name: screen, exact: true }));
    await page.waitForTimeout(400);
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll("[tabindex], button:not([hidden] *), input, [role]:not([role=status], [role=alert])")]
        .filter((element) => element.checkVisibility() && !element.ariaLabel && !element.textContent)
        .map((element) => element.outerHTML),
    );
    assert.deepEqual(nameless, [], screen);
  }
  const [x, y] = [40, 14];
  assert.equal(await page.evaluate(([x, y]) => document.elementFromPoint(x, y).id, [x, y]), "screen");
});
