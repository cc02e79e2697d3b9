//! Where the time of a training step goes.

use nin_net::{KernelCost, Layout, Profile};
use web_time::Instant;

use crate::batch::Batch;
use crate::network::{Network, Pass};
use crate::optimizer;
use crate::threads::Threads;

/// A part of a step. Blocks are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Parameters into the kernels' orders.
    Pack,
    /// From bytes to the network's input.
    Gather,
    /// A block, pooling included.
    BlockForward(usize),
    /// Logits, loss, and the gradient of the last map.
    Head,
    /// All of a block's gradients but its input's.
    BlockBackward(usize),
    /// Gradient of a block's input.
    ConvolutionInputGradient(usize),
    /// Sums over lanes and groups.
    Reduce,
    /// Gradient norm and update.
    Optimizer,
}

impl Phase {
    /// All phases of a step, in their order.
    fn all(layout: &Layout) -> Vec<Phase> {
        let blocks = layout.blocks.len();
        let mut all = vec![Phase::Pack, Phase::Gather];
        all.extend((0..blocks).map(Phase::BlockForward));
        all.push(Phase::Head);
        for block in (0..blocks).rev() {
            all.push(Phase::BlockBackward(block));
            all.extend((block > 0).then_some(Phase::ConvolutionInputGradient(block)));
        }
        all.extend([Phase::Reduce, Phase::Optimizer]);
        all
    }

    fn name(self) -> String {
        match self {
            Phase::Pack => "pack".into(),
            Phase::Gather => "gather".into(),
            Phase::BlockForward(block) => format!("block_forward {}", block + 1),
            Phase::Head => "head".into(),
            Phase::BlockBackward(block) => format!("block_backward {}", block + 1),
            Phase::ConvolutionInputGradient(block) => format!("convolution_input_gradient {}", block + 1),
            Phase::Reduce => "reduce".into(),
            Phase::Optimizer => "optimizer".into(),
        }
    }
}

/// Seconds that phases took, one after the other; counts nothing before it is started.
#[derive(Clone, Debug, Default)]
pub struct Laps {
    last: Option<Instant>,
    laps: Vec<(Phase, f64)>,
}

impl Laps {
    /// Counts from now on.
    pub fn start(&mut self) {
        self.laps.clear();
        self.last = Some(Instant::now());
    }

    /// `phase` took the time since the last call.
    pub fn lap(&mut self, phase: Phase) {
        if let Some(last) = &mut self.last {
            let now = Instant::now();
            self.laps.push((phase, now.duration_since(*last).as_secs_f64()));
            *last = now;
        }
    }

    /// The time since the last call is nobody's.
    pub fn skip(&mut self) {
        self.last = self.last.map(|_| Instant::now());
    }

    /// Counts no more; what was counted.
    pub fn stop(&mut self) -> Vec<(Phase, f64)> {
        self.last = None;
        std::mem::take(&mut self.laps)
    }
}

impl Network {
    /// What a step over `batch` costs but for the memory that the engine holds; changes nothing that lasts.
    pub fn profile(&mut self, threads: &Threads, batch: &Batch<'_>) -> Profile {
        let phases = Phase::all(&self.layout);
        self.time_step(threads, batch);
        let (mut runs, start) = (Vec::new(), Instant::now());
        while !Profile::is_measured(runs.len(), start.elapsed().as_secs_f64()) {
            let laps = self.time_step(threads, batch);
            runs.push(phases.iter().map(|phase| total(&laps, |other| other == *phase)).collect());
        }
        let cost = |phase: Phase| {
            let (flop, words) =
                self.workspaces.first().map_or((0, 0), |workspace| self.cost(workspace, phase, batch));
            KernelCost { name: phase.name(), seconds: 0.0, flop: flop as f64, bytes: 4.0 * words as f64 }
        };
        let profile = Profile {
            images: batch.count as u32,
            timer: "host clock".into(),
            kernels: phases.into_iter().map(cost).collect(),
            ..Profile::default()
        };
        profile.timed(&runs)
    }

    /// A step on a copy of the state. While several threads work, each phase gets its share of the time that passes: as
    /// much as it has of the threads' own times.
    fn time_step(&mut self, threads: &Threads, batch: &Batch<'_>) -> Vec<(Phase, f64)> {
        let mut scratch = self.state.clone();
        let mut laps = Laps::default();
        laps.start();
        self.pack();
        laps.lap(Phase::Pack);
        let start = Instant::now();
        self.run(threads, batch, Pass::Timed);
        let seconds = start.elapsed().as_secs_f64();
        laps.skip();
        self.reduce(batch);
        laps.lap(Phase::Reduce);
        optimizer::update(&self.optimizer, 0.0, &mut self.gradient, &mut scratch);
        laps.lap(Phase::Optimizer);
        let groups = self.results[..batch.groups()].iter_mut();
        let inside: Vec<_> = groups.flat_map(|result| result.laps.stop()).collect();
        // A coarse clock may have seen no time pass.
        let all = total(&inside, |_| true).max(f64::MIN_POSITIVE);
        let shares = inside.into_iter().map(|(phase, own)| (phase, seconds * own / all));
        laps.stop().into_iter().chain(shares).collect()
    }
}

fn total(laps: &[(Phase, f64)], counts: impl Fn(Phase) -> bool) -> f64 {
    laps.iter().filter(|(phase, _)| counts(*phase)).map(|(_, seconds)| seconds).sum()
}
