//! Groups of images spread over threads. Which thread takes a group never changes a bit of its result.

use std::sync::{Mutex, PoisonError};

use nin_net::{EngineError, Layout};

use crate::simd::Instructions;
use crate::workspace::{GroupResult, Workspace};

/// The engine's threads and the instructions they run. In wasm there is only the thread that calls.
pub struct Threads {
    /// What runs on each.
    pub instructions: Instructions,
    /// How many there are.
    pub count: usize,
    #[cfg(not(target_arch = "wasm32"))]
    pool: rayon::ThreadPool,
}

/// One workspace per thread, made when the thread first needs it.
pub type Workspaces = Vec<Mutex<Option<Workspace>>>;

impl Threads {
    /// `count` threads, or one per processor.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn new(count: Option<usize>, instructions: Instructions) -> Result<Self, EngineError> {
        if count == Some(0) {
            return Err(EngineError::Input("0 threads were asked for: expected at least 1".into()));
        }
        let builder = rayon::ThreadPoolBuilder::new().num_threads(count.unwrap_or(0));
        let pool = builder.build().map_err(|error| {
            EngineError::Input(format!("threads could not be started ({error}): ask for fewer"))
        })?;
        Ok(Threads { instructions, count: pool.current_num_threads(), pool })
    }

    /// The thread that calls, whatever `count` says.
    #[cfg(target_arch = "wasm32")]
    pub fn new(_count: Option<usize>, instructions: Instructions) -> Result<Self, EngineError> {
        Ok(Threads { instructions, count: 1 })
    }

    /// Room for a workspace per thread.
    pub fn workspaces(&self) -> Workspaces {
        (0..self.count).map(|_| Mutex::new(None)).collect()
    }

    /// Calls `job` once for each group, with the workspace of the thread it lands on.
    pub fn for_each_group(
        &self,
        layout: &Layout,
        workspaces: &Workspaces,
        results: &mut [GroupResult],
        job: impl Fn(&mut Workspace, usize, &mut GroupResult) + Sync,
    ) {
        self.spread(results, |thread, group, result| {
            // After a panic a workspace is half written; every pass writes before it reads, so it is as good as new.
            let mut workspace = workspaces[thread].lock().unwrap_or_else(PoisonError::into_inner);
            let workspace = workspace.get_or_insert_with(|| Workspace::new(layout, self.instructions));
            job(workspace, group, result);
        });
    }

    /// Calls `job` once on each thread, with its number.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn on_all(&self, job: impl Fn(usize) + Sync) {
        self.pool.broadcast(|context| job(context.index()));
    }

    /// Calls `job` on the one thread.
    #[cfg(target_arch = "wasm32")]
    pub fn on_all(&self, job: impl Fn(usize) + Sync) {
        job(0);
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn spread(&self, results: &mut [GroupResult], job: impl Fn(usize, usize, &mut GroupResult) + Sync) {
        use rayon::prelude::*;
        self.pool.install(|| {
            let groups = results.par_iter_mut().enumerate().with_max_len(1);
            groups.for_each(|(group, result)| job(rayon::current_thread_index().unwrap_or(0), group, result));
        });
    }

    #[cfg(target_arch = "wasm32")]
    fn spread(&self, results: &mut [GroupResult], job: impl Fn(usize, usize, &mut GroupResult) + Sync) {
        results.iter_mut().enumerate().for_each(|(group, result)| job(0, group, result));
    }
}
