//! Everything it takes to bring a group of images through the network and back.

use std::ops::Range;

use nin_net::Layout;

use crate::batch::Batch;
use crate::block::{Backward, Block};
use crate::gather::Gather;
use crate::head::{HeadShape, cross_entropy};
use crate::lanes::LANES;
use crate::map::Map;
use crate::packing::{Packed, Packing};
use crate::profile::{Laps, Phase};
use crate::simd::Instructions;

/// What a group's pass found.
#[derive(Clone, Debug, Default)]
pub struct GroupResult {
    /// `[LANES, logits]`.
    pub logits: Vec<f32>,
    /// Sum of the cross-entropies.
    pub loss: f64,
    /// The group's share of the batch's gradient, in the order of the flat parameters; only after a backward pass.
    pub gradient: Vec<f32>,
    /// Where the time went, if it was started.
    pub laps: Laps,
}

/// Buffers of one group at a time.
#[derive(Debug)]
pub struct Workspace {
    instructions: Instructions,
    gather: Gather,
    /// The blocks.
    pub blocks: Vec<Block>,
    /// Input of each block, and the last block's output.
    pub maps: Vec<Map>,
    /// Gradient of each block's output.
    pub map_gradients: Vec<Map>,
    head: HeadShape,
    logit_gradient: Vec<f32>,
}

impl Workspace {
    /// Buffers for a network.
    pub fn new(layout: &Layout, instructions: Instructions) -> Self {
        let blocks = layout.blocks.len();
        Workspace {
            instructions,
            gather: Gather::new(layout.spec.resolution, instructions),
            blocks: (0..blocks).map(|index| Block::new(layout, index)).collect(),
            maps: (0..=blocks).map(|index| Map::input(layout, index)).collect(),
            map_gradients: (0..blocks).map(|index| Map::output_gradient(layout, index)).collect(),
            head: HeadShape::new(layout),
            logit_gradient: vec![0.0; layout.logits * LANES],
        }
    }

    /// Logits and loss of a group.
    pub fn forward(&mut self, packed: &Packed, batch: &Batch<'_>, group: usize, result: &mut GroupResult) {
        let places = batch.places(group);
        self.gather.write(batch, places.clone(), &mut self.maps[0]);
        result.laps.lap(Phase::Gather);
        for (index, block) in self.blocks.iter_mut().enumerate() {
            let (inputs, outputs) = self.maps.split_at_mut(index + 1);
            block.forward(self.instructions, packed, &inputs[index], &mut outputs[0]);
            result.laps.lap(Phase::BlockForward(index));
        }
        result.logits.resize(self.logit_gradient.len(), 0.0);
        self.head.forward(&self.maps[self.blocks.len()], &mut result.logits);
        self.loss(batch, places, result);
        result.laps.lap(Phase::Head);
    }

    /// Sums the loss and leaves the logits' gradient; lanes without an image get none.
    fn loss(&mut self, batch: &Batch<'_>, places: Range<usize>, result: &mut GroupResult) {
        let scale = 1.0 / batch.count as f32;
        result.loss = 0.0;
        self.logit_gradient.fill(0.0);
        let logits = self.head.logits;
        let rows = result.logits.chunks_exact(logits).zip(self.logit_gradient.chunks_exact_mut(logits));
        for (place, (logits, gradient)) in places.zip(rows) {
            result.loss += f64::from(cross_entropy(logits, batch.label(place), scale, gradient));
        }
    }

    /// Gradient of the group that [`forward`](Workspace::forward) just saw.
    pub fn backward(&mut self, packed: &Packed, packing: &Packing, result: &mut GroupResult) {
        let blocks = self.blocks.len();
        self.head.backward(&self.logit_gradient, &mut self.map_gradients[blocks - 1]);
        result.laps.lap(Phase::Head);
        for (index, block) in self.blocks.iter_mut().enumerate().rev() {
            let (before, after) = self.map_gradients.split_at_mut(index);
            let pass = Backward {
                instructions: self.instructions,
                packed,
                input: &self.maps[index],
                output: &self.maps[index + 1],
                output_gradient: &after[0],
            };
            block.backward(&pass);
            result.laps.lap(Phase::BlockBackward(index));
            if let Some(input_gradient) = before.last_mut() {
                block.propagate_to_input(&pass, input_gradient);
                result.laps.lap(Phase::ConvolutionInputGradient(index));
            }
        }
        result.gradient.resize(packed.forward.len(), 0.0);
        for block in &self.blocks {
            let sums = block.pieces[0].sums.as_chunks::<LANES>().0;
            for (place, cell) in block.shape.parameters.clone().zip(sums) {
                result.gradient[packing.gradient_index(place)] = cell.iter().sum();
            }
        }
        result.laps.lap(Phase::Reduce);
    }
}
