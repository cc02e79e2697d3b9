//! What every module of the equivalent `nn.Sequential` makes: for dead channels, screens, and comparison with PyTorch.

use nin_net::{Convolution, EngineError, Layout, NetworkSpec, Pool};

use crate::batch::Batch;
use crate::convolve::{After, Convolve};
use crate::gather::Gather;
use crate::head::HeadShape;
use crate::images::Images;
use crate::lanes::LANES;
use crate::map::Map;
use crate::packing::{Packed, Packing};
use crate::pool::PoolForward;
use crate::simd::Instructions;

/// Output of one module.
#[derive(Clone, Debug, PartialEq)]
pub struct Activation {
    /// Its number in the `nn.Sequential`: convolutions, ReLUs, poolings, and last the head.
    pub module: usize,
    /// Channels.
    pub channels: usize,
    /// Height and width of its maps.
    pub side: usize,
    /// `[N, channels, side, side]`.
    pub values: Vec<f32>,
}

/// Runs `images` (`[N, image_side, image_side]` bytes) through a network and returns what each module made, in order.
///
/// The result holds every value of every map: about 0.3 MB an image for v2 at 28², 20 MB at 224². Pass few images at a time.
///
/// # Errors
/// If the spec is wrong, `parameters` are not as many as the network has, or `images` are not whole images.
pub fn activations(
    spec: &NetworkSpec,
    parameters: &[f32],
    image_side: usize,
    images: &[u8],
) -> Result<Vec<Activation>, EngineError> {
    let layout = Layout::new(spec)?;
    if parameters.len() != layout.parameter_count {
        let (expected, found) = (layout.parameter_count, parameters.len());
        let message = format!("the network needs {expected} parameters, found {found}");
        return Err(EngineError::Input(message));
    }
    let images = Images::unlabelled(image_side, images)?;
    let batch = Batch::range(&images, 0, images.len());
    let mut packed = Packed::default();
    Packing::new(&layout).pack(parameters, &mut packed);
    let instructions = Instructions::best();
    let mut gather = Gather::new(spec.resolution, instructions);
    let mut trace = Trace { layout: &layout, packed, instructions, recorded: Vec::new(), next: 0 };
    for group in 0..batch.groups() {
        let mut input = Map::input(&layout, 0);
        gather.write(&batch, batch.places(group), &mut input);
        trace.run(input, batch.count, batch.places(group).start);
    }
    Ok(trace.recorded)
}

/// A walk over the modules, group by group.
struct Trace<'a> {
    layout: &'a Layout,
    packed: Packed,
    instructions: Instructions,
    recorded: Vec<Activation>,
    next: usize,
}

impl Trace<'_> {
    fn run(&mut self, mut input: Map, count: usize, first: usize) {
        self.next = 0;
        let layout = self.layout;
        for (index, block) in layout.blocks.iter().enumerate() {
            for convolution in &layout.convolutions[block.convolutions.clone()] {
                input = self.convolve(convolution, &input);
                self.record(&input, convolution.side, count, first);
                if convolution.relu {
                    input.cells.iter_mut().filter(|v| **v < 0.0).for_each(|v| *v = 0.0);
                    self.record(&input, convolution.side, count, first);
                }
            }
            let mut pooled = Map::input(layout, index + 1);
            let to = pooled.at;
            self.instructions.run(PoolForward {
                pool: block.pool,
                input: input.row(0),
                from: input.at,
                output: pooled.row_mut(0),
                to,
                rows: block.pooled_side,
                width: block.pooled_side,
            });
            if block.pool != Pool::None {
                self.record(&pooled, block.pooled_side, count, first);
            }
            input = pooled;
        }
        self.head(&input, count, first);
    }

    fn convolve(&self, convolution: &Convolution, input: &Map) -> Map {
        let mut output = Map::zeros(convolution.side, convolution.side, convolution.out_channels, 0);
        let to = output.at;
        self.instructions.run(Convolve {
            input: &input.cells[input.tap(0, 0, convolution.kernel / 2)..],
            from: input.at,
            kernel: convolution.kernel,
            weights: &self.packed.forward[convolution.weight()],
            bias: &self.packed.forward[convolution.bias()],
            output: output.row_mut(0),
            to,
            rows: convolution.side,
            width: convolution.side,
            after: After::Store,
        });
        output
    }

    /// The next module's values, of `count` images in all, to be filled in.
    fn next_module(&mut self, channels: usize, side: usize, count: usize) -> &mut Activation {
        let module = self.next;
        self.next += 1;
        if module == self.recorded.len() {
            let values = vec![0.0; count * channels * side * side];
            self.recorded.push(Activation { module, channels, side, values });
        }
        &mut self.recorded[module]
    }

    /// Copies a map's lanes to the images from `first` on.
    fn record(&mut self, map: &Map, side: usize, count: usize, first: usize) {
        let channels = map.at.channels;
        let activation = self.next_module(channels, side, count);
        let images = activation.values.chunks_exact_mut(channels * side * side).skip(first);
        for (lane, values) in images.take(LANES).enumerate() {
            for y in 0..side {
                let cells = map.row(y).as_chunks::<LANES>().0;
                for (place, cell) in cells[..side * channels].iter().enumerate() {
                    let (x, channel) = (place / channels, place % channels);
                    values[(channel * side + y) * side + x] = cell[lane];
                }
            }
        }
    }

    fn head(&mut self, map: &Map, count: usize, first: usize) {
        let head = HeadShape::new(self.layout);
        let mut logits = vec![0.0; head.logits * LANES];
        head.forward(map, &mut logits);
        let activation = self.next_module(head.logits / (head.windows * head.windows), head.windows, count);
        let values = &mut activation.values[first * head.logits..];
        let length = values.len().min(logits.len());
        values[..length].copy_from_slice(&logits[..length]);
    }
}
