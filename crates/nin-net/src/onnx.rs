//! A network as an ONNX file, which many other programs compute.

mod graph;
mod messages;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use prost::Message as _;

use crate::{BlockLayout, FileError, Head, IMAGE_SIDE, Layout, MEAN, Pool, STANDARD_DEVIATION};
use graph::{Chain, int, ints};
use messages::{Entry, Model, OperatorSet, element};

/// Version of the operators.
const OPERATORS: i64 = 17;
/// Version of the file format that came with them (ONNX 1.12).
const FORMAT: i64 = 8;

/// What an ONNX file holds besides the network.
#[derive(Clone, Debug, Default)]
pub struct OnnxOptions {
    /// The graph's name.
    pub name: String,
    /// Whether the graph takes bytes `images` `[N, 28, 28]` and resizes and normalises them itself;
    /// otherwise it takes the network's `input` `[N, 1, resolution, resolution]`.
    pub with_preprocessing: bool,
    /// Put among the file's metadata.
    pub metadata: BTreeMap<String, String>,
}

/// Writes a network with its flat parameters as an ONNX model with a free batch dimension and one output `logits`.
///
/// Nodes and initialisers have PyTorch's names (`features.0.weight`). The metadata say how images become the input.
///
/// # Errors
/// [`FileError::Count`] if `parameters` are not as many as the network has.
///
/// ```
/// # use nin_net::{BlockSpec, Head, Layout, NetworkSpec, OnnxOptions, Pool, onnx};
/// let block = BlockSpec { kernel: 3, channels: vec![10], relu: vec![], pool: Pool::Max(2) };
/// let layout = Layout::new(&NetworkSpec { resolution: 28, head: Head::Global, blocks: vec![block] })?;
/// let parameters = vec![0.0; layout.parameter_count];
/// let bytes = onnx(&layout, &parameters, &OnnxOptions { name: "v0".into(), ..OnnxOptions::default() })?;
/// assert!(bytes.len() > 4 * parameters.len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn onnx(layout: &Layout, parameters: &[f32], options: &OnnxOptions) -> Result<Vec<u8>, FileError> {
    if parameters.len() != layout.parameter_count {
        return Err(FileError::Count { expected: layout.parameter_count, found: parameters.len() });
    }
    let resolution = layout.spec.resolution;
    let mut chain = match options.with_preprocessing {
        true => Chain::new("images", element::UINT8, &[IMAGE_SIDE, IMAGE_SIDE]),
        false => Chain::new("input", element::FLOAT, &[1, resolution, resolution]),
    };
    if options.with_preprocessing {
        add_preprocessing(&mut chain, resolution);
    }
    for block in &layout.blocks {
        add_block(&mut chain, layout, block, parameters);
    }
    add_head(&mut chain, layout);
    let model = Model {
        ir_version: FORMAT,
        producer_name: "nin".to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        graph: Some(chain.finish(&options.name, &[layout.logits])),
        opset_import: vec![OperatorSet { version: OPERATORS }],
        metadata_props: metadata(layout, options),
    };
    Ok(model.encode_to_vec())
}

/// Bytes `[N, 28, 28]` → normalised `[N, 1, resolution, resolution]`, in the order of [`normalise`](crate::normalise).
fn add_preprocessing(chain: &mut Chain, resolution: usize) {
    chain.add("preprocessing.float", "Cast", &[], vec![int("to", element::FLOAT.into())]);
    for (name, operator, value) in
        [("range", "Div", 255.0), ("mean", "Sub", MEAN), ("standard_deviation", "Div", STANDARD_DEVIATION)]
    {
        let constant = format!("preprocessing.{name}.value");
        chain.floats(&constant, &[], &[value]);
        chain.add(&format!("preprocessing.{name}"), operator, &[&constant], vec![]);
    }
    chain.integers("preprocessing.channel.axis", &[1]);
    chain.add("preprocessing.channel", "Unsqueeze", &["preprocessing.channel.axis"], vec![]);
    if resolution != IMAGE_SIDE {
        add_resize(chain, resolution);
    }
}

