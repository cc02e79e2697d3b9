//! How many bytes the engine's buffers take.

use crate::buffers::{Buffers, PlanBuffers};
use crate::engine::GpuEngine;
use crate::images::Images;

impl GpuEngine {
    /// Bytes of all buffers that are held now.
    pub(crate) fn held_bytes(&self) -> u64 {
        let images = self.train.iter().chain(&self.test).map(Images::bytes);
        let plans = self.epoch.iter().map(|epoch| &epoch.plan).chain([&self.no_plan]).map(PlanBuffers::bytes);
        let networks = self.network.iter().map(|network| network.buffers.bytes());
        let chunks = self.chunks.iter().map(|chunk| chunk.staging.size());
        images.chain(plans).chain(networks).chain(chunks).sum()
    }
}

impl Images {
    fn bytes(&self) -> u64 {
        self.pixels.size() + self.labels.size()
    }
}

impl PlanBuffers {
    fn bytes(&self) -> u64 {
        self.order.size() + self.transforms.size()
    }
}

impl Buffers {
    fn bytes(&self) -> u64 {
        // Without `..`, so that no buffer is forgotten.
        let Buffers {
            records,
            logits,
            outcomes,
            gradient,
            metrics,
            parameters,
            first_moment,
            second_moment,
            packed,
            partial_sums,
            flat,
            places,
            batch_labels,
            normalised,
            maps,
            output_gradient,
            routes,
            conv_gradients,
        } = self;
        let single = [
            records,
            logits,
            outcomes,
            gradient,
            metrics,
            parameters,
            first_moment,
            second_moment,
            packed,
            partial_sums,
            flat,
            places,
            batch_labels,
            normalised,
            output_gradient,
        ];
        let per_segment = [maps, routes, conv_gradients].into_iter().flatten();
        single.into_iter().chain(per_segment).map(wgpu::Buffer::size).sum()
    }
}
