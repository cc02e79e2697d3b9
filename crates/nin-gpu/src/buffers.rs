//! A network's buffers on the device.

use nin_net::{EngineError, Layout, MapPrecision, NetworkState, normalise};

use crate::device::Gpu;
use crate::kernel::{Kernel, RECORD_STRIDE};
use crate::packing::{Packing, Region};
use crate::segment::Segment;

/// Bytes of what `head` finds out about an image.
const OUTCOME_BYTES: u64 = 12;
/// Passes that one submission may have.
pub(crate) const PASSES_PER_SUBMISSION: usize = 64;

/// Buffers of the whole network.
pub(crate) struct Buffers {
    pub(crate) records: wgpu::Buffer,
    pub(crate) logits: wgpu::Buffer,
    pub(crate) outcomes: wgpu::Buffer,
    pub(crate) gradient: wgpu::Buffer,
    pub(crate) metrics: wgpu::Buffer,
    pub(crate) parameters: wgpu::Buffer,
    pub(crate) first_moment: wgpu::Buffer,
    pub(crate) second_moment: wgpu::Buffer,
    pub(crate) packed: wgpu::Buffer,
    pub(crate) partial_sums: wgpu::Buffer,
    /// [`Packing::flat`].
    pub(crate) flat: wgpu::Buffer,
    /// [`Packing::places`].
    pub(crate) places: wgpu::Buffer,
    pub(crate) batch_labels: wgpu::Buffer,
    pub(crate) normalised: wgpu::Buffer,
    /// Input of each segment, then the last segment's output.
    pub(crate) maps: Vec<wgpu::Buffer>,
    /// Gradient of a segment's output: of the last, then of the one before, …; when one is written, nobody reads the next any more.
    pub(crate) output_gradient: wgpu::Buffer,
    pub(crate) routes: Vec<wgpu::Buffer>,
    pub(crate) conv_gradients: Vec<wgpu::Buffer>,
}

/// The order and the transforms of an epoch.
pub(crate) struct PlanBuffers {
    pub(crate) order: wgpu::Buffer,
    pub(crate) transforms: wgpu::Buffer,
}

/// How much the buffers are to hold.
pub(crate) struct Shape {
    /// Images of one step.
    pub(crate) batch: usize,
    /// Images of one pass.
    pub(crate) capacity: usize,
    /// Values of partial sums.
    pub(crate) sums_len: usize,
}

impl Buffers {
    pub(crate) fn new(
        gpu: &Gpu,
        layout: &Layout,
        segments: &[Segment],
        packing: &Packing,
        shape: &Shape,
        state: &NetworkState,
    ) -> Self {
        let per_image = |label: &str, words: usize| gpu.storage(label, shape.capacity * words);
        let last = &segments[segments.len() - 1];
        let mut maps: Vec<_> = segments.iter().map(|s| per_image("map", input_words(s))).collect();
        maps.push(per_image("last map", output_words(last)));
        let passes = PASSES_PER_SUBMISSION.max(shape.batch.div_ceil(shape.capacity));
        let packed = gpu.buffer(
            "packed weights",
            packing.len,
            wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::UNIFORM,
        );
        gpu.queue.write_buffer(&packed, 0, bytemuck::cast_slice(&packing.pack(&state.parameters)));
        let normalised: Vec<f32> = (0..=255).map(normalise).collect();
        Buffers {
            records: gpu.buffer("records", passes * RECORD_STRIDE as usize / 4, wgpu::BufferUsages::UNIFORM),
            logits: per_image("logits", layout.logits),
            outcomes: gpu.storage("outcomes", 3 * shape.batch),
            gradient: gpu.storage("gradient", layout.parameter_count),
            metrics: gpu.storage("metrics", 4 * PASSES_PER_SUBMISSION),
            parameters: gpu.storage_with("parameters", &state.parameters),
            first_moment: gpu.storage_with("first moment", &state.first_moment),
            second_moment: gpu.storage_with("second moment", &state.second_moment),
            packed,
            partial_sums: gpu.storage("partial sums", shape.sums_len),
            flat: gpu.storage_with("flat", &packing.flat),
            places: gpu.storage_with("places", &packing.places),
            batch_labels: per_image("batch labels", 1),
            normalised: gpu.storage_with("normalised", &normalised),
            maps,
            output_gradient: per_image(
                "output gradient",
                segments.iter().map(output_words).max().unwrap_or_default(),
            ),
            routes: segments.iter().map(|s| per_image("route", route_words(s))).collect(),
            conv_gradients: segments.iter().map(|s| per_image("conv gradient", conv_words(s))).collect(),
        }
    }

