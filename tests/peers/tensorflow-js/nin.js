// In the page: lets nin's worker train `recipe` and says how long a step takes.

/** Fewest steps that a measurement takes, however long they are. */
const LEAST_STEPS = 3;

/** Trains on `kind` of engine within the first epoch, for about `seconds`. */
window.trainNin = function (kind, recipe, seconds) {
  return new Promise((resolve, reject) => {
    const worker = new Worker("web/worker.js", { type: "module", name: "trainer" });
    const tell = (request) => worker.postMessage([JSON.stringify({ request: "command", ...request })]);
    const asked = performance.now();
    let device, first, last;
    worker.onerror = (event) => reject(new Error(event.message));
    worker.onmessage = ({ data: [json] }) => {
      const now = performance.now();
      const reply = JSON.parse(json);
      if (reply.reply === "ready") tell({ command: "start", recipe, engine: { kind } });
      if (reply.event === "failed") reject(new Error(reply.message));
      if (reply.event === "run_started") device = reply.engine.name;
      if (reply.event === "steps") {
        // What happened up to the end of the first steps, compiling among it, does not count.
        last = { now, step: reply.step };
        first ??= last;
      }
      const enough = first && now - first.now > 1000 * seconds && last.step >= first.step + LEAST_STEPS;
      if (!enough && reply.event !== "epoch") return;
      worker.terminate();
      resolve({
        device,
        first_step_seconds: (first.now - asked) / 1000,
        step_seconds_measured: [(last.now - first.now) / 1000 / (last.step - first.step)],
      });
    };
  });
};
