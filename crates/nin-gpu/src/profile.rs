//! What a training step costs: its kernels one by one, by the device's clock where it has one.

use nin_net::{EngineError, KernelCost, Profile, Split, Step};
use web_time::Instant;

use crate::engine::GpuEngine;
use crate::network::Network;
use crate::passes::Dispatch;
use crate::record::Record;
use crate::training::write_records;

/// Who tells how long a kernel takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Timer {
    /// The device, before and after each kernel. Browsers round this to a tenth of a millisecond.
    TimestampQueries,
    /// The host, from the submission of each kernel alone until it has heard of its end.
    HostClock,
}

/// The buffers of a step that changes nothing that lasts.
struct Bindings {
    gather: wgpu::BindGroup,
    optimizer: wgpu::BindGroup,
}

impl GpuEngine {
    /// [`Engine::profile`](nin_net::Engine::profile) by the host's clock, also where the device has one. It adds the way there
    /// and back to each kernel's time.
    ///
    /// # Errors
    /// As [`Engine::profile`](nin_net::Engine::profile).
    pub async fn profile_by_host_clock(&self) -> Result<Profile, EngineError> {
        self.profile_by(Timer::HostClock).await
    }

    pub(crate) async fn profile_by_best_clock(&self) -> Result<Profile, EngineError> {
        let has_timestamps = self.gpu.device.features().contains(wgpu::Features::TIMESTAMP_QUERY);
        self.profile_by(if has_timestamps { Timer::TimestampQueries } else { Timer::HostClock }).await
    }

    async fn profile_by(&self, timer: Timer) -> Result<Profile, EngineError> {
        self.gpu.check()?;
        let network = self.network()?;
        let records = self.profiled_step(network)?;
        let bindings = self.bindings(network)?;
        let mut kernels = Vec::new();
        for record in &records {
            kernels.extend(dispatches(network, &bindings, record).map(|d| network.cost(&d, record)));
        }
        // Drivers may compile, and clocks speed up, with the first step.
        self.time_step(network, &bindings, &records, timer).await?;
        let (mut runs, start) = (Vec::new(), Instant::now());
        while !Profile::is_measured(runs.len(), start.elapsed().as_secs_f64()) {
            runs.push(self.time_step(network, &bindings, &records, timer).await?);
        }
        let timer = match timer {
            Timer::TimestampQueries => "timestamp queries",
            Timer::HostClock => "host clock, one kernel a submit",
        };
        let profile = Profile {
            images: records.iter().map(|record| record.count).sum(),
            device_memory_bytes: self.held_bytes(),
            timer: timer.to_owned(),
            kernels,
        };
        let mut profile = profile.timed(&runs);
        profile.kernels = merged(profile.kernels);
        Ok(profile)
    }

    /// The passes of a step over the first images of the epoch, or of the training set.
    fn profiled_step(&self, network: &Network) -> Result<Vec<Record>, EngineError> {
        let images = self.images(Split::Train)?;
        let length = self.epoch.as_ref().map_or(images.count, |epoch| epoch.length);
        let step = Step { first: 0, count: network.batch.min(length) as u32, learning_rate: 0.0 };
        let record = Record {
            side: images.side as u32,
            ordered: u32::from(self.epoch.is_some()),
            augmented: u32::from(self.epoch.as_ref().is_some_and(|epoch| epoch.augmented)),
            ..Record::training(&step, self.step + 1, &network.optimizer_spec)
        };
        Ok(record.passes(step.first, step.count, network.capacity as u32).collect())
    }

    fn bindings(&self, network: &Network) -> Result<Bindings, EngineError> {
        let plan = self.epoch.as_ref().map_or(&self.no_plan, |epoch| &epoch.plan);
        let gather = network.bind_gather(&self.gpu, self.images(Split::Train)?, plan);
        Ok(Bindings { gather, optimizer: network.bind_scratch_optimizer(&self.gpu) })
    }