    /// A region of the packed weights, then whole buffers.
    pub(crate) fn with_weights<'b>(
        &'b self,
        region: &Region,
        others: &[&'b wgpu::Buffer],
    ) -> Vec<wgpu::BindingResource<'b>> {
        let mut resources = vec![part(&self.packed, region.start, region.len)];
        resources.extend(others.iter().map(|buffer| buffer.as_entire_binding()));
        resources
    }

    pub(crate) fn bind_head(&self, gpu: &Gpu, head: &Kernel, outcomes: &wgpu::Buffer) -> wgpu::BindGroup {
        let last = self.maps.len() - 1;
        let buffers = [&self.maps[last], &self.batch_labels, &self.logits, outcomes, &self.output_gradient];
        head.bind(gpu, &buffers.map(wgpu::Buffer::as_entire_binding))
    }

    /// Binds what the optimizer updates: parameters, moments, packed weights.
    pub(crate) fn bind_optimizer(
        &self,
        gpu: &Gpu,
        optimizer: &Kernel,
        state: [&wgpu::Buffer; 4],
    ) -> wgpu::BindGroup {
        let [parameters, first_moment, second_moment, packed] = state;
        let buffers =
            [&self.gradient, &self.metrics, &self.places, parameters, first_moment, second_moment, packed];
        optimizer.bind(gpu, &buffers.map(wgpu::Buffer::as_entire_binding))
    }
}

/// `len` groups of 16 bytes of `buffer`, from group `start` on.
pub(crate) fn part(buffer: &wgpu::Buffer, start: usize, len: usize) -> wgpu::BindingResource<'_> {
    wgpu::BindingResource::Buffer(wgpu::BufferBinding {
        buffer,
        offset: 16 * start as u64,
        size: wgpu::BufferSize::new(16 * len as u64),
    })
}

/// 32-bit words of so many values of a map.
pub(crate) fn map_words(values: usize, precision: MapPrecision) -> usize {
    match precision {
        MapPrecision::F32 => values,
        MapPrecision::F16 => values.div_ceil(2),
    }
}

/// Of the input map as it is stored.
pub(crate) fn input_words(segment: &Segment) -> usize {
    map_words(segment.in_channels() * segment.row() * segment.row(), segment.input_precision)
}

/// None if block_backward needs the gradient for itself alone.
pub(crate) fn conv_words(segment: &Segment) -> usize {
    if segment.fuses_first() {
        return 0;
    }
    segment.convolutions[0].out_channels * segment.row() * segment.row()
}

/// Of the output's gradient, and of the output if the head reads it.
pub(crate) fn output_words(segment: &Segment) -> usize {
    segment.out_channels() * segment.pooled * segment.pooled
}

pub(crate) fn route_words(segment: &Segment) -> usize {
    segment.groups(segment.layers() - 1) * segment.pooled * segment.pooled
}

/// Images that fit one pass: `batch`, or as many as keep every buffer within the limits.
pub(crate) fn capacity(gpu: &Gpu, segments: &[Segment], batch: usize) -> Result<usize, EngineError> {
    let limit = gpu.device.limits().max_storage_buffer_binding_size;
    let largest = segments.iter().flat_map(|s| [input_words(s), conv_words(s), output_words(s)]).max();
    let fitting = limit as usize / 4 / largest.unwrap_or(1);
    match batch.min(fitting) {
        0 if batch == 0 => Err(EngineError::Input("the batch is 0: expected at least one image".to_owned())),
        0 => Err(EngineError::Input(format!(
            "one image's maps need {} bytes, but this adapter's max_storage_buffer_binding_size is {limit}: not even a batch \
             of 1 fits; lower the resolution or the channels, or use the CPU engine",
            4 * largest.unwrap_or(1)
        ))),
        capacity => check_batch(gpu, batch, capacity).map(|()| capacity),
    }
}

/// Whether what grows with the batch, however many passes it takes, is within the limits.
fn check_batch(gpu: &Gpu, batch: usize, capacity: usize) -> Result<(), EngineError> {
    let limits = gpu.device.limits();
    let (name, limit, most) = [
        ("max_storage_buffer_binding_size", limits.max_storage_buffer_binding_size, OUTCOME_BYTES, 1),
        ("max_buffer_size", limits.max_buffer_size, RECORD_STRIDE, capacity),
    ]
    .map(|(name, limit, bytes, images)| (name, limit, (limit / bytes) as usize * images))
    .into_iter()
    .min_by_key(|&(.., most)| most)
    .unwrap_or_default();
    match batch <= most {
        true => Ok(()),
        false => Err(EngineError::Input(format!(
            "a batch of {batch} images is too large for this adapter, whose {name} is {limit} bytes: at most {most} images fit"
        ))),
    }
}
