//! What the device does at most: `ceiling_multiply_add.wgsl` and `ceiling_copy.wgsl`, by the host's clock. Their work is
//! repeated within a submission until the way there and back is small beside it.

use nin_net::{Ceilings, EngineError, best_rate};
use web_time::Instant;

use crate::adapter::is_software;
use crate::device::Gpu;
use crate::kernel::{Kernel, KernelMaker, records_layout};
use crate::template::Constants;

const MULTIPLY_ADD: &str = include_str!("../../../shaders/ceiling_multiply_add.wgsl");
const COPY: &str = include_str!("../../../shaders/ceiling_copy.wgsl");

/// Invocations of a workgroup of both.
const LANES: usize = 256;
/// Workgroups of multiply-adds: several for each core of a large GPU.
const GROUPS: usize = 2048;
/// Vectors of four sums of an invocation: more than a multiply-add's latency takes, few enough for the registers of a CPU.
const SUMS: usize = 3;
/// Multiply-adds of a sum in a turn of the loop: with fewer, a software rasteriser's loop takes longer than they do.
const UNROLLED: usize = 32;
/// Bytes of each of the two copied buffers, unless the device has less: more than caches hold.
const COPIED: u64 = 128 << 20;
/// The same on a software rasteriser.
const COPIED_IN_SOFTWARE: u64 = 64 << 20;
/// With less, it would be caches that are measured.
const COPIED_AT_LEAST: u64 = 16 << 20;

/// The shaders' `Work`, bound as group 0.
struct Work {
    layout: wgpu::BindGroupLayout,
    buffer: wgpu::Buffer,
    group: wgpu::BindGroup,
}

impl Work {
    fn new(gpu: &Gpu) -> Self {
        let (layout, buffer) = (records_layout(gpu), gpu.buffer("work", 2, wgpu::BufferUsages::UNIFORM));
        let group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("work"),
            layout: &layout,
            entries: &[wgpu::BindGroupEntry { binding: 0, resource: buffer.as_entire_binding() }],
        });
        Work { layout, buffer, group }
    }

    fn write(&self, gpu: &Gpu, repeats: u32) {
        gpu.queue.write_buffer(&self.buffer, 0, bytemuck::bytes_of(&[repeats, 1.0_f32.to_bits()]));
    }
}

impl Gpu {
    /// Measures multiply-adds and copies.
    pub(crate) async fn ceilings(&self) -> Result<Ceilings, EngineError> {
        let work = Work::new(self);
        let flop_per_second = self.multiply_adds(&work).await?;
        Ok(Ceilings { flop_per_second, bytes_per_second: self.copies(&work).await? })
    }

    async fn multiply_adds(&self, work: &Work) -> Result<f64, EngineError> {
        let maker = KernelMaker { gpu: self, records: &work.layout };
        let constants = [("SUMS", SUMS as i64), ("UNROLLED", UNROLLED as i64)];
        let constants: Constants = constants.map(|(name, value)| (name.to_owned(), value)).into();
        let kernel = maker.make("ceiling_multiply_add", MULTIPLY_ADD, &constants).await?;
        let right = self.storage("right", LANES * GROUPS);
        let group = kernel.bind(self, &[right.as_entire_binding()]);
        let rate = best_rate(async |repeats| {
            work.write(self, repeats);
            self.time_work(&kernel, work, &[&group], GROUPS as u32).await
        });
        let rate = rate.await?;
        let counts: Vec<u32> = self.read_end(&right, LANES * GROUPS).await?;
        if counts.iter().any(|&count| count as usize != 4 * SUMS) {
            return Err(EngineError::Device("the adapter adds up wrong: ones are lost".to_owned()));
        }
        Ok(rate * (2 * 4 * SUMS * UNROLLED * LANES * GROUPS) as f64)
    }

    async fn copies(&self, work: &Work) -> Result<f64, EngineError> {
        let maker = KernelMaker { gpu: self, records: &work.layout };
        let kernel = maker.make("ceiling_copy", COPY, &Constants::new()).await?;
        let buffers = self.two_large_buffers().await?;
        let [a, b] = &buffers;
        let pair = |from: &wgpu::Buffer, to: &wgpu::Buffer| {
            kernel.bind(self, &[from.as_entire_binding(), to.as_entire_binding()])
        };
        let (there, back) = (pair(a, b), pair(b, a));
        let groups = (a.size() / 16) as u32 / LANES as u32;
        work.write(self, 1);
        let mut copies = 0;
        let rate = best_rate(async |repeats| {
            let turns = (copies..copies + repeats).map(|n| if n % 2 == 0 { &there } else { &back });
            let turns: Vec<_> = turns.collect();
            copies += repeats;
            self.time_work(&kernel, work, &turns, groups).await
        });
        let rate = rate.await?;
        let last: Vec<f32> = self.read_end(&buffers[copies as usize % 2], LANES).await?;
        if last.iter().any(|&value| value != copies as f32) {
            return Err(EngineError::Device("the adapter copies wrong: values are lost".to_owned()));
        }
        Ok(rate * (2 * a.size()) as f64)
    }

    /// Seconds of one submission: a dispatch of `kernel` for each of `bound`.
    async fn time_work(
        &self,
        kernel: &Kernel,
        work: &Work,
        bound: &[&wgpu::BindGroup],
        groups: u32,
    ) -> Result<f64, EngineError> {
        let mut encoder = self.encoder();
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        pass.set_pipeline(&kernel.pipeline);
        pass.set_bind_group(0, &work.group, &[0]);
        for group in bound {
            pass.set_bind_group(1, *group, &[]);
            pass.dispatch_workgroups(groups, 1, 1);
        }
        drop(pass);
        let start = Instant::now();
        let submission = self.queue.submit([encoder.finish()]);
        self.wait(submission).await?;
        Ok(start.elapsed().as_secs_f64())
    }

    /// As large as the device lets them be.
    async fn two_large_buffers(&self) -> Result<[wgpu::Buffer; 2], EngineError> {
        let most = if is_software(&self.info) { COPIED_IN_SOFTWARE } else { COPIED };
        let mut bytes = most.min(self.device.limits().max_storage_buffer_binding_size) & !4095;
        while bytes >= COPIED_AT_LEAST {
            let scope = self.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
            let buffers = ["copied", "copied back"].map(|name| self.storage(name, bytes as usize / 4));
            if scope.pop().await.is_none() {
                return Ok(buffers);
            }
            bytes /= 2;
        }
        Err(EngineError::Device("the adapter has no memory left to measure copies in".to_owned()))
    }

    /// The last `words` of a buffer.
    async fn read_end<T: bytemuck::Pod>(
        &self,
        buffer: &wgpu::Buffer,
        words: usize,
    ) -> Result<Vec<T>, EngineError> {
        let (staging, mut encoder) = (self.staging(words), self.encoder());
        let start = buffer.size() - staging.size();
        encoder.copy_buffer_to_buffer(buffer, start, &staging, 0, staging.size());
        let submission = self.queue.submit([encoder.finish()]);
        self.read(&staging, submission).await
    }
}
