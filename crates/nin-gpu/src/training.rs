//! Training steps: many in one submission, their metrics read back later.

use bytemuck::bytes_of;
use nin_net::{EngineError, EpochPlan, Split, Step, StepMetrics};

use crate::buffers::{Buffers, PASSES_PER_SUBMISSION, PlanBuffers};
use crate::device::Gpu;
use crate::engine::GpuEngine;
use crate::images::Images;
use crate::kernel::RECORD_STRIDE;
use crate::passes::Recorder;
use crate::record::{DeviceMetrics, Record};

/// The images of an epoch, in order.
pub(crate) struct Epoch {
    pub(crate) plan: PlanBuffers,
    pub(crate) length: usize,
    pub(crate) augmented: bool,
}

impl Epoch {
    pub(crate) fn upload(gpu: &Gpu, plan: &EpochPlan, images: &Images) -> Result<Self, EngineError> {
        let length = plan.order.len();
        plan.check(images.count)?;
        let transforms: Vec<[f32; 6]> =
            plan.transforms.iter().map(|t| [t.xx, t.xy, t.x0, t.yx, t.yy, t.y0]).collect();
        let plan = PlanBuffers {
            order: gpu.storage_with("order", &plan.order),
            transforms: gpu.storage_with("transforms", &transforms),
        };
        Ok(Epoch { plan, length, augmented: !transforms.is_empty() })
    }
}

/// Queued steps whose metrics have not been read yet.
pub(crate) struct Chunk {
    pub(crate) staging: wgpu::Buffer,
    submission: Option<wgpu::SubmissionIndex>,
    steps: usize,
}

impl Chunk {
    pub(crate) async fn metrics(self, gpu: &Gpu) -> Result<Vec<StepMetrics>, EngineError> {
        let Some(submission) = self.submission else { return Ok(Vec::new()) };
        let metrics: Vec<DeviceMetrics> = gpu.read(&self.staging, submission).await?;
        Ok(metrics[..self.steps]
            .iter()
            .map(|m| StepMetrics {
                loss: m.loss,
                hits: m.hits,
                count: m.count,
                gradient_norm: m.gradient_norm,
            })
            .collect())
    }
}

impl GpuEngine {
    /// Submits `steps` in as many submissions as bound their length, without waiting.
    pub(crate) fn submit_steps(&mut self, steps: &[Step]) -> Result<Chunk, EngineError> {
        let (network, images) = (self.network()?, self.images(Split::Train)?);
        let epoch = self.epoch.as_ref().ok_or_else(|| EngineError::Input("no epoch has begun".to_owned()))?;
        steps.iter().try_for_each(|step| step.check(network.batch, epoch.length))?;
        let gather = network.bind_gather(&self.gpu, images, &epoch.plan);
        let passes_per_step = |step: &Step| (step.count as usize).div_ceil(network.capacity);
        let most_passes = steps.iter().map(passes_per_step).max().unwrap_or(1);
        let steps_at_once = (PASSES_PER_SUBMISSION / most_passes).max(1);

        let staging = self.gpu.staging(4 * steps.len());
        let mut submission = None;
        for (part, some) in steps.chunks(steps_at_once).enumerate() {
            let first = part * steps_at_once;
            let records: Vec<Record> = some
                .iter()
                .zip(0..)
                .flat_map(|(step, slot)| {
                    let number = self.step + (first + slot) as u64 + 1;
                    let record = Record {
                        slot: slot as u32,
                        side: images.side as u32,
                        augmented: u32::from(epoch.augmented),
                        ..Record::training(step, number, &network.optimizer_spec)
                    };
                    record.passes(step.first, step.count, network.capacity as u32)
                })
                .collect();
            write_records(&self.gpu, &network.buffers, &records);
            let mut encoder = self.gpu.encoder();
            let mut recorder = Recorder::new(network, &mut encoder);
            for (index, record) in records.iter().enumerate() {
                recorder.select(index);
                recorder.forward(record, &gather, &network.step_head);
                recorder.backward(record);
                if record.is_last() {
                    recorder.update();
                }
            }
            drop(recorder);
            let (at, bytes) = (16 * first as u64, 16 * some.len() as u64);
            encoder.copy_buffer_to_buffer(&network.buffers.metrics, 0, &staging, at, bytes);
            submission = Some(self.gpu.queue.submit([encoder.finish()]));
        }
        self.step += steps.len() as u64;
        Ok(Chunk { staging, submission, steps: steps.len() })
    }
}

/// Queues the writing of `records` before the next submission.
pub(crate) fn write_records(gpu: &Gpu, buffers: &Buffers, records: &[Record]) {
    let mut bytes = vec![0; records.len() * RECORD_STRIDE as usize];
    for (record, place) in records.iter().zip(bytes.chunks_exact_mut(RECORD_STRIDE as usize)) {
        place[..size_of::<Record>()].copy_from_slice(bytes_of(record));
    }
    gpu.queue.write_buffer(&buffers.records, 0, &bytes);
}
