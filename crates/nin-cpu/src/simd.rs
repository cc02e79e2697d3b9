//! Which vector instructions run: found once, when the engine starts.

use pulp::{Arch, WithSimd};

/// The best instructions of this processor that are compiled in: AVX-512 or AVX2 with FMA, NEON, wasm's simd128.
#[derive(Clone, Copy, Debug)]
pub struct Instructions(Arch);

impl Instructions {
    /// Asks the processor.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn best() -> Self {
        Instructions(Arch::new())
    }

    /// A module with simd128 code only loads where there is simd128, so that it is there.
    #[cfg(target_arch = "wasm32")]
    pub fn best() -> Self {
        pulp::wasm::enable_simd128();
        Instructions(pulp::wasm::Simd128::try_new().map_or(Arch::Scalar, Arch::Simd128))
    }

    /// Runs `operation`, compiled for these instructions.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn run<T: WithSimd>(self, operation: T) -> T::Output {
        self.0.dispatch(operation)
    }

    /// Not through [`Arch::dispatch`]: that would compile relaxed SIMD in, and no browser without it could load us.
    #[cfg(target_arch = "wasm32")]
    pub fn run<T: WithSimd>(self, operation: T) -> T::Output {
        use pulp::Simd;
        match self.0 {
            Arch::Simd128(simd) => Simd::vectorize(simd, operation),
            _ => Simd::vectorize(pulp::Scalar, operation),
        }
    }

    /// Their name, for people.
    pub fn name(self) -> &'static str {
        match self.0 {
            Arch::Scalar => "no SIMD",
            #[cfg(target_arch = "x86_64")]
            Arch::V4(_) => "AVX-512",
            #[cfg(target_arch = "x86_64")]
            Arch::V3(_) => "AVX2",
            #[cfg(target_arch = "wasm32")]
            _ => "simd128",
            #[cfg(not(target_arch = "wasm32"))]
            _ => "NEON",
        }
    }
}

#[cfg(test)]
mod tests {
    use nin_net::{
        BlockSpec, Engine, Gradients, Head, ImageSet, Initial, Layout, NetworkSpec, NetworkState,
        OptimizerSpec, Pool, Random, Stream,
    };

    use super::*;
    use crate::CpuEngine;

    fn all() -> Vec<Instructions> {
        let mut all = vec![Instructions(Arch::Scalar), Instructions::best()];
        #[cfg(target_arch = "x86_64")]
        all.extend(pulp::x86::V3::try_new().map(|v3| Instructions(Arch::V3(v3))));
        all
    }

    fn gradients(instructions: Instructions) -> Gradients {
        let block = |channels: &[usize], pool| BlockSpec {
            kernel: 3,
            channels: channels.to_vec(),
            relu: vec![],
            pool,
        };
        let spec = NetworkSpec {
            resolution: 13,
            head: Head::Global,
            blocks: vec![block(&[7, 5], Pool::Max(2)), block(&[6, 10], Pool::Average(2))],
        };
        let layout = Layout::new(&spec).unwrap();
        let mut random = Random::new(4, Stream::Initial, 0);
        let state = NetworkState::new(nin_net::initial_parameters(&layout, Initial::Kaiming, &mut random));
        let images: Vec<u8> = (0..20 * 100).map(|_| random.below(256) as u8).collect();
        let mut engine = CpuEngine::with_instructions(Some(1), instructions).unwrap();
        pollster::block_on(async {
            engine.load_network(&spec, 20, &OptimizerSpec::adam(), &state).await.unwrap();
            engine.gradients(ImageSet { side: 10, images: &images, labels: &[7; 20] }).await.unwrap()
        })
    }

    #[test]
    fn all_instruction_sets_agree() {
        let distance =
            |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt();
        let expected = gradients(Instructions(Arch::Scalar));
        for instructions in all() {
            let found = gradients(instructions);
            let name = instructions.name();
            assert!(distance(&found.logits, &expected.logits) < 1e-5, "{name}: logits");
            let error = distance(&found.gradient, &expected.gradient);
            assert!(error < 1e-5 * distance(&expected.gradient, &[0.0; 2000]), "{name}: {error}");
        }
    }
}
