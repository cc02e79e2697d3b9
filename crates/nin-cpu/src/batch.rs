//! Which images go through the network together.

use std::ops::Range;

use nin_net::{Affine, EpochPlan, Step};

use crate::images::Images;
use crate::lanes::LANES;

/// A batch of resident images; its groups are [`LANES`] images each, the last one maybe fewer.
#[derive(Clone, Copy)]
pub struct Batch<'a> {
    /// Where they are.
    pub images: &'a Images,
    /// How many.
    pub count: usize,
    source: Source<'a>,
}

#[derive(Clone, Copy)]
enum Source<'a> {
    /// The images from here on, as they are.
    From(usize),
    /// These; moved, unless `transforms` is empty.
    Order { order: &'a [u32], transforms: &'a [Affine] },
}

impl<'a> Batch<'a> {
    /// The `count` images from `first` on.
    pub fn range(images: &'a Images, first: usize, count: usize) -> Self {
        Batch { images, count, source: Source::From(first) }
    }

    /// What a training step sees. The step lies within the plan.
    pub fn step(images: &'a Images, plan: &'a EpochPlan, step: &Step) -> Self {
        let range = step.first as usize..step.first as usize + step.count as usize;
        let transforms = plan.transforms.get(range.clone()).unwrap_or(&[]);
        Batch { images, count: range.len(), source: Source::Order { order: &plan.order[range], transforms } }
    }

    /// How many groups it takes.
    pub fn groups(&self) -> usize {
        self.count.div_ceil(LANES)
    }

    /// Places of the batch that make a group.
    pub fn places(&self, group: usize) -> Range<usize> {
        group * LANES..self.count.min((group + 1) * LANES)
    }

    /// Index of the image at a place.
    pub fn image(&self, place: usize) -> usize {
        match self.source {
            Source::From(first) => first + place,
            Source::Order { order, .. } => order[place] as usize,
        }
    }

    /// How the image at a place is moved.
    pub fn transform(&self, place: usize) -> Option<&'a Affine> {
        match self.source {
            Source::From(_) => None,
            Source::Order { transforms, .. } => transforms.get(place),
        }
    }

    /// Label of the image at a place.
    pub fn label(&self, place: usize) -> usize {
        self.images.label(self.image(place))
    }
}
