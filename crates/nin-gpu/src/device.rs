//! The device with its queue: buffers, reading back, and faults remembered until the next call.

use std::sync::{Arc, Mutex, PoisonError};

use nin_net::{EngineError, MapPrecision};

use crate::adapter::{GpuOptions, Subgroups, WeightSums, is_software, name};
use crate::autotune::Autotune;
use crate::oneshot::oneshot;
use crate::segment::Tuning;

/// A device of our own, apart from any screen's.
pub(crate) struct Gpu {
    pub(crate) device: wgpu::Device,
    pub(crate) queue: wgpu::Queue,
    pub(crate) info: wgpu::AdapterInfo,
    pub(crate) tuning: Tuning,
    /// If this adapter is to be tuned.
    pub(crate) autotune: Option<Arc<Autotune>>,
    fault: Fault,
}

/// The first thing that went wrong outside a call.
#[derive(Clone, Default)]
struct Fault(Arc<Mutex<Option<String>>>);

impl Fault {
    fn set(&self, message: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(message);
    }

    fn get(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Gpu {
    /// Opens a device with WebGPU's default limits, with timestamps where the adapter has them, and subgroups and f16 where they
    /// are used.
    pub(crate) async fn open(adapter: &wgpu::Adapter, options: &GpuOptions) -> Result<Self, EngineError> {
        let info = adapter.get_info();
        let software = is_software(&info);
        let weight_sums = options.weight_sums.unwrap_or_else(|| WeightSums::of(&info));
        let tuning = Tuning::new(weight_sums, Subgroups::of(adapter, options));
        let mut wanted = wgpu::Features::TIMESTAMP_QUERY;
        wanted.set(wgpu::Features::SUBGROUP, tuning.subgroup > 0 || tuning.subgroup_sums);
        wanted.set(wgpu::Features::SHADER_F16, !options.map_precision.is_f32());
        if wanted.contains(wgpu::Features::SHADER_F16)
            && !adapter.features().contains(wgpu::Features::SHADER_F16)
        {
            return Err(MapPrecision::unsupported(&name(&info)));
        }
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("nin"),
            required_features: adapter.features() & wanted,
            required_limits: wgpu::Limits::default(),
            ..wgpu::DeviceDescriptor::default()
        };
        let (device, queue) = adapter.request_device(&descriptor).await.map_err(|error| {
            EngineError::NoAdapter(format!("the adapter {} gave no device: {error}", info.name))
        })?;
        let fault = Fault::default();
        let (lost, uncaptured) = (fault.clone(), fault.clone());
        device.set_device_lost_callback(move |reason, message| lost.set(format!("{reason:?}: {message}")));
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| uncaptured.set(error.to_string())));
        let autotune = options.autotune.clone().filter(|autotune| autotune.is_for(software));
        Ok(Gpu { device, queue, info, tuning, autotune, fault })
    }

    /// An error if anything went wrong since the device was opened.
    pub(crate) fn check(&self) -> Result<(), EngineError> {
        self.fault.get().map_or(Ok(()), |message| Err(EngineError::Device(message)))
    }

    /// A zeroed storage buffer of `words` 32-bit values (one at least), which can be copied from and written to.
    pub(crate) fn storage(&self, label: &str, words: usize) -> wgpu::Buffer {
        self.buffer(label, words, wgpu::BufferUsages::STORAGE)
    }

    pub(crate) fn buffer(&self, label: &str, words: usize, usage: wgpu::BufferUsages) -> wgpu::Buffer {
        self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size: 4 * words.max(1) as u64,
            usage: usage | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        })
    }

    /// A storage buffer that holds `data`.
    pub(crate) fn storage_with<T: bytemuck::NoUninit>(&self, label: &str, data: &[T]) -> wgpu::Buffer {
        let buffer = self.storage(label, size_of_val(data).div_ceil(4));
        self.queue.write_buffer(&buffer, 0, bytemuck::cast_slice(data));
        buffer
    }

    /// A buffer to copy into and map, of `words` 32-bit values.
    pub(crate) fn staging(&self, words: usize) -> wgpu::Buffer {
        self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("staging"),
            size: 4 * words.max(1) as u64,
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        })
    }

    pub(crate) fn encoder(&self) -> wgpu::CommandEncoder {
        self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default())
    }

    /// Waits until `submission` is done and returns what is in `staging`.
    pub(crate) async fn read<T: bytemuck::Pod>(
        &self,
        staging: &wgpu::Buffer,
        submission: wgpu::SubmissionIndex,
    ) -> Result<Vec<T>, EngineError> {
        let (sender, receiver) = oneshot();
        staging.map_async(wgpu::MapMode::Read, .., move |result| sender.send(result));
        self.drive(submission)?;
        let mapped = receiver.receive().await;
        self.check()?;
        match mapped {
            Some(Ok(())) => {}
            Some(Err(error)) => return Err(EngineError::Device(error.to_string())),
            None => return Err(EngineError::Device("a read-back was dropped".to_owned())),
        }
        let view = staging.get_mapped_range(..).map_err(|error| EngineError::Device(error.to_string()))?;
        let values = bytemuck::pod_collect_to_vec(&view[..]);
        drop(view);
        staging.unmap();
        Ok(values)
    }

    /// Waits until `submission` is done.
    pub(crate) async fn wait(&self, submission: wgpu::SubmissionIndex) -> Result<(), EngineError> {
        let (sender, receiver) = oneshot();
        self.queue.on_submitted_work_done(move || sender.send(()));
        self.drive(submission)?;
        receiver.receive().await;
        self.check()
    }

    /// Natively nothing happens unless the device is polled; a browser does it by itself.
    #[cfg(not(target_arch = "wasm32"))]
    fn drive(&self, submission: wgpu::SubmissionIndex) -> Result<(), EngineError> {
        let wait = wgpu::PollType::Wait { submission_index: Some(submission), timeout: None };
        self.device.poll(wait).map(|_| ()).map_err(|error| EngineError::Device(error.to_string()))
    }

    #[cfg(target_arch = "wasm32")]
    fn drive(&self, _submission: wgpu::SubmissionIndex) -> Result<(), EngineError> {
        Ok(())
    }
}
