"""Computes the networks of a folder with PyTorch, each by its own printed snippet.

For each NAME.py there is NAME.input: bytes [N, 28, 28]. Leaves NAME.logits, f32.
"""

import pathlib
import runpy
import sys

import numpy
import torch

for snippet in sorted(pathlib.Path(sys.argv[1]).glob("*.py")):
    network = runpy.run_path(str(snippet))["network"]
    images = numpy.fromfile(snippet.with_suffix(".input"), numpy.uint8).reshape(-1, 28, 28)
    with torch.no_grad():
        logits = network(torch.from_numpy(images))
    logits.numpy().tofile(snippet.with_suffix(".logits"))
