//! Same seed, same device, same bits; and growing by identity changes nothing.

#![allow(clippy::unwrap_used, clippy::panic)]

use libtest_mimic::Arguments;
use nin_gpu::WeightSums;
use nin_net::{
    Carry, Engine, Growth, GrowthStart, Head, Layout, NetworkSpec, NetworkState, OptimizerSpec, Random,
    Stream, grow,
};
use nin_tests::networks::{Images, state, v2};
use nin_tests::training::twelve_steps;
use nin_tests::{cpu, cpu_trial, gpu, gpu_trial, gpu_with, gpu_without_subgroups};

fn main() {
    let arguments = Arguments::from_args();
    let trials = vec![
        cpu_trial("one_and_two_threads", || assert_eq!(train(&mut cpu(1), 4), train(&mut cpu(2), 4))),
        cpu_trial("chunks_do_not_matter", || assert_eq!(train(&mut cpu(2), 12), train(&mut cpu(2), 1))),
        cpu_trial("identity_growth", || identity_growth_keeps_logits(&mut cpu(2))),
        gpu_trial("twice", || assert_eq!(train(&mut gpu(), 4), train(&mut gpu(), 4))),
        gpu_trial("subgroups_do_not_matter", || subgroups_do_not_matter(WeightSums::Private)),
        gpu_trial("subgroups_do_not_matter_to_shared_sums", || subgroups_do_not_matter(WeightSums::Shared)),
        gpu_trial("chunks_do_not_matter", || assert_eq!(train(&mut gpu(), 12), train(&mut gpu(), 1))),
        gpu_trial("identity_growth", || identity_growth_keeps_logits(&mut gpu())),
    ];
    libtest_mimic::run(&arguments, trials).exit();
}

fn subgroups_do_not_matter(sums: WeightSums) {
    assert_eq!(train(&mut gpu_with(sums), 4), train(&mut gpu_without_subgroups(sums), 4));
}

fn train(engine: &mut impl Engine, chunk: usize) -> (Vec<u32>, NetworkState) {
    pollster::block_on(twelve_steps(engine, chunk)).unwrap()
}

fn identity_growth_keeps_logits(engine: &mut impl Engine) {
    let full = v2(28, Head::Global);
    let mut shallow: NetworkSpec = full.clone();
    shallow.blocks.iter_mut().for_each(|block| block.channels.truncate(2));
    let (old, new) = (Layout::new(&shallow).unwrap(), Layout::new(&full).unwrap());
    let parameters = state(&shallow, 3).parameters;
    let growth = Growth { start: GrowthStart::Identity, carry: Carry::WeightsAndBiases, new: vec![] };
    let grown = grow(&old, &parameters, &new, &growth, &mut Random::new(1, Stream::Initial, 1)).unwrap();
    let images = Images::random(20, 28, 2);
    let mut logits = |spec: &NetworkSpec, parameters: Vec<f32>| -> Vec<u32> {
        let state = NetworkState::new(parameters);
        pollster::block_on(async {
            engine.load_network(spec, 20, &OptimizerSpec::sgd(0.0), &state).await.unwrap();
            engine
                .predict(images.as_set().images)
                .await
                .unwrap()
                .iter()
                .map(|logit| logit.to_bits())
                .collect()
        })
    };
    assert_eq!(logits(&shallow, parameters), logits(&full, grown.parameters));
}
