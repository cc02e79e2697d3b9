//! Where each parameter and each partial sum lies on the device.

use nin_net::Layout;

use crate::segment::Segment;
use crate::tiled::PIXEL_SLAB;

/// Not read there.
pub(crate) const NOWHERE: u32 = u32::MAX;
/// Values that partial sums may take up in all: a quarter below WebGPU's largest binding.
const PARTIAL_BUDGET: usize = 24 << 20;
/// Rounds of loops that an invocation may take. lavapipe ends a shader's loops after 65,535 rounds of all of them together, without
/// a word; this leaves half of that for loops outside those over patches and columns.
pub(crate) const MOST_ROUNDS: usize = 32 << 10;

/// Weights as the kernels read them, in groups of four channels, each kernel's from a multiple of 256 bytes on.
pub(crate) struct Packing {
    /// Per segment: what block_forward and block_backward bind.
    pub(crate) forward: Vec<Region>,
    /// Per segment: what convolution_input_gradient binds; empty for the first.
    pub(crate) turned: Vec<Region>,
    /// Size of the whole, in values.
    pub(crate) len: usize,
    /// Per parameter: its places in the forward and the turned region.
    pub(crate) places: Vec<[u32; 2]>,
    /// Per value: the parameter whose place in a forward region it is.
    pub(crate) flat: Vec<u32>,
}

/// A run of `vec4`s.
#[derive(Clone, Debug, Default)]
pub(crate) struct Region {
    /// First `vec4`.
    pub(crate) start: usize,
    /// Number of `vec4`s.
    pub(crate) len: usize,
    /// For each layer: where its weights and biases start, counted from `start`.
    pub(crate) layers: Vec<(usize, usize)>,
}

impl Packing {
    pub(crate) fn new(layout: &Layout, segments: &[Segment]) -> Self {
        let mut packing = Packing {
            forward: Vec::new(),
            turned: Vec::new(),
            len: 0,
            places: vec![[NOWHERE; 2]; layout.parameter_count],
            flat: Vec::new(),
        };
        for (index, segment) in segments.iter().enumerate() {
            let forward = packing.place_forward(segment);
            packing.forward.push(forward);
            let turned = if index == 0 { Region::default() } else { packing.place_turned(segment) };
            packing.turned.push(turned);
        }
        packing.flat = vec![NOWHERE; packing.len];
        for (parameter, places) in (0..).zip(&packing.places) {
            packing.flat[places[0] as usize] = parameter;
        }
        packing
    }

    /// The packed weights of flat `parameters`.
    pub(crate) fn pack(&self, parameters: &[f32]) -> Vec<f32> {
        let mut packed = vec![0.0; self.len];
        for (&value, places) in parameters.iter().zip(&self.places) {
            for &place in places.iter().filter(|&&place| place != NOWHERE) {
                packed[place as usize] = value;
            }
        }
        packed
    }

    /// `[i][tap][o]` and `[o]` for every layer, o padded to whole tiles.
    fn place_forward(&mut self, segment: &Segment) -> Region {
        let mut region = Region { start: self.len / 4, len: 0, layers: Vec::new() };
        for (layer, convolution) in segment.convolutions.iter().enumerate() {
            let groups = segment.padded_groups(layer);
            let taps = convolution.kernel * convolution.kernel;
            let weight = region.len;
            let bias = weight + convolution.in_channels * taps * groups;
            for o in 0..convolution.out_channels {
                for i in 0..convolution.in_channels {
                    for tap in 0..taps {
                        let flat = convolution.offset + (o * convolution.in_channels + i) * taps + tap;
                        let place = 4 * (region.start + weight + (i * taps + tap) * groups) + o;
                        self.places[flat][0] = place as u32;
                    }
                }
                let place = 4 * (region.start + bias) + o;
                self.places[convolution.bias().start + o][0] = place as u32;
            }
            region.layers.push((weight, bias));
            region.len = bias + groups;
        }
        self.len = (4 * (region.start + region.len)).next_multiple_of(64);
        region
    }