/// Bilinear, with half-pixel centres and clamped edges, as two matrix products: runtimes round a `Resize` differently.
fn add_resize(chain: &mut Chain, resolution: usize) {
    let mut rows = vec![0.0; resolution * IMAGE_SIDE];
    let mut columns = rows.clone();
    for to in 0..resolution {
        for (from, weight) in neighbours(to, resolution) {
            rows[to * IMAGE_SIDE + from] += weight;
            columns[from * resolution + to] += weight;
        }
    }
    chain.floats("preprocessing.columns.weights", &[IMAGE_SIDE, resolution], &columns);
    chain.add("preprocessing.columns", "MatMul", &["preprocessing.columns.weights"], vec![]);
    chain.floats("preprocessing.rows.weights", &[resolution, IMAGE_SIDE], &rows);
    chain.multiply_from_left("preprocessing.rows", "preprocessing.rows.weights");
}

/// The two pixels of an image's axis that a pixel of the input lies between, and how much each counts.
fn neighbours(to: usize, resolution: usize) -> [(usize, f32); 2] {
    let scale = IMAGE_SIDE as f32 / resolution as f32;
    let at = ((to as f32 + 0.5) * scale - 0.5).max(0.0);
    let first = (at as usize).min(IMAGE_SIDE - 1);
    let weight = at - first as f32;
    [(first, 1.0 - weight), ((first + 1).min(IMAGE_SIDE - 1), weight)]
}

fn add_block(chain: &mut Chain, layout: &Layout, block: &BlockLayout, parameters: &[f32]) {
    let mut module = 0;
    for convolution in &layout.convolutions[block.convolutions.clone()] {
        let (weight, bias) = (convolution.weight_name(), convolution.bias_name());
        chain.floats(&weight, &convolution.weight_shape(), &parameters[convolution.weight()]);
        chain.floats(&bias, &[convolution.out_channels], &parameters[convolution.bias()]);
        let kernel = convolution.kernel;
        let attributes = vec![ints("kernel_shape", &[kernel; 2]), ints("pads", &[kernel / 2; 4])];
        chain.add(&format!("features.{}", convolution.module), "Conv", &[&weight, &bias], attributes);
        module = convolution.module + 1;
        if convolution.relu {
            chain.add(&format!("features.{module}"), "Relu", &[], vec![]);
            module += 1;
        }
    }
    let operator = match block.pool {
        Pool::None => return,
        Pool::Max(_) => "MaxPool",
        Pool::Average(_) => "AveragePool",
    };
    chain.add(&format!("features.{module}"), operator, &[], window(block.pool.size()));
}

fn add_head(chain: &mut Chain, layout: &Layout) {
    let name = format!("features.{}", layout.modules - 1);
    match layout.spec.head {
        Head::Global => chain.add(&name, "GlobalAveragePool", &[], vec![]),
        Head::Quadrant => chain.add(&name, "AveragePool", &[], window(layout.head_window)),
    }
    chain.add("logits", "Flatten", &[], vec![int("axis", 1)]);
}

/// Windows side by side.
fn window(side: usize) -> Vec<messages::Attribute> {
    vec![ints("kernel_shape", &[side; 2]), ints("strides", &[side; 2])]
}

fn metadata(layout: &Layout, options: &OnnxOptions) -> Vec<Entry> {
    let resolution = layout.spec.resolution;
    let preprocessing = match options.with_preprocessing {
        true => format!(
            "in the graph: images are bytes [N, {IMAGE_SIDE}, {IMAGE_SIDE}], 0 background to 255 ink, row by row"
        ),
        false => format!(
            "input [N, 1, {resolution}, {resolution}] is (byte / 255 - {MEAN}) / {STANDARD_DEVIATION} of images with \
             0 for background and 255 for ink; images of another size are then resized bilinearly, with half-pixel \
             centres and clamped edges"
        ),
    };
    let logits = format!("{} a picture; the first 10 are those of the digits 0 to 9", layout.logits);
    let own = [
        ("preprocessing", preprocessing),
        ("mean", MEAN.to_string()),
        ("standard_deviation", STANDARD_DEVIATION.to_string()),
        ("logits", logits),
    ];
    let given = options.metadata.iter().map(|(key, value)| (key.as_str(), value.clone()));
    let entry = |(key, value): (&str, String)| Entry { key: key.to_owned(), value };
    own.into_iter().chain(given).map(entry).collect()
}
