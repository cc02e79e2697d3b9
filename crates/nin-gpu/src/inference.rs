//! Evaluation, prediction and gradients of images outside of training.

use nin_net::{CLASSES, EngineError, Evaluation, Gradients, Split};

use crate::buffers::PASSES_PER_SUBMISSION;
use crate::engine::GpuEngine;
use crate::images::Images;
use crate::passes::Recorder;
use crate::record::{Outcome, Record};
use crate::training::write_records;

impl GpuEngine {
    /// Loss and confusion over the first `limit` images of `split`, added up in double precision on the host.
    pub(crate) async fn evaluate_images(
        &self,
        split: Split,
        limit: Option<usize>,
    ) -> Result<Evaluation, EngineError> {
        let (network, images) = (self.network()?, self.images(split)?);
        let count = limit.unwrap_or(images.count).min(images.count);
        let outcomes = self.gpu.storage("outcomes", 3 * count);
        let gather = network.bind_gather(&self.gpu, images, &self.no_plan);
        let head = network.bind_head(&self.gpu, &outcomes);
        let record = Record { side: images.side as u32, ..Record::default() };
        let records: Vec<_> = record.passes(0, count as u32, network.capacity as u32).collect();
        for some in records.chunks(PASSES_PER_SUBMISSION) {
            write_records(&self.gpu, &network.buffers, some);
            let mut encoder = self.gpu.encoder();
            let mut recorder = Recorder::new(network, &mut encoder);
            for (index, record) in some.iter().enumerate() {
                recorder.select(index);
                recorder.forward(record, &gather, &head);
            }
            drop(recorder);
            self.gpu.queue.submit([encoder.finish()]);
        }
        let outcomes: Vec<Outcome> = self.read_back(&[(&outcomes, 3 * count)]).await?;
        Ok(confusion(&outcomes[..count], &images.host_labels))
    }

    /// Logits and mean loss of `images`, and with `backward` their gradient (else none).
    pub(crate) async fn run_images(&self, images: &Images, backward: bool) -> Result<Gradients, EngineError> {
        let network = self.network()?;
        let outcomes = self.gpu.storage("outcomes", 3 * images.count);
        let logits_words = images.count * network.layout.logits;
        let logits = self.gpu.storage("logits", logits_words);
        let gather = network.bind_gather(&self.gpu, images, &self.no_plan);
        let head = network.bind_head(&self.gpu, &outcomes);
        let record = Record { side: images.side as u32, ..Record::default() };
        for record in record.passes(0, images.count as u32, network.capacity as u32) {
            write_records(&self.gpu, &network.buffers, &[record]);
            let mut encoder = self.gpu.encoder();
            let mut recorder = Recorder::new(network, &mut encoder);
            recorder.forward(&record, &gather, &head);
            if backward {
                recorder.backward(&record);
            }
            drop(recorder);
            let row = 4 * network.layout.logits as u64;
            let (at, bytes) = (row * u64::from(record.offset), row * u64::from(record.count));
            encoder.copy_buffer_to_buffer(&network.buffers.logits, 0, &logits, at, bytes);
            self.gpu.queue.submit([encoder.finish()]);
        }
        let parameters = network.layout.parameter_count;
        let gradient_words = if backward { parameters } else { 0 };
        let sources = [
            (&outcomes, 3 * images.count),
            (&logits, logits_words),
            (&network.buffers.gradient, gradient_words),
        ];
        let words: Vec<f32> = self.read_back(&sources).await?;
        let (outcomes, rest) = words.split_at(3 * images.count);
        let total: f64 = outcomes.iter().step_by(3).map(|&loss| f64::from(loss)).sum();
        Ok(Gradients {
            logits: rest[..logits_words].to_vec(),
            loss: (total / images.count as f64) as f32,
            gradient: rest[logits_words..logits_words + gradient_words].to_vec(),
        })
    }

    /// The first words of some buffers, one after the other.
    async fn read_back<T: bytemuck::Pod>(
        &self,
        sources: &[(&wgpu::Buffer, usize)],
    ) -> Result<Vec<T>, EngineError> {
        let staging = self.gpu.staging(sources.iter().map(|(_, words)| words).sum());
        let mut encoder = self.gpu.encoder();
        let mut at = 0;
        for (buffer, words) in sources {
            let bytes = 4 * *words as u64;
            if bytes > 0 {
                encoder.copy_buffer_to_buffer(buffer, 0, &staging, at, bytes);
            }
            at += bytes;
        }
        let submission = self.gpu.queue.submit([encoder.finish()]);
        self.gpu.read(&staging, submission).await
    }
}

fn confusion(outcomes: &[Outcome], labels: &[u8]) -> Evaluation {
    let mut evaluation = Evaluation {
        count: outcomes.len() as u32,
        loss: 0.0,
        confusion: vec![0; CLASSES * CLASSES],
        outside: vec![0; CLASSES],
    };
    for (outcome, &label) in outcomes.iter().zip(labels) {
        let (label, predicted) = (usize::from(label), outcome.predicted as usize);
        evaluation.loss += f64::from(outcome.cross_entropy);
        if predicted < CLASSES {
            evaluation.confusion[label * CLASSES + predicted] += 1;
        } else {
            evaluation.outside[label] += 1;
        }
    }
    evaluation.loss /= outcomes.len().max(1) as f64;
    evaluation
}
