//! Orders in which kernels read weights and write gradients, as permutations of the flat parameters.

use nin_net::{Convolution, Layout};

use crate::convolve::CHANNEL_TILE;
use crate::lanes::split;

/// Three permutations: place → index of the flat parameters. A convolution's weights stay within their range, biases
/// stay in place.
#[derive(Debug)]
pub struct Packing {
    /// As [`Convolve`](crate::convolve::Convolve) reads weights.
    forward: Vec<u32>,
    /// The same for the input gradient: flipped, channel axes swapped.
    backward: Vec<u32>,
    /// As [`WeightGradient`](crate::weight_gradient::WeightGradient) writes sums.
    gradient: Vec<u32>,
}

/// Parameters in the kernels' orders.
#[derive(Debug, Default)]
pub struct Packed {
    /// For the forward pass.
    pub forward: Vec<f32>,
    /// For input gradients.
    pub backward: Vec<f32>,
}

impl Packing {
    /// The permutations of a network.
    pub fn new(layout: &Layout) -> Self {
        let identity: Vec<u32> = (0..layout.parameter_count as u32).collect();
        let mut packing =
            Packing { forward: identity.clone(), backward: identity.clone(), gradient: identity };
        for convolution in &layout.convolutions {
            packing.add(convolution);
        }
        packing
    }

    fn add(&mut self, c: &Convolution) {
        let (k, ins, outs) = (c.kernel, c.in_channels, c.out_channels);
        let index =
            |o: usize, i: usize, y: usize, x: usize| (c.offset + ((o * ins + i) * k + y) * k + x) as u32;
        let taps = || (0..k).flat_map(move |y| (0..k).map(move |x| (y, x)));

        let forward = split(outs, CHANNEL_TILE).flat_map(|(first, size)| {
            taps().flat_map(move |(y, x)| {
                (0..ins).flat_map(move |i| (first..first + size).map(move |o| index(o, i, y, x)))
            })
        });
        fill(&mut self.forward[c.weight()], forward);
        let backward = split(ins, CHANNEL_TILE).flat_map(|(first, size)| {
            taps().flat_map(move |(y, x)| {
                (0..outs)
                    .flat_map(move |o| (first..first + size).map(move |i| index(o, i, k - 1 - y, k - 1 - x)))
            })
        });
        fill(&mut self.backward[c.weight()], backward);
        let gradient =
            taps().flat_map(|(y, x)| (0..ins).flat_map(move |i| (0..outs).map(move |o| index(o, i, y, x))));
        fill(&mut self.gradient[c.weight()], gradient);
    }

    /// Writes `parameters` into the kernels' orders.
    pub fn pack(&self, parameters: &[f32], packed: &mut Packed) {
        packed.forward.clear();
        packed.forward.extend(self.forward.iter().map(|&i| parameters[i as usize]));
        packed.backward.clear();
        packed.backward.extend(self.backward.iter().map(|&i| parameters[i as usize]));
    }

    /// Where the kernels' place `place` lies in the flat gradient.
    pub fn gradient_index(&self, place: usize) -> usize {
        self.gradient[place] as usize
    }
}

fn fill(places: &mut [u32], indices: impl Iterator<Item = u32>) {
    for (place, index) in places.iter_mut().zip(indices) {
        *place = index;
    }
}
