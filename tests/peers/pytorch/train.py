"""Trains a recorded case of nin with PyTorch and prints how long a step takes, as one line of JSON.

A case (tests/golden/*.safetensors) holds a network's parameters, a batch of images with labels, learning rate and
momentum. A step is forward, loss, backward, optimizer, always on that batch; resizing and normalising come before.

  eager    as the experiment's code runs it: contiguous NCHW, everything else at its default
  tuned    channels_last, fused optimizer, cuDNN's own search; for a CPU, let the allocator keep its memory as well
           (MALLOC_MMAP_MAX_=0, MALLOC_TRIM_THRESHOLD_ above what a step takes)
  compile  tuned, and the forward pass with its gradient by torch.compile (max-autotune on CUDA)
"""

import argparse
import json
import time

import safetensors
import torch
from torch import nn
from torch.nn import functional

# Losses that are told, to be compared with nin's: before any step, and after each of the next five.
TOLD_LOSSES = 6


def read(path):
    with safetensors.safe_open(path, framework="pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, file.metadata()


def network(case):
    """The nn.Sequential of the parameters' names: a ReLU behind every convolution, a max pooling where two modules
    lie between convolutions and at the end, then global average pooling."""
    weights = {int(name.split(".")[2]): tensor for name, tensor in case.items()
               if name.startswith("params0.features.") and name.endswith(".weight")}
    places = sorted(weights)
    modules = []
    for place, following in zip(places, places[1:] + [places[-1] + 3]):
        channels, inputs, kernel, _ = weights[place].shape
        modules += [nn.Conv2d(inputs, channels, kernel, padding=kernel // 2), nn.ReLU()]
        if following - place == 3:
            modules.append(nn.MaxPool2d(2))
    net = nn.Sequential()
    net.features = nn.Sequential(*modules)
    net.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    net.load_state_dict({name.removeprefix("params0."): tensor for name, tensor in case.items()
                         if name.startswith("params0.")})
    return net


def batch(case, resolution):
    images = case["images_u8"].unsqueeze(1).float() / 255
    images = (images - 0.1307) / 0.3081
    if images.shape[-1] != resolution:
        images = functional.interpolate(images, (resolution, resolution), mode="bilinear", align_corners=False)
    return images, case["labels"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case")
    parser.add_argument("--resolution", type=int, default=28)
    parser.add_argument("--mode", choices=["eager", "tuned", "compile"], default="eager")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--windows", type=int, default=5, help="measurements")
    parser.add_argument("--window-seconds", type=float, default=0.3, help="of each, about: at least one step")
    arguments = parser.parse_args()
    device, tuned = arguments.device, arguments.mode != "eager"
    torch.backends.cudnn.allow_tf32 = False  # nin computes in f32, too
    torch.backends.cudnn.benchmark = tuned

    case, metadata = read(arguments.case)
    net = network(case).to(device)
    images, labels = (tensor.to(device) for tensor in batch(case, arguments.resolution))
    if tuned:
        net = net.to(memory_format=torch.channels_last)
        images = images.to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(net.parameters(), lr=float(metadata["lr"]), momentum=float(metadata["momentum"]),
                                fused=True if tuned else None)
    criterion = nn.CrossEntropyLoss()

    def forward(images, labels):
        return criterion(net(images), labels)

    if arguments.mode == "compile":
        forward = torch.compile(forward, mode="max-autotune" if device == "cuda" else "default")
    losses = []

    def train(steps):
        """Seconds of a step, over `steps` of them."""
        start = time.perf_counter()
        for _ in range(steps):
            optimizer.zero_grad()
            loss = forward(images, labels)
            loss.backward()
            optimizer.step()
            if len(losses) < TOLD_LOSSES:
                losses.append(loss.item())
        if device == "cuda":
            torch.cuda.synchronize()
        return (time.perf_counter() - start) / steps

    first = train(1)
    steps, measured = 1, [train(1)]
    while steps * measured[0] < arguments.window_seconds:
        steps *= 2
        measured = [train(steps)]
    while len(measured) < arguments.windows:
        measured.append(train(steps))
    print(json.dumps({
        "version": f"PyTorch {torch.__version__}",
        "device": torch.cuda.get_device_name() if device == "cuda" else f"{torch.get_num_threads()} threads",
        "losses": losses,
        "first_step_seconds": first,
        "step_seconds_measured": measured,
    }))


main()
