"""Computes the networks of a folder with onnxruntime.

For each NAME.onnx there is NAME.input: the values of its input, of any batch. Leaves NAME.logits, f32.
"""

import pathlib
import sys

import numpy
import onnxruntime

for model in sorted(pathlib.Path(sys.argv[1]).glob("*.onnx")):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    (taken,) = session.get_inputs()
    kind = {"tensor(float)": numpy.float32, "tensor(uint8)": numpy.uint8}[taken.type]
    batch, *shape = taken.shape
    assert batch == "N", f"{model}: the batch is {batch}"
    values = numpy.fromfile(model.with_suffix(".input"), kind).reshape(-1, *shape)
    whole = session.run(["logits"], {taken.name: values})[0]
    # Another batch size, the same logits.
    first = session.run(["logits"], {taken.name: values[:1]})[0]
    assert numpy.allclose(first, whole[:1], atol=1e-6), f"{model}: the batch size matters"
    whole.astype(numpy.float32).tofile(model.with_suffix(".logits"))
