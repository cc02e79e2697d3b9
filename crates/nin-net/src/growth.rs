//! Growing: a shallower network's parameters become the start of a deeper one.

use serde::{Deserialize, Serialize};

use crate::initial::draw_convolution;
use crate::{BlockSpec, Convolution, Initial, Layout, NetworkSpec, Random};

/// How a stage starts from the one before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Growth {
    /// How the new 1×1 layers start.
    pub start: GrowthStart,
    /// What the other layers take over.
    pub carry: Carry,
    /// The new layers as `[block, position in the block]`, both from 1. Empty: whatever a block has more than
    /// its predecessor, at its end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub new: Vec<[usize; 2]>,
}

/// How a new 1×1 layer starts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GrowthStart {
    /// The identity matrix and zero bias: after a ReLU the grown network computes exactly what it did before.
    Identity,
    /// Every weight the same; biases drawn as PyTorch does (what the seed experiment did).
    Constant(f32),
    /// PyTorch's default draw.
    Default,
}

/// What carried layers take over from the network before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Carry {
    /// Weights only; biases are drawn anew as PyTorch does (what the seed experiment did).
    #[serde(rename = "weights")]
    Weights,
    /// Weights and biases.
    #[serde(rename = "weights+biases")]
    WeightsAndBiases,
}

/// A grown network.
#[derive(Clone, Debug, PartialEq)]
pub struct Grown {
    /// Flat parameters in the new layout's order.
    pub parameters: Vec<f32>,
    /// Indices of the new layers in [`Layout::convolutions`].
    pub new_layers: Vec<usize>,
}

/// Why one network cannot grow into another. Blocks and positions are counted from 1.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum GrowthError {
    /// Blocks were added or removed.
    #[error("growing keeps the number of blocks: the stage before has {old}, this one {new}")]
    Blocks {
        /// Blocks before.
        old: usize,
        /// Blocks after.
        new: usize,
    },
    /// Other input or head.
    #[error("growing keeps resolution, head and pooling; they differ between the two stages")]
    Frame,
    /// A layer count that does not fit the list of new layers.
    #[error(
        "block {block} had {old} convolutions and has {found}, of which {new} are new: carried and new do not add up"
    )]
    Count {
        /// Which block.
        block: usize,
        /// Convolutions before.
        old: usize,
        /// Convolutions after.
        found: usize,
        /// New ones among them.
        new: usize,
    },
    /// A `new` entry that names no 1×1 layer.
    #[error(
        "`new` names layer {position} of block {block}: expected an existing 1×1 layer (position 2 or more)"
    )]
    NoSuchLayer {
        /// Which block.
        block: usize,
        /// Which position.
        position: usize,
    },
    /// A carried layer changed.
    #[error(
        "layer {position} of block {block} is carried but changed its shape or its ReLU; carried layers stay as they are"
    )]
    Changed {
        /// Which block.
        block: usize,
        /// Which position.
        position: usize,
    },
    /// Identity where it would change what is computed.
    #[error(
        "layer {position} of block {block} cannot start as the identity: it needs as many channels out as in, and what \
         comes in must have passed a ReLU"
    )]
    NoIdentity {
        /// Which block.
        block: usize,
        /// Which position.
        position: usize,
    },
    /// Parameters of another network.
    #[error("the network before has {expected} parameters, found {found}")]
    ParameterCount {
        /// As its layout says.
        expected: usize,
        /// As given.
        found: usize,
    },
}

/// Grows `old_parameters` (of the network `old`) into the network `new`.
///
/// Random draws come from `random` in the order of the new network's layers. With [`GrowthStart::Identity`] and
/// [`Carry::WeightsAndBiases`] the logits stay equal, bit for bit, in exact IEEE arithmetic.
pub fn grow(
    old: &Layout,
    old_parameters: &[f32],
    new: &Layout,
    growth: &Growth,
    random: &mut Random,
) -> Result<Grown, GrowthError> {
    if old_parameters.len() != old.parameter_count {
        return Err(GrowthError::ParameterCount {
            expected: old.parameter_count,
            found: old_parameters.len(),
        });
    }
    let origins = origins(old, new, growth)?;
    let mut parameters = vec![0.0; new.parameter_count];
    let mut new_layers = Vec::new();
    for (index, (layer, origin)) in new.convolutions.iter().zip(origins).enumerate() {
        draw_convolution(layer, Initial::Default, &mut parameters, random);
        match origin {
            Some(origin) => {
                carry(layer, &old.convolutions[origin], growth.carry, old_parameters, &mut parameters)
            }
            None => {
                start(layer, growth.start, &mut parameters);
                new_layers.push(index);
            }
        }
    }
    Ok(Grown { parameters, new_layers })
}