    /// `[o][tap, turned round][i]` of the k×k convolution, i padded to whole tiles.
    fn place_turned(&mut self, segment: &Segment) -> Region {
        let convolution = &segment.convolutions[0];
        let groups = segment.in_tile() * segment.in_tiles();
        let taps = convolution.kernel * convolution.kernel;
        let start = self.len / 4;
        for o in 0..convolution.out_channels {
            for i in 0..convolution.in_channels {
                for tap in 0..taps {
                    let flat = convolution.offset + (o * convolution.in_channels + i) * taps + tap;
                    let place = 4 * (start + (o * taps + taps - 1 - tap) * groups) + i;
                    self.places[flat][1] = place as u32;
                }
            }
        }
        let len = convolution.out_channels * taps * groups;
        self.len = (4 * (start + len)).next_multiple_of(64);
        Region { start, len, layers: Vec::new() }
    }
}

/// Rows of partial sums of one convolution's parameters.
#[derive(Clone, Debug)]
pub(crate) struct PartialSums {
    /// Where its rows start, in values.
    pub(crate) start: usize,
    /// Where its weights start among the packed ones, in values.
    pub(crate) packed: usize,
    /// Weights and biases with their padding: the length of a row.
    pub(crate) length: usize,
    /// What is walked over: units per image, `lanes` of them at a time by one workgroup.
    pub(crate) units: usize,
    pub(crate) lanes: usize,
    /// Most workgroups that walk.
    pub(crate) walkers: usize,
    /// Rows per workgroup.
    pub(crate) slices: usize,
}

impl PartialSums {
    /// Workgroups of `reduce` for this convolution.
    pub(crate) fn reduce_groups(&self) -> usize {
        self.length.div_ceil(32)
    }

    /// Workgroups that walk over a batch of `count` images.
    pub(crate) fn walkers(&self, count: usize) -> usize {
        self.walkers.min((count * self.units).div_ceil(self.lanes))
    }
}

/// Places the partial sums of all convolutions for up to `capacity` images; also returns how many values they take.
pub(crate) fn partial_sums(
    segments: &[Segment],
    packing: &Packing,
    capacity: usize,
) -> (Vec<PartialSums>, usize) {
    let convolutions: usize = segments.iter().map(Segment::layers).sum();
    let budget = PARTIAL_BUDGET / convolutions;
    let (mut all, mut start) = (Vec::new(), 0);
    for (segment, region) in segments.iter().zip(&packing.forward) {
        let length = |layer: usize| {
            let (weight, bias) = region.layers[layer];
            4 * (bias - weight + segment.padded_groups(layer))
        };
        // One dispatch of block_backward makes the sums of several layers, so they share the number of workgroups.
        let fits = |layer: usize| budget / (length(layer) * segment.slices(layer));
        let first = if segment.layers() > 1 { segment.first_layer() } else { 1 };
        let shared = (first..segment.layers()).map(fits).min().unwrap_or(0);
        for layer in 0..segment.layers() {
            let mut sums = PartialSums {
                start,
                packed: 4 * (region.start + region.layers[layer].0),
                length: length(layer),
                units: segment.backward_patches(),
                lanes: segment.backward_lanes,
                walkers: shared.clamp(1, segment.tuning.walkers),
                slices: segment.slices(layer),
            };
            let mut rounds = segment.backward_rounds();
            if layer < first && segment.tiles_weights() {
                sums.units = segment.side * segment.side;
                sums.lanes = PIXEL_SLAB;
                sums.slices = 1;
                sums.walkers = segment.pixel_shares(budget / sums.length);
                rounds = segment.slab_rounds();
            } else if layer < first {
                let (inputs, groups) = segment.weight_tile_counts();
                // Workgroups of convolution_weight_gradient with the same place in the batch.
                let beside = inputs * groups;
                sums.units = segment.side;
                sums.lanes = segment.weight_lanes();
                sums.slices = if segment.private_sums() { sums.lanes } else { 1 };
                let fitting = budget / (sums.length * sums.slices);
                sums.walkers = fitting.min(segment.tuning.walkers / beside.div_ceil(4)).max(1);
                rounds = segment.side + 1;
            }
            let least = (capacity * sums.units * rounds).div_ceil(sums.lanes * MOST_ROUNDS);
            sums.walkers = sums.walkers.max(least);
            start += sums.walkers(capacity) * sums.slices * sums.length;
            all.push(sums);
        }
    }
    (all, start)
}
