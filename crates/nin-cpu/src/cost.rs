//! What the phases of a step cost on paper, and how much memory they take. How operations and bytes are counted stands at
//! [`KernelCost`](nin_net::KernelCost). Maps hold groups of 16 images: their words count for whole groups.

use std::sync::PoisonError;

use nin_net::{Convolution, OptimizerKind, Pool};

use crate::batch::Batch;
use crate::block::Block;
use crate::map::Map;
use crate::network::Network;
use crate::profile::Phase;
use crate::workspace::Workspace;

/// Floating-point operations, and 32-bit words read and written.
type Cost = (usize, usize);

impl Network {
    /// What `phase` costs over `batch`.
    pub fn cost(&self, workspace: &Workspace, phase: Phase, batch: &Batch<'_>) -> Cost {
        let (n, groups, parameters) = (batch.count, batch.groups(), self.layout.parameter_count);
        // A block's own parameters are read once; maps are filled group after group.
        let block = |cost: (usize, usize, usize)| (n * cost.0, cost.1 + groups * cost.2);
        match phase {
            // Parameters and two tables of indices to two packed copies.
            Phase::Pack => (0, 5 * parameters),
            Phase::Gather => self.gather_cost(workspace, batch),
            Phase::BlockForward(index) => block(workspace.forward_cost(index)),
            Phase::Head => self.head_cost(workspace, batch),
            Phase::BlockBackward(index) => block(workspace.backward_cost(index)),
            Phase::ConvolutionInputGradient(index) => block(workspace.input_gradient_cost(index)),
            // Every lane of every group, then the groups.
            Phase::Reduce => {
                ((n + groups) * parameters, groups * (workspace.sums.len() + 2 * parameters) + parameters)
            }
            // The norm's square and sum, then the update: moments (SGD has one) and parameters are read and written.
            Phase::Optimizer => {
                let state = if self.optimizer.kind == OptimizerKind::Sgd { 4 } else { 6 };
                ((2 + self.optimizer.kind.flop()) * parameters, (state + 1) * parameters)
            }
        }
    }

    /// Per pixel 9 for the bilinear mean; 10 more for its place if the image is moved (else a table has it).
    fn gather_cost(&self, workspace: &Workspace, batch: &Batch<'_>) -> Cost {
        let pixels = batch.count * self.layout.spec.resolution * self.layout.spec.resolution;
        let flop = pixels * if batch.transform(0).is_some() { 19 } else { 9 };
        let bytes = batch.count * batch.images.side() * batch.images.side();
        (flop, bytes.div_ceil(4) + batch.groups() * words(&workspace.maps[0]))
    }

    /// Per value of the last map a sum; per logit 10: its mean, and for softmax, loss and gradient two differences, two
    /// exponentials, a sum, a quotient, a difference and two products. The map is read, its gradient written.
    fn head_cost(&self, workspace: &Workspace, batch: &Batch<'_>) -> Cost {
        let last = self.layout.blocks.len() - 1;
        let block = &self.layout.blocks[last];
        let values = block.out_channels * block.pooled_side * block.pooled_side;
        let maps = words(&workspace.maps[last + 1]) + words(&workspace.map_gradients[last]);
        (batch.count * (values + 10 * self.layout.logits), batch.groups() * maps)
    }

    /// Words of what the network keeps, its threads' workspaces included.
    pub fn words(&self) -> usize {
        let results = self.results.iter().map(|result| result.logits.len() + result.gradient.len());
        let workspaces = self.workspaces.iter().map(|workspace| {
            let workspace = workspace.lock().unwrap_or_else(PoisonError::into_inner);
            workspace.as_ref().map_or(0, Workspace::words)
        });
        // State, packed weights in two orders and the tables of three, gradient.
        (3 + 2 + 3 + 1) * self.layout.parameter_count + results.sum::<usize>() + workspaces.sum::<usize>()
    }
}

/// Per image operations, once words of parameters, per group words of maps.
impl Workspace {
    /// A multiply-add per weight and pixel that pooling does not drop; for the mean, a sum per value.
    fn forward_cost(&self, index: usize) -> (usize, usize, usize) {
        let block = &self.blocks[index];
        let flop = block.pixels() * (2 * multiply_adds(&block.convolutions) + block.mean());
        let maps = words(&self.maps[index]) + words(&self.maps[index + 1]) + all_words(&block.activations);
        (flop, parameters(&block.convolutions), maps)
    }

    /// Per pixel that pooling does not drop: for each convolution the gradients of weights and biases, for each 1×1 its
    /// input's, and all convolutions again if the block is too large to keep what they made.
    fn backward_cost(&self, index: usize) -> (usize, usize, usize) {
        let block = &self.blocks[index];
        let convolutions = &block.convolutions;
        let biases: usize = convolutions.iter().map(|c| c.out_channels).sum();
        let again = if block.keeps { 0 } else { 2 * multiply_adds(convolutions) };
        let gradients = 2 * multiply_adds(convolutions) + biases + 2 * multiply_adds(&convolutions[1..]);
        let flop = block.pixels() * (again + gradients + block.mean());
        let sums = self.sums.len() / self.parameters() * parameters(convolutions);
        let maps =
            words(&self.maps[index]) + words(&self.maps[index + 1]) + words(&self.map_gradients[index]);
        let own = all_words(&block.activations) + all_words(&block.gradients);
        (flop, parameters(convolutions), maps + own + sums)
    }

    /// Per pixel a multiply-add for each weight.
    fn input_gradient_cost(&self, index: usize) -> (usize, usize, usize) {
        let block = &self.blocks[index];
        let (weights, side) = (multiply_adds(&block.convolutions[..1]), block.layout.side);
        let maps = words(&block.gradients[0]) + words(&self.map_gradients[index - 1]);
        (2 * side * side * weights, weights, maps)
    }

    fn parameters(&self) -> usize {
        self.blocks.iter().map(|block| parameters(&block.convolutions)).sum()
    }

    /// Words of all its buffers.
    pub fn words(&self) -> usize {
        let blocks = self.blocks.iter().map(|b| all_words(&b.activations) + all_words(&b.gradients));
        all_words(&self.maps) + all_words(&self.map_gradients) + self.sums.len() + blocks.sum::<usize>()
    }
}

impl Block {
    /// Pixels of an image that pooling does not drop.
    fn pixels(&self) -> usize {
        self.active * self.active
    }

    /// Operations that pooling takes per pixel: a mean adds up (and on the way back shares out) every value, a maximum
    /// compares.
    fn mean(&self) -> usize {
        if let Pool::Average(_) = self.layout.pool { self.layout.out_channels } else { 0 }
    }
}

fn multiply_adds(convolutions: &[Convolution]) -> usize {
    convolutions.iter().map(Convolution::weight_count).sum()
}

fn parameters(convolutions: &[Convolution]) -> usize {
    convolutions.iter().map(|c| c.weight_count() + c.out_channels).sum()
}

fn words(map: &Map) -> usize {
    map.cells.len()
}

fn all_words(maps: &[Map]) -> usize {
    maps.iter().map(words).sum()
}