    /// Seconds of each dispatch of a step.
    async fn time_step(
        &self,
        network: &Network,
        bindings: &Bindings,
        records: &[Record],
        timer: Timer,
    ) -> Result<Vec<f64>, EngineError> {
        let mut seconds = Vec::new();
        for record in records {
            write_records(&self.gpu, &network.buffers, &[*record]);
            let dispatches: Vec<_> = dispatches(network, bindings, record).collect();
            seconds.extend(match timer {
                Timer::TimestampQueries => self.time_by_queries(network, &dispatches).await?,
                Timer::HostClock => self.time_by_host(network, &dispatches).await?,
            });
        }
        Ok(seconds)
    }

    /// Each dispatch in a compute pass of its own: the device notes when it begins and ends.
    async fn time_by_queries(
        &self,
        network: &Network,
        dispatches: &[Dispatch<'_>],
    ) -> Result<Vec<f64>, EngineError> {
        let queries = 2 * dispatches.len() as u32;
        let set = self.gpu.device.create_query_set(&wgpu::QuerySetDescriptor {
            label: Some("timestamps"),
            ty: wgpu::QueryType::Timestamp,
            count: queries,
        });
        // A timestamp is two words.
        let words = 2 * queries as usize;
        let resolved = self.gpu.buffer("timestamps", words, wgpu::BufferUsages::QUERY_RESOLVE);
        let staging = self.gpu.staging(words);
        let mut encoder = self.gpu.encoder();
        for (dispatch, begin) in dispatches.iter().zip((0..).step_by(2)) {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                label: Some(dispatch.kernel.name),
                timestamp_writes: Some(wgpu::ComputePassTimestampWrites {
                    query_set: &set,
                    beginning_of_pass_write_index: Some(begin),
                    end_of_pass_write_index: Some(begin + 1),
                }),
            });
            dispatch.record(network, &mut pass, 0);
        }
        encoder.resolve_query_set(&set, 0..queries, &resolved, 0);
        encoder.copy_buffer_to_buffer(&resolved, 0, &staging, 0, resolved.size());
        let submission = self.gpu.queue.submit([encoder.finish()]);
        let ticks: Vec<u64> = self.gpu.read(&staging, submission).await?;
        let nanoseconds = f64::from(self.gpu.queue.get_timestamp_period());
        let spans = ticks.as_chunks::<2>().0.iter().map(|[begin, end]| end.saturating_sub(*begin));
        Ok(spans.map(|ticks| 1e-9 * nanoseconds * ticks as f64).collect())
    }

    async fn time_by_host(
        &self,
        network: &Network,
        dispatches: &[Dispatch<'_>],
    ) -> Result<Vec<f64>, EngineError> {
        let mut seconds = Vec::new();
        for dispatch in dispatches {
            let mut encoder = self.gpu.encoder();
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            dispatch.record(network, &mut pass, 0);
            drop(pass);
            let start = Instant::now();
            let submission = self.gpu.queue.submit([encoder.finish()]);
            self.gpu.wait(submission).await?;
            seconds.push(start.elapsed().as_secs_f64());
        }
        Ok(seconds)
    }
}

/// What a pass of the step dispatches.
fn dispatches<'n>(
    network: &'n Network,
    bindings: &'n Bindings,
    record: &Record,
) -> impl Iterator<Item = Dispatch<'n>> + use<'n> {
    let update = record.is_last().then(|| network.update(&bindings.optimizer));
    network
        .forward(record, &bindings.gather, &network.step_head)
        .chain(network.backward(record))
        .chain(update.into_iter().flatten())
}

/// Adds up kernels of the same name: a large batch takes several passes.
fn merged(kernels: Vec<KernelCost>) -> Vec<KernelCost> {
    let mut merged: Vec<KernelCost> = Vec::new();
    for kernel in kernels {
        match merged.iter_mut().find(|other| other.name == kernel.name) {
            Some(other) => {
                other.seconds += kernel.seconds;
                other.flop += kernel.flop;
                other.bytes += kernel.bytes;
            }
            None => merged.push(kernel),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_of_a_large_batch_add_up() {
        let kernel =
            |name: &str, seconds| KernelCost { name: name.to_owned(), seconds, flop: 4.0, bytes: 8.0 };
        let merged = merged(vec![kernel("head", 1.0), kernel("reduce", 2.0), kernel("head", 3.0)]);
        let head = KernelCost { name: "head".to_owned(), seconds: 4.0, flop: 8.0, bytes: 16.0 };
        assert_eq!(merged, [head, kernel("reduce", 2.0)]);
    }
}
