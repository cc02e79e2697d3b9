//! Which of several equal kernels an adapter runs fastest: tried once for each adapter and shape, then remembered.
//!
//! Only what changes no order of sums is tried: how many lanes a workgroup has, which pixels an invocation takes at a time, and,
//! of wide layers, whether a workgroup makes a tile together, through its memory. The numbers are those of the default, to the bit
//! on every driver that we have seen; WGSL allows a compiler to contract `a * b + c` in one kernel and not in another, which would
//! show as a difference in the last place.

use std::collections::BTreeMap;
use std::fmt::{Debug, Formatter};
use std::sync::{Mutex, PoisonError};

use nin_net::{EngineError, median};
use serde::{Deserialize, Serialize};
use web_time::Instant;

use crate::network::Bound;

/// Dispatches of one measurement take about this many seconds,
const MEASURED_SECONDS: f64 = 2e-3;
/// or there are this many of them.
const MOST_DISPATCHES: usize = 64;
const MEASUREMENTS: usize = 3;
/// Raised when kernels can do more than what was tried of them: what was found before is tried anew.
const KERNELS: u32 = 2;

/// How a kernel's work is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Shape {
    /// Invocations of a workgroup.
    pub(crate) lanes: usize,
    /// How many of them are side by side in channels: with several, the workgroup makes a tile together, else each fetches
    /// for itself.
    #[serde(default = "alone")]
    pub(crate) channel_lanes: usize,
    /// Height and width, in pixels, of what an invocation takes at a time.
    pub(crate) patch: (usize, usize),
}

fn alone() -> usize {
    1
}

/// The fastest shapes that were found, by adapter (with its driver's version) and kernel. It is kept as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TuningTable {
    adapters: BTreeMap<String, BTreeMap<String, Shape>>,
}

impl TuningTable {
    /// Kernels, of all adapters.
    pub fn len(&self) -> usize {
        self.adapters.values().map(BTreeMap::len).sum()
    }

    /// Whether nothing was tried yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Trying, with what was found before.
pub struct Autotune {
    table: Mutex<TuningTable>,
    keep: Box<dyn Fn(&TuningTable) + Send + Sync>,
    software: bool,
}

impl Autotune {
    /// Goes on from `table`; `keep` is called with what is known whenever something was found.
    pub fn new(table: TuningTable, keep: impl Fn(&TuningTable) + Send + Sync + 'static) -> Self {
        Autotune { table: Mutex::new(table), keep: Box::new(keep), software: false }
    }

    /// Tries on software adapters, too: they compile each kernel for longer than it will save.
    #[must_use]
    pub fn with_software(self) -> Self {
        Autotune { software: true, ..self }
    }

    pub(crate) fn is_for(&self, software: bool) -> bool {
        self.software || !software
    }

    fn find(&self, adapter: &str, kernel: &str) -> Option<Shape> {
        let table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.adapters.get(adapter)?.get(kernel).copied()
    }

    fn set(&self, adapter: &str, kernel: &str, shape: Shape) {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.adapters.entry(adapter.to_owned()).or_default().insert(kernel.to_owned(), shape);
        (self.keep)(&table);
    }
}

impl Debug for Autotune {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Autotune").field("table", &self.table).finish_non_exhaustive()
    }
}

/// What a kernel is tried with.
pub(crate) struct Trial<'t> {
    /// Tells the kernel from all others: its name and what its work depends on.
    pub(crate) kernel: String,
    /// Bound at record 0, which names a whole pass.
    pub(crate) records: &'t wgpu::BindGroup,
    /// The default first.
    pub(crate) shapes: Vec<Shape>,
}

impl crate::device::Gpu {
    /// The fastest of the shapes on this device, made by `make` and dispatched with `size` workgroups.
    pub(crate) async fn fastest(
        &self,
        trial: Trial<'_>,
        make: impl AsyncFn(Shape) -> Result<Bound, EngineError>,
        size: impl Fn(Shape) -> [usize; 3],
    ) -> Result<(Shape, Bound), EngineError> {
        let default = trial.shapes[0];
        let Some(autotune) = &self.autotune else { return Ok((default, make(default).await?)) };
        let adapter = self.tuned_name();
        if let Some(known) = autotune.find(&adapter, &trial.kernel).filter(|s| trial.shapes.contains(s)) {
            return Ok((known, make(known).await?));
        }
        let mut best: Option<(f64, Shape, Bound)> = None;
        for &shape in &trial.shapes {
            let bound = make(shape).await?;
            let seconds = self.time(trial.records, &bound, size(shape)).await?;
            if best.as_ref().is_none_or(|(least, ..)| seconds < *least) {
                best = Some((seconds, shape, bound));
            }
        }
        let Some((_, shape, bound)) = best else { return Ok((default, make(default).await?)) };
        autotune.set(&adapter, &trial.kernel, shape);
        Ok((shape, bound))
    }

    /// Seconds of one dispatch, many of them in a submission.
    async fn time(
        &self,
        records: &wgpu::BindGroup,
        bound: &Bound,
        size: [usize; 3],
    ) -> Result<f64, EngineError> {
        let run = async |count: usize| -> Result<f64, EngineError> {
            let start = Instant::now();
            let mut encoder = self.encoder();
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            pass.set_pipeline(&bound.kernel.pipeline);
            pass.set_bind_group(0, records, &[0]);
            pass.set_bind_group(1, &bound.group, &[]);
            for _ in 0..count {
                pass.dispatch_workgroups(size[0] as u32, size[1] as u32, size[2] as u32);
            }
            drop(pass);
            let submission = self.queue.submit([encoder.finish()]);
            self.wait(submission).await?;
            Ok(start.elapsed().as_secs_f64() / count as f64)
        };
        // Drivers may compile only now.
        run(1).await?;
        let count = (MEASURED_SECONDS / run(1).await?.max(1e-9)).ceil() as usize;
        let mut seconds = Vec::new();
        for _ in 0..MEASUREMENTS {
            seconds.push(run(count.clamp(1, MOST_DISPATCHES)).await?);
        }
        Ok(median(seconds))
    }

    /// The adapter with its driver, and the version of our kernels.
    fn tuned_name(&self) -> String {
        let info = &self.info;
        format!(
            "{} ({:?}, driver {} {}), nin {}, kernels {KERNELS}",
            info.name,
            info.backend,
            info.driver,
            info.driver_info,
            env!("CARGO_PKG_VERSION")
        )
    }
}
