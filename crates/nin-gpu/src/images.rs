//! Images that stay on the device as bytes.

use nin_net::{CLASSES, EngineError, ImageSet};

use crate::device::Gpu;

/// A resident set of images.
pub(crate) struct Images {
    /// Four pixels to a word, image after image.
    pub(crate) pixels: wgpu::Buffer,
    /// One word each.
    pub(crate) labels: wgpu::Buffer,
    pub(crate) side: usize,
    pub(crate) count: usize,
    /// The labels again, for counting confusion.
    pub(crate) host_labels: Vec<u8>,
}

impl Images {
    pub(crate) fn upload(gpu: &Gpu, set: ImageSet<'_>) -> Result<Self, EngineError> {
        let (side, count) = (set.side, set.labels.len());
        if side == 0 || count == 0 || set.images.len() != count * side * side {
            return Err(EngineError::Input(format!(
                "{count} labels and {} bytes do not make images of {side}×{side}: expected side² bytes for each label",
                set.images.len()
            )));
        }
        if let Some(label) = set.labels.iter().find(|&&label| usize::from(label) >= CLASSES) {
            return Err(EngineError::Input(format!("label {label} is not a digit: expected 0 to 9")));
        }
        let limit = gpu.device.limits().max_storage_buffer_binding_size;
        if set.images.len() as u64 > limit {
            return Err(EngineError::Input(format!(
                "the images take {} bytes, but a GPU buffer holds {limit}: use fewer images, or the CPU engine",
                set.images.len()
            )));
        }
        let pixels = gpu.storage("images", set.images.len().div_ceil(4));
        let whole = set.images.len() / 4 * 4;
        gpu.queue.write_buffer(&pixels, 0, &set.images[..whole]);
        let mut tail = [0; 4];
        tail[..set.images.len() - whole].copy_from_slice(&set.images[whole..]);
        if whole < set.images.len() {
            gpu.queue.write_buffer(&pixels, whole as u64, &tail);
        }
        let words: Vec<u32> = set.labels.iter().copied().map(u32::from).collect();
        let labels = gpu.storage_with("labels", &words);
        Ok(Images { pixels, labels, side, count, host_labels: set.labels.to_vec() })
    }
}
