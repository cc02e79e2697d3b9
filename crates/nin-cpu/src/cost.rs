//! What the phases of a step cost on paper, and how much memory they take. How operations and bytes are counted stands at
//! [`KernelCost`](nin_net::KernelCost). Maps hold groups of 16 images: their words count for whole groups.

use nin_net::{Convolution, OptimizerKind, Pool};

use crate::batch::Batch;
use crate::block::Block;
use crate::lanes::LANES;
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
                let sums = LANES * parameters;
                ((n + groups) * parameters, groups * (sums + 2 * parameters) + parameters)
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

    /// Words of what the network keeps, workspaces included.
    pub fn words(&self) -> usize {
        let results = self.results.iter().map(|result| result.logits.len() + result.gradient.len());
        let workspaces = self.workspaces.iter().map(Workspace::words);
        // State, packed weights in two orders and the tables of three, gradient.
        (3 + 2 + 3 + 1) * self.layout.parameter_count + results.sum::<usize>() + workspaces.sum::<usize>()
    }
}

/// Per image operations, once words of parameters, per group words of maps.
impl Workspace {
    /// A multiply-add per weight and pixel that pooling does not drop; for the mean, a sum per value.
    fn forward_cost(&self, index: usize) -> (usize, usize, usize) {
        let block = &self.blocks[index];
        let convolutions = &block.shape.convolutions;
        let flop = block.pixels() * (2 * multiply_adds(convolutions) + block.mean());
        let maps = words(&self.maps[index]) + words(&self.maps[index + 1]) + block.activation_words();
        (flop, parameters(convolutions), maps)
    }

    /// Per pixel that pooling does not drop: for each convolution the gradients of weights and biases, for each 1×1 its
    /// input's, and all convolutions again if the block is too large to keep what they made.
    fn backward_cost(&self, index: usize) -> (usize, usize, usize) {
        let block = &self.blocks[index];
        let convolutions = &block.shape.convolutions;
        let biases: usize = convolutions.iter().map(|c| c.out_channels).sum();
        let again = if block.shape.keeps { 0 } else { 2 * multiply_adds(convolutions) };
        let gradients = 2 * multiply_adds(convolutions) + biases + 2 * multiply_adds(&convolutions[1..]);
        let flop = block.pixels() * (again + gradients + block.mean());
        let maps =
            words(&self.maps[index]) + words(&self.maps[index + 1]) + words(&self.map_gradients[index]);
        let own = block.activation_words() + block.gradient_words() + block.sum_words();
        (flop, parameters(convolutions), maps + own)
    }

    /// Per pixel a multiply-add for each weight.
    fn input_gradient_cost(&self, index: usize) -> (usize, usize, usize) {
        let block = &self.blocks[index];
        let (weights, side) = (multiply_adds(&block.shape.convolutions[..1]), block.shape.layout.side);
        let gradient = block.first_gradient.as_ref().map_or(0, words);
        (2 * side * side * weights, weights, gradient + words(&self.map_gradients[index - 1]))
    }

    /// Words of all its buffers.
    pub fn words(&self) -> usize {
        let blocks = self.blocks.iter().map(|b| b.activation_words() + b.gradient_words() + b.sum_words());
        all_words(&self.maps) + all_words(&self.map_gradients) + blocks.sum::<usize>()
    }
}

impl Block {
    /// Pixels of an image that pooling does not drop.
    fn pixels(&self) -> usize {
        self.shape.active * self.shape.active
    }

    /// Operations that pooling takes per pixel: a mean adds up (and on the way back shares out) every value, a maximum
    /// compares.
    fn mean(&self) -> usize {
        if let Pool::Average(_) = self.shape.layout.pool { self.shape.layout.out_channels } else { 0 }
    }

    fn activation_words(&self) -> usize {
        self.pieces.iter().map(|piece| all_words(&piece.activations)).sum()
    }

    fn gradient_words(&self) -> usize {
        let own = self.pieces.iter().map(|piece| all_words(&piece.gradients)).sum::<usize>();
        own + self.first_gradient.as_ref().map_or(0, words)
    }

    fn sum_words(&self) -> usize {
        self.pieces.iter().map(|p| p.sums.len() + p.chunk_sums.len() + p.dense.len()).sum()
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
