//! Where a run begins, and the engine that carries it out.

use nin_data::Dataset;
use nin_train::{Host, Outcome, Recipe, RunError, resume, train};
use pollster::block_on;

use crate::engines::AnyEngine;

/// Where a run begins.
pub enum Start {
    /// At its recipe's first stage.
    Recipe(Recipe),
    /// Where these bytes of a checkpoint were saved.
    Checkpoint(Vec<u8>),
}

impl Start {
    /// Trains on this thread, to the end of the run.
    pub fn carry_out(
        self,
        engine: AnyEngine,
        host: &mut impl Host,
        dataset: Dataset,
    ) -> Result<Outcome, RunError> {
        match (engine, self) {
            (AnyEngine::Cpu(mut engine), Start::Recipe(recipe)) => {
                block_on(train(&mut engine, host, dataset, &recipe))
            }
            (AnyEngine::Gpu(mut engine), Start::Recipe(recipe)) => {
                block_on(train(&mut engine, host, dataset, &recipe))
            }
            (AnyEngine::Cpu(mut engine), Start::Checkpoint(bytes)) => {
                block_on(resume(&mut engine, host, dataset, &bytes))
            }
            (AnyEngine::Gpu(mut engine), Start::Checkpoint(bytes)) => {
                block_on(resume(&mut engine, host, dataset, &bytes))
            }
        }
    }
}