fn carry(to: &Convolution, from: &Convolution, what: Carry, old_parameters: &[f32], parameters: &mut [f32]) {
    parameters[to.weight()].copy_from_slice(&old_parameters[from.weight()]);
    if what == Carry::WeightsAndBiases {
        parameters[to.bias()].copy_from_slice(&old_parameters[from.bias()]);
    }
}

fn start(layer: &Convolution, start: GrowthStart, parameters: &mut [f32]) {
    match start {
        GrowthStart::Identity => {
            parameters[layer.weight().start..layer.bias().end].fill(0.0);
            for weight in parameters[layer.weight()].iter_mut().step_by(layer.in_channels + 1) {
                *weight = 1.0;
            }
        }
        GrowthStart::Constant(value) => parameters[layer.weight()].fill(value),
        GrowthStart::Default => {}
    }
}

/// For each layer of `new`: its layer in `old`, or `None` for a new one.
fn origins(old: &Layout, new: &Layout, growth: &Growth) -> Result<Vec<Option<usize>>, GrowthError> {
    if old.blocks.len() != new.blocks.len() {
        return Err(GrowthError::Blocks { old: old.blocks.len(), new: new.blocks.len() });
    }
    if !same_frame(&old.spec, &new.spec) {
        return Err(GrowthError::Frame);
    }
    for &[block, position] in &growth.new {
        let length = block.checked_sub(1).and_then(|b| new.blocks.get(b)).map_or(0, |b| b.convolutions.len());
        if position < 2 || position > length {
            return Err(GrowthError::NoSuchLayer { block, position });
        }
    }
    let mut origins = Vec::with_capacity(new.convolutions.len());
    for block in 0..new.blocks.len() {
        origins.extend(block_origins(old, new, growth, block)?);
    }
    Ok(origins)
}

fn same_frame(old: &NetworkSpec, new: &NetworkSpec) -> bool {
    let pools = |spec: &NetworkSpec| spec.blocks.iter().map(|b| b.pool).collect::<Vec<_>>();
    old.resolution == new.resolution && old.head == new.head && pools(old) == pools(new)
}

fn block_origins(
    old: &Layout,
    new: &Layout,
    growth: &Growth,
    block: usize,
) -> Result<Vec<Option<usize>>, GrowthError> {
    let (before, after) = (old.blocks[block].convolutions.clone(), new.blocks[block].convolutions.clone());
    let is_new = |position: usize| match growth.new.is_empty() {
        true => position > before.len(),
        false => growth.new.contains(&[block + 1, position]),
    };
    let added = (1..=after.len()).filter(|&position| is_new(position)).count();
    if before.len() + added != after.len() {
        return Err(GrowthError::Count {
            block: block + 1,
            old: before.len(),
            found: after.len(),
            new: added,
        });
    }
    let mut next = before.start;
    let mut origins = Vec::with_capacity(after.len());
    for (position, index) in (1..).zip(after) {
        let layer = &new.convolutions[index];
        if is_new(position) {
            if growth.start == GrowthStart::Identity
                && !identity_fits(new, &new.spec.blocks[block], index, position)
            {
                return Err(GrowthError::NoIdentity { block: block + 1, position });
            }
            origins.push(None);
        } else {
            let origin = &old.convolutions[next];
            if origin.weight_shape() != layer.weight_shape() || origin.relu != layer.relu {
                return Err(GrowthError::Changed { block: block + 1, position });
            }
            origins.push(Some(next));
            next += 1;
        }
    }
    Ok(origins)
}

/// The identity changes nothing if it is square and its own ReLU, if any, sees values that passed one already.
fn identity_fits(new: &Layout, block: &BlockSpec, index: usize, position: usize) -> bool {
    let layer = &new.convolutions[index];
    layer.in_channels == layer.out_channels && (!layer.relu || block.relu_after(position - 2))
}
