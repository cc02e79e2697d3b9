//! Groups of images, and pieces of them, spread over threads. Which thread takes what never changes a bit of the result.

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

    /// Calls `job` once for each group. Groups that are computed at the same time have a workspace each: there are made as many
    /// as are wanted. A group may spread its own work by [`each`], for threads that have none of their own.
    pub fn for_each_group(
        &self,
        layout: &Layout,
        workspaces: &mut Vec<Workspace>,
        results: &mut [GroupResult],
        job: impl Fn(&mut Workspace, usize, &mut GroupResult) + Sync,
    ) {
        let wanted = self.count.min(results.len());
        while workspaces.len() < wanted {
            workspaces.push(Workspace::new(layout, self.instructions));
        }
        let groups = Mutex::new(results.iter_mut().enumerate());
        let next = || groups.lock().unwrap_or_else(PoisonError::into_inner).next();
        self.enter(|| {
            each(workspaces.iter_mut().take(wanted), |workspace| {
                while let Some((group, result)) = next() {
                    job(workspace, group, result);
                }
            });
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

    /// Runs `work` where [`each`] finds the engine's threads.
    #[cfg(not(target_arch = "wasm32"))]
    fn enter(&self, work: impl FnOnce() + Send) {
        self.pool.install(work);
    }

    #[cfg(target_arch = "wasm32")]
    fn enter(&self, work: impl FnOnce()) {
        work();
    }
}

/// Calls `job` once for each item, on the engine's threads as they are free; called from elsewhere, one after the other.
#[cfg(not(target_arch = "wasm32"))]
pub fn each<T: Send>(items: impl Iterator<Item = T>, job: impl Fn(T) + Sync + Send) {
    use rayon::prelude::*;
    let items: Vec<T> = items.collect();
    if items.len() < 2 || rayon::current_thread_index().is_none() {
        items.into_iter().for_each(job);
    } else {
        items.into_par_iter().with_max_len(1).for_each(job);
    }
}

/// Calls `job` once for each item.
#[cfg(target_arch = "wasm32")]
pub fn each<T>(items: impl Iterator<Item = T>, job: impl Fn(T)) {
    items.for_each(job);
}
