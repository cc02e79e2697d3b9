// The `modern` recipe, made small: fewer channels, fewer epochs, the growth of assets/recipes/modern.toml.
const block = (channels, relu = []) => ({ kernel: 3, channels, relu, pool: "max2" });
const end = (channels) => block(channels, channels.map((_, layer) => layer + 1 < channels.length));

/** Three stages of `epochs` each. */
export function recipe({ data, epochs, batch = 20, learningRate = 0.005, seed = 3 }) {
  const stage = (name, blocks, growth) => ({
    name,
    epochs,
    optimizer: { kind: "adam", beta2: 0.99 },
    schedule: { kind: "constant", learning_rate: learningRate },
    blocks,
    ...(growth && { growth: { start: "identity", carry: "weights+biases", new: growth } }),
  });
  return {
    name: "small",
    data,
    seed,
    resolution: 28,
    head: "global",
    batch,
    initial: "kaiming",
    augmentation: { rotation_degrees: 4, shift_pixels: 0.5, scale_percent: 4 },
    stages: [
      stage("v0", [block([6, 6]), block([8, 8]), end([10, 10])]),
      stage("v1", [block([6, 6, 6]), block([8, 8]), end([10, 10, 10])], [[1, 3], [3, 2]]),
      stage("v2", [block([6, 6, 6]), block([8, 8, 8]), end([10, 10, 10])], [[2, 3]]),
    ],
  };
}

/** A recipe as TOML, as far as these recipes need it. */
export function toToml({ augmentation, stages, ...rest }) {
  const inline = (value) =>
    Array.isArray(value)
      ? `[${value.map(inline).join(", ")}]`
      : typeof value === "object"
        ? `{ ${Object.entries(value).map(([key, inner]) => `${key} = ${inline(inner)}`).join(", ")} }`
        : JSON.stringify(value);
  const lines = (table) => Object.entries(table).map(([key, value]) => `${key} = ${inline(value)}`);
  return [
    ...lines(rest),
    "[augmentation]",
    ...lines(augmentation).map((line) => (line.includes(".") ? line : `${line}.0`)),
    ...stages.flatMap((stage) => ["[[stages]]", ...lines(stage)]),
  ].join("\n");
}
