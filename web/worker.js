// A worker: loads the wasm module and lets it train, or look at networks, as the worker's name says.
import init, { start_trainer, start_viewer } from "./pkg/nin_web.js";

await init({ module_or_path: new URL("./pkg/nin_web_bg.wasm", import.meta.url) });
await (self.name === "viewer" ? start_viewer() : start_trainer());
