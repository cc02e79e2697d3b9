//! What follows from a spec: shapes, names, counts, where each parameter lies.

use std::ops::Range;

use crate::{BlockSpec, Head, NetworkSpec, Pool, SpecError};

/// A checked [`NetworkSpec`] with everything derived from it.
///
/// Parameters are one flat `[f32]`: for each convolution in order its weight `[out, in, k, k]`, then its bias `[out]`,
/// both row-major: PyTorch's order and layout.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// The spec it was derived from.
    pub spec: NetworkSpec,
    /// Blocks in order.
    pub blocks: Vec<BlockLayout>,
    /// All convolutions in order.
    pub convolutions: Vec<Convolution>,
    /// How many parameters there are.
    pub parameter_count: usize,
    /// How many logits the head makes.
    pub logits: usize,
    /// Side of one pooling window of the head, in pixels of the last map.
    pub head_window: usize,
    /// Number of modules of the equivalent `nn.Sequential`, the head's pooling included.
    pub modules: usize,
}

/// A block with its shapes: input `[N, in_channels, side, side]`, output `[N, out_channels, pooled_side, pooled_side]`.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockLayout {
    /// Channels that come in.
    pub in_channels: usize,
    /// Side of the input and of every convolution's output.
    pub side: usize,
    /// Channels that go out.
    pub out_channels: usize,
    /// Side after pooling: `side / pool.size()`, rounded down.
    pub pooled_side: usize,
    /// The pooling.
    pub pool: Pool,
    /// Where its convolutions are in [`Layout::convolutions`].
    pub convolutions: Range<usize>,
}

/// One convolution with its place in the flat parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Convolution {
    /// Index of its block.
    pub block: usize,
    /// N in PyTorch's `features.N.weight`.
    pub module: usize,
    /// Channels that come in.
    pub in_channels: usize,
    /// Channels that go out.
    pub out_channels: usize,
    /// Side of the kernel.
    pub kernel: usize,
    /// Whether a ReLU follows.
    pub relu: bool,
    /// Side of the map it works on.
    pub side: usize,
    /// Where its weight `[out, in, k, k]` starts in the flat parameters; its bias `[out]` follows.
    pub offset: usize,
}

impl Convolution {
    /// Number of weights.
    pub fn weight_count(&self) -> usize {
        self.out_channels * self.fan_in()
    }

    /// Inputs of one output value: `in_channels · k²`.
    pub fn fan_in(&self) -> usize {
        self.in_channels * self.kernel * self.kernel
    }

    /// Where the weights are in the flat parameters.
    pub fn weight(&self) -> Range<usize> {
        self.offset..self.offset + self.weight_count()
    }

    /// Where the biases are in the flat parameters.
    pub fn bias(&self) -> Range<usize> {
        let start = self.offset + self.weight_count();
        start..start + self.out_channels
    }

    /// PyTorch's name of the weight.
    pub fn weight_name(&self) -> String {
        format!("features.{}.weight", self.module)
    }

    /// PyTorch's name of the bias.
    pub fn bias_name(&self) -> String {
        format!("features.{}.bias", self.module)
    }

    /// Shape of the weight: `[out, in, k, k]`.
    pub fn weight_shape(&self) -> [usize; 4] {
        [self.out_channels, self.in_channels, self.kernel, self.kernel]
    }

    /// Multiply-adds per image (edges counted in full, biases not).
    pub fn macs(&self) -> usize {
        self.weight_count() * self.side * self.side
    }
}

/// Widest layer that is accepted.
pub const MAX_CHANNELS: usize = 256;
/// Largest kernel that is accepted.
pub const MAX_KERNEL: usize = 11;
/// Largest input side that is accepted.
pub const MAX_RESOLUTION: usize = 512;

