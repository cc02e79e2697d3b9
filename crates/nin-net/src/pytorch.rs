//! A network as a piece of Python that PyTorch runs.

use std::fmt::Write as _;

use crate::{BlockLayout, Head, IMAGE_SIDE, Layout, MEAN, Pool, STANDARD_DEVIATION};

/// Python that builds the network, loads the parameters from the safetensors file at `file` (a stage's file or a
/// checkpoint) and computes our logits: afterwards `network(images)` takes bytes `[N, 28, 28]`.
pub fn pytorch_snippet(layout: &Layout, file: &str) -> String {
    let indent = " ".repeat(12);
    let modules = modules(layout).into_iter().enumerate();
    let modules: String = modules.fold(String::new(), |mut text, (number, module)| {
        // Writing into a String never fails.
        let _ = writeln!(text, "{indent}{:<42} # features.{number}", module + ",");
        text
    });
    let resolution = layout.spec.resolution;
    let resize = match resolution == IMAGE_SIDE {
        true => String::new(),
        false => format!(
            "        x = nn.functional.interpolate(x, size=({resolution}, {resolution}), mode=\"bilinear\")\n"
        ),
    };
    // A JSON string is also one of Python's.
    let file = serde_json::Value::from(file).to_string();
    format!(
        r#"# pip install torch safetensors numpy
import torch
from safetensors.torch import load_file
from torch import nn


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
{modules}        )

    def forward(self, images):
        """Logits [N, {logits}] of bytes [N, {IMAGE_SIDE}, {IMAGE_SIDE}], 0 for background and 255 for ink;
        the first 10 are those of the digits 0 to 9."""
        x = (images.unsqueeze(1) / 255 - {MEAN}) / {STANDARD_DEVIATION}
{resize}        return self.features(x).flatten(1)


tensors = load_file({file})
network = Network().eval()
network.load_state_dict({{name: tensor for name, tensor in tensors.items() if name.startswith("features.")}})

if __name__ == "__main__":
    blank = torch.zeros(1, {IMAGE_SIDE}, {IMAGE_SIDE}, dtype=torch.uint8)
    with torch.no_grad():
        print(network(blank))
"#,
        logits = layout.logits,
    )
}

/// The modules of the `nn.Sequential`, in order.
fn modules(layout: &Layout) -> Vec<String> {
    let mut modules = Vec::with_capacity(layout.modules);
    for block in &layout.blocks {
        for convolution in &layout.convolutions[block.convolutions.clone()] {
            let padding = match convolution.kernel / 2 {
                0 => String::new(),
                padding => format!(", padding={padding}"),
            };
            let (channels, kernel) =
                ((convolution.in_channels, convolution.out_channels), convolution.kernel);
            modules.push(format!("nn.Conv2d({}, {}, {kernel}{padding})", channels.0, channels.1));
            modules.extend(convolution.relu.then(|| "nn.ReLU()".to_owned()));
        }
        modules.extend(pool(block));
    }
    modules.push(match layout.spec.head {
        Head::Global => "nn.AdaptiveAvgPool2d(1)".to_owned(),
        Head::Quadrant => format!("nn.AvgPool2d({})", layout.head_window),
    });
    modules
}

fn pool(block: &BlockLayout) -> Option<String> {
    match block.pool {
        Pool::None => None,
        Pool::Max(size) => Some(format!("nn.MaxPool2d({size})")),
        Pool::Average(size) => Some(format!("nn.AvgPool2d({size})")),
    }
}
