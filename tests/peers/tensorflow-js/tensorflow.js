// In the page: trains a recorded case of nin with TensorFlow.js (`tf`, loaded before) and says how long a step takes.

/** Losses that are told, to be compared with nin's: before any step, and after each of the next five. */
const TOLD_LOSSES = 6;
const TYPES = { F32: Float32Array, F64: Float64Array, I64: BigInt64Array, U8: Uint8Array };

/** The tensors and the metadata of a safetensors file. */
async function readCase(url) {
  const bytes = await (await fetch(url)).arrayBuffer();
  const length = Number(new DataView(bytes).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 8, length)));
  const { __metadata__: metadata, ...entries } = header;
  const tensors = Object.fromEntries(
    Object.entries(entries).map(([name, { dtype, shape, data_offsets: [from, to] }]) => {
      const values = new TYPES[dtype](bytes.slice(8 + length + from, 8 + length + to));
      return [name, { shape, values }];
    }),
  );
  return { metadata, tensors };
}

/** The convolutions in order; `pool`: a max pooling follows, since two modules lie before the next one, or none comes. */
function readLayers({ tensors }) {
  const places = Object.keys(tensors)
    .map((name) => /^params0\.features\.(\d+)\.weight$/.exec(name)?.[1])
    .filter(Boolean)
    .map(Number)
    .sort((a, b) => a - b);
  return places.map((place, index) => {
    const weight = tensors[`params0.features.${place}.weight`];
    const bias = tensors[`params0.features.${place}.bias`];
    return {
      // PyTorch's [out, in, h, w] to TensorFlow's [h, w, in, out].
      filter: tf.variable(tf.tensor4d(weight.values, weight.shape).transpose([2, 3, 1, 0])),
      bias: tf.variable(tf.tensor1d(bias.values)),
      pool: index + 1 === places.length || places[index + 1] - place === 3,
    };
  });
}

/** Images [N, H, W, 1] → logits [N, 10]: a ReLU behind every convolution, at the end global average pooling. */
function logits(layers, images) {
  let map = images;
  for (const { filter, bias, pool } of layers) {
    // Convolution and bias as one kernel; TensorFlow.js cannot fuse a ReLU into it where gradients are wanted.
    map = tf.relu(tf.fused.conv2d({ x: map, filter, strides: 1, pad: "same", bias }));
    if (pool) map = tf.maxPool(map, 2, 2, "valid");
  }
  return tf.mean(map, [1, 2]);
}

/** Trains on `backend` for `windows` measurements of about `windowSeconds`, at least one step each. */
window.train = async function (backend, caseUrl, windows, windowSeconds) {
  await tf.setBackend(backend);
  await tf.ready();
  const file = await readCase(caseUrl);
  const layers = readLayers(file);
  const { shape, values } = file.tensors.images_u8;
  const images = tf.tensor4d(
    Float32Array.from(values, (byte) => (byte / 255 - 0.1307) / 0.3081),
    [...shape, 1],
  );
  const labels = tf.oneHot(Array.from(file.tensors.labels.values, Number), 10).toFloat();
  const optimizer = tf.train.momentum(Number(file.metadata.lr), Number(file.metadata.momentum));
  const losses = [];

  /** Seconds of a step, over `steps` of them. */
  async function train(steps) {
    const start = performance.now();
    for (let step = 1; step <= steps; step++) {
      const told = losses.length < TOLD_LOSSES;
      const loss = optimizer.minimize(() => tf.losses.softmaxCrossEntropy(labels, logits(layers, images)), told);
      if (told) losses.push((await loss.data())[0]);
      loss?.dispose();
    }
    // Steps are queued: the last one is over when what it wrote can be read.
    await layers.at(-1).bias.data();
    return (performance.now() - start) / 1000 / steps;
  }

  const first = await train(1);
  let steps = 1;
  let measured = [await train(1)];
  while (steps * measured[0] < windowSeconds) {
    steps *= 2;
    measured = [await train(steps)];
  }
  while (measured.length < windows) measured.push(await train(steps));
  return {
    version: `TensorFlow.js ${tf.version.tfjs}`,
    device: backend,
    losses,
    first_step_seconds: first,
    step_seconds_measured: measured,
  };
};