impl Layout {
    /// Checks `spec` and derives shapes, names and places.
    pub fn new(spec: &NetworkSpec) -> Result<Self, SpecError> {
        if !(1..=MAX_RESOLUTION).contains(&spec.resolution) {
            return Err(SpecError::Resolution { found: spec.resolution });
        }
        if spec.blocks.is_empty() {
            return Err(SpecError::NoBlocks);
        }
        let mut layout = Layout {
            spec: spec.clone(),
            blocks: Vec::new(),
            convolutions: Vec::new(),
            parameter_count: 0,
            logits: 0,
            head_window: 0,
            modules: 0,
        };
        let (mut channels, mut side) = (1, spec.resolution);
        for (index, block) in spec.blocks.iter().enumerate() {
            (channels, side) = layout.add_block(index, block, channels, side)?;
        }
        layout.add_head(spec.head, channels, side)?;
        Ok(layout)
    }

    fn add_block(
        &mut self,
        index: usize,
        block: &BlockSpec,
        in_channels: usize,
        side: usize,
    ) -> Result<(usize, usize), SpecError> {
        check_block(index, block)?;
        let pooled_side = side / block.pool.size();
        if pooled_side == 0 {
            return Err(SpecError::PooledAway { block: index + 1, side, pool: block.pool });
        }
        let first = self.convolutions.len();
        let mut channels = in_channels;
        for (position, &out_channels) in block.channels.iter().enumerate() {
            let relu = block.relu_after(position);
            let convolution = Convolution {
                block: index,
                module: self.modules,
                in_channels: channels,
                out_channels,
                kernel: if position == 0 { block.kernel } else { 1 },
                relu,
                side,
                offset: self.parameter_count,
            };
            self.parameter_count += convolution.weight_count() + out_channels;
            self.modules += 1 + usize::from(relu);
            self.convolutions.push(convolution);
            channels = out_channels;
        }
        self.modules += usize::from(block.pool != Pool::None);
        self.blocks.push(BlockLayout {
            in_channels,
            side,
            out_channels: channels,
            pooled_side,
            pool: block.pool,
            convolutions: first..self.convolutions.len(),
        });
        Ok((channels, pooled_side))
    }

    fn add_head(&mut self, head: Head, channels: usize, side: usize) -> Result<(), SpecError> {
        (self.head_window, self.logits) = match head {
            Head::Global => (side, channels),
            Head::Quadrant if side.is_multiple_of(2) => (side / 2, channels * 4),
            Head::Quadrant => return Err(SpecError::OddQuadrant { side }),
        };
        if self.logits < CLASSES {
            return Err(SpecError::TooFewLogits { logits: self.logits });
        }
        self.modules += 1;
        Ok(())
    }

    /// Multiply-adds of one image's forward pass.
    pub fn macs(&self) -> usize {
        self.convolutions.iter().map(Convolution::macs).sum()
    }
}

/// Digits are 0 to 9. A head may make more logits (the quadrant head's 40); the rest never is a label.
pub const CLASSES: usize = 10;

fn check_block(index: usize, block: &BlockSpec) -> Result<(), SpecError> {
    let number = index + 1;
    if block.kernel.is_multiple_of(2) || block.kernel > MAX_KERNEL {
        return Err(SpecError::Kernel { block: number, found: block.kernel });
    }
    if block.channels.is_empty() {
        return Err(SpecError::NoConvolutions { block: number });
    }
    if let Some(&found) = block.channels.iter().find(|&&c| !(1..=MAX_CHANNELS).contains(&c)) {
        return Err(SpecError::Channels { block: number, found });
    }
    if !block.relu.is_empty() && block.relu.len() != block.channels.len() {
        return Err(SpecError::ReluCount {
            block: number,
            convolutions: block.channels.len(),
            found: block.relu.len(),
        });
    }
    if block.pool != Pool::None && !(2..=8).contains(&block.pool.size()) {
        return Err(SpecError::PoolSize { block: number, found: block.pool.size() });
    }
    Ok(())
}
