// A site with few digits and a browser without WebGPU, there while a file's tests run: what most of them need.
import { after, before } from "node:test";
import { fewDigits, launch, serve } from "./harness.js";

export let site, browser;

before(async () => {
  site = await serve(await fewDigits("few", 600, 200));
  browser = await launch({ webgpu: false });
});

after(async () => {
  await browser.close();
  site.close();
});
