//! Named tensors: `safetensors` bytes with PyTorch's names, both ways.

use std::collections::BTreeMap;

use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};

use crate::Layout;

/// Why bytes are not the parameters that were asked for.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Not a safetensors file, or a damaged one.
    #[error("this is not a whole safetensors file ({0}): it may be cut off, or of another format")]
    Format(String),
    /// A tensor of the network is not there.
    #[error("tensor `{name}` is missing: the file holds another network")]
    Missing {
        /// Its name.
        name: String,
    },
    /// A tensor of another shape or type.
    #[error("tensor `{name}` is {found}: expected f32 {expected:?}; the file holds another network")]
    Shape {
        /// Its name.
        name: String,
        /// What the network needs.
        expected: Vec<usize>,
        /// What the file has.
        found: String,
    },
    /// A tensor that the network does not have.
    #[error("tensor `{name}` is not part of the network: the file holds another one")]
    Other {
        /// Its name.
        name: String,
    },
    /// A value that is none.
    #[error(
        "tensor `{name}` has values that are not finite numbers ({found}): use a file from before training diverged"
    )]
    NotFinite {
        /// Its name.
        name: String,
        /// The first such value.
        found: f32,
    },
    /// More or fewer values than the network has.
    #[error("the network has {expected} parameters, found {found}")]
    Count {
        /// As the layout says.
        expected: usize,
        /// As given.
        found: usize,
    },
}

/// Name and shape of every tensor of a network, with its place in the flat parameters.
fn tensors(layout: &Layout) -> Vec<(String, Vec<usize>, std::ops::Range<usize>)> {
    let of_layer = |c: &crate::Convolution| {
        [
            (c.weight_name(), c.weight_shape().to_vec(), c.weight()),
            (c.bias_name(), vec![c.out_channels], c.bias()),
        ]
    };
    layout.convolutions.iter().flat_map(of_layer).collect()
}

/// Writes groups of flat parameters as named tensors.
///
/// Each group is a prefix and one value per parameter. The group with the empty prefix holds the network's own
/// parameters (`features.0.weight`, …): a file with only that group is what PyTorch's `load_state_dict` takes.
pub fn save_tensors(
    layout: &Layout,
    groups: &[(&str, &[f32])],
    metadata: &BTreeMap<String, String>,
) -> Result<Vec<u8>, FileError> {
    let tensors = tensors(layout);
    let mut bytes: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
    for (prefix, values) in groups {
        if values.len() != layout.parameter_count {
            return Err(FileError::Count { expected: layout.parameter_count, found: values.len() });
        }
        for (name, shape, range) in &tensors {
            let data = values[range.clone()].iter().flat_map(|v| v.to_le_bytes()).collect();
            bytes.push((format!("{prefix}{name}"), shape.clone(), data));
        }
    }
    let mut views = Vec::with_capacity(bytes.len());
    for (name, shape, data) in &bytes {
        views.push((name.as_str(), TensorView::new(Dtype::F32, shape.clone(), data).map_err(format_error)?));
    }
    let written = serialize(views, None).map_err(format_error)?;
    Ok(with_metadata(&written, metadata))
}

/// Puts `__metadata__` first into a safetensors header, its keys sorted, so that equal contents are equal bytes.
fn with_metadata(written: &[u8], metadata: &BTreeMap<String, String>) -> Vec<u8> {
    const LENGTH: usize = size_of::<u64>();
    let (length, rest) = written.split_at(LENGTH);
    let header_length = length.iter().rev().fold(0usize, |sum, &byte| (sum << 8) | usize::from(byte));
    let (header, data) = rest.split_at(header_length);
    if metadata.is_empty() {
        return written.to_vec();
    }
    let entries = serde_json::Value::from_iter(metadata.clone()).to_string();
    let mut header = [b"{\"__metadata__\":", entries.as_bytes(), b",", &header[1..]].concat();
    header.resize(header.len().next_multiple_of(LENGTH), b' ');
    [&(header.len() as u64).to_le_bytes(), header.as_slice(), data].concat()
}

/// Reads the group of tensors with `prefix` back into one flat vector in the layout's order.
pub fn load_tensors(layout: &Layout, bytes: &[u8], prefix: &str) -> Result<Vec<f32>, FileError> {
    let file = SafeTensors::deserialize(bytes).map_err(format_error)?;
    let mut parameters = vec![0.0; layout.parameter_count];
    for (name, shape, range) in tensors(layout) {
        let name = format!("{prefix}{name}");
        let Ok(view) = file.tensor(&name) else { return Err(FileError::Missing { name }) };
        if view.dtype() != Dtype::F32 || view.shape() != shape {
            let found = format!("{:?} {:?}", view.dtype(), view.shape()).to_lowercase();
            return Err(FileError::Shape { name, expected: shape, found });
        }
        for (value, &data) in parameters[range.clone()].iter_mut().zip(view.data().as_chunks().0) {
            *value = f32::from_le_bytes(data);
        }
        if let Some(&found) = parameters[range].iter().find(|value| !value.is_finite()) {
            return Err(FileError::NotFinite { name, found });
        }
    }
    Ok(parameters)
}

/// Reads parameters that PyTorch saved, in the layout's order: under the network's names, perhaps with one prefix before all
/// of them (`module.features.0.weight`), and nothing besides.
pub fn load_pytorch(layout: &Layout, bytes: &[u8]) -> Result<Vec<f32>, FileError> {
    let file = SafeTensors::deserialize(bytes).map_err(format_error)?;
    let known = tensors(layout);
    // Names come in no fixed order; a checkpoint has several prefixes, of which the parameters have the shortest.
    let prefixes = file.names().into_iter().filter_map(|name| name.strip_suffix(known[0].0.as_str()));
    let prefix = prefixes.min_by_key(|prefix| (prefix.len(), *prefix)).unwrap_or_default();
    let parameters = load_tensors(layout, bytes, prefix)?;
    let is_known =
        |name: &str| name.strip_prefix(prefix).is_some_and(|name| known.iter().any(|k| k.0 == name));
    match file.names().into_iter().filter(|name| !is_known(name)).min() {
        Some(name) => Err(FileError::Other { name: name.to_owned() }),
        None => Ok(parameters),
    }
}

/// Reads a safetensors file's metadata.
pub fn read_metadata(bytes: &[u8]) -> Result<BTreeMap<String, String>, FileError> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(format_error)?;
    Ok(header.metadata().clone().unwrap_or_default().into_iter().collect())
}

fn format_error(error: safetensors::SafeTensorError) -> FileError {
    FileError::Format(error.to_string())
}
