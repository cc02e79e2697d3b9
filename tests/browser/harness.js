// What every test needs: the page on a server of our own, under a sub-path as on a static host, and a browser.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { chromium } from "playwright-core";

/** The page's folder, as `cargo xtask web --dist` makes it. */
const SITE = process.env.NIN_SITE;
const CHROMIUM = process.env.NIN_CHROMIUM ?? "/usr/bin/chromium";
const BASE = "/some/where/";
const TYPES = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};
const QUIET = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** WebGPU on SwiftShader, with a canvas that screenshots show. */
const WEBGPU = [
  "--enable-unsafe-webgpu",
  "--enable-features=Vulkan",
  "--use-vulkan=swiftshader",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--ignore-gpu-blocklist",
];
/** No WebGPU at all; the screen is drawn by SwiftShader all the same. */
const NO_WEBGPU = ["--disable-features=WebGPU", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"];

/** Serves the page and what a test puts into `extra` (path within the site → bytes). */
export async function serve(extra = {}) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    requests.push(path);
    const name = normalize(path.slice(BASE.length) || "index.html");
    try {
      if (!path.startsWith(BASE) || name.startsWith("..")) throw new Error("outside");
      const content = extra[name] ?? (await readFile(join(SITE, name)));
      response.writeHead(200, { "content-type": TYPES[extname(name)] ?? "application/octet-stream" });
      response.end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${server.address().port}${BASE}`,
    requests,
    close: () => server.close(),
  };
}

/** A browser, with WebGPU on SwiftShader or with none. */
export function launch({ webgpu }) {
  return chromium.launch({ executablePath: CHROMIUM, args: [...QUIET, ...(webgpu ? WEBGPU : NO_WEBGPU)] });
}

/**
 * A browser whose tabs are hidden behind one another, as a person's are: Playwright keeps every page of a browser that it
 * launches visible. No WebGPU. All of its pages share one context.
 */
export async function launchWithTabs() {
  const profile = await mkdtemp(join(tmpdir(), "nin-profile-"));
  const flags = ["--headless", "--remote-debugging-port=0", `--user-data-dir=${profile}`, ...QUIET, ...NO_WEBGPU];
  const program = spawn(CHROMIUM, flags, { stdio: ["ignore", "ignore", "pipe"] });
  const address = await new Promise((resolve, reject) => {
    let told = "";
    program.stderr.on("data", (text) => {
      told += text;
      const found = told.match(/DevTools listening on (\S+)/);
      if (found) resolve(found[1]);
    });
    program.on("exit", () => reject(new Error(told)));
  });
  const browser = await chromium.connectOverCDP(address, { noDefaults: true });
  return {
    newContext: async () => browser.contexts()[0],
    close: async () => {
      await browser.close();
      program.kill();
      await once(program, "exit");
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The site's own digits, cut to size: four plain IDX files by name. */
export async function fewDigits(folder, train, test) {
  const { gunzipSync } = await import("node:zlib");
  const read = async (kind) => gunzipSync(await readFile(join(SITE, `assets/digits-${kind}-ubyte.gz`)));
  const [images, labels] = [await read("images-idx3"), await read("labels-idx1")];
  const cut = (content, header, bytes, from, count) => {
    const head = Buffer.from(content.subarray(0, header));
    head.writeUInt32BE(count, 4);
    return Buffer.concat([head, content.subarray(header + from * bytes, header + (from + count) * bytes)]);
  };
  const sets = [["train", 0, train], ["t10k", 8000, test]];
  return Object.fromEntries(
    sets.flatMap(([set, from, count]) => [
      [`${folder}/${set}-images-idx3-ubyte.gz`, cut(images, 16, 784, from, count)],
      [`${folder}/${set}-labels-idx1-ubyte.gz`, cut(labels, 8, 1, from, count)],
    ]),
  );
}
