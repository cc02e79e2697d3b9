//! Steps against the optimizers' formulas in f64.

use nin_net::{Engine, EpochPlan, NetworkState, OptimizerKind, OptimizerSpec, Split, Step};

use crate::cases::{Digits, engine, specs};
use crate::reference::relative_error;

/// The update written out, on f64 copies.
struct Expected {
    parameters: Vec<f64>,
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Expected {
    fn new(state: &NetworkState) -> Self {
        let wide = |values: &[f32]| values.iter().map(|&v| f64::from(v)).collect();
        Expected {
            parameters: wide(&state.parameters),
            first: wide(&state.first_moment),
            second: wide(&state.second_moment),
        }
    }

    fn step(&mut self, spec: &OptimizerSpec, learning_rate: f64, step: i32, gradient: &[f32]) {
        let norm = gradient.iter().map(|&g| f64::from(g).powi(2)).sum::<f64>().sqrt();
        let clip = f64::from(spec.clip_norm);
        let scale = if clip > 0.0 && norm > clip { clip / norm } else { 1.0 };
        let decay = f64::from(spec.weight_decay);
        let (beta1, beta2) = (f64::from(spec.beta1), f64::from(spec.beta2));
        for (i, &gradient) in gradient.iter().enumerate() {
            let (p, m, v) = (&mut self.parameters[i], &mut self.first[i], &mut self.second[i]);
            let mut g = f64::from(gradient) * scale;
            match spec.kind {
                OptimizerKind::AdamW => *p -= learning_rate * decay * *p,
                OptimizerKind::Sgd | OptimizerKind::Adam => g += decay * *p,
            }
            if spec.kind == OptimizerKind::Sgd {
                *m = f64::from(spec.momentum) * *m + g;
                *p -= learning_rate * *m;
            } else {
                *m = beta1 * *m + (1.0 - beta1) * g;
                *v = beta2 * *v + (1.0 - beta2) * g * g;
                let (mean, square) = (*m / (1.0 - beta1.powi(step)), *v / (1.0 - beta2.powi(step)));
                *p -= learning_rate * mean / (square.sqrt() + f64::from(spec.epsilon));
            }
        }
    }
}

fn check(name: &str, optimizer: &OptimizerSpec) {
    pollster::block_on(async {
        let (_, spec) = specs().swap_remove(0);
        let digits = Digits::new(21, 12, 8);
        let mut engine = engine(&spec, 2, 21, optimizer);
        engine.load_images(Split::Train, digits.set()).await.unwrap();
        engine.begin_epoch(&EpochPlan { order: (0..21).collect(), transforms: vec![] }).unwrap();
        let mut expected = Expected::new(&engine.state().await.unwrap());
        for step in 1..=4 {
            let found = engine.gradients(digits.set()).await.unwrap();
            engine.enqueue(&[Step { first: 0, count: 21, learning_rate: 0.02 }]).unwrap();
            let metrics = engine.finish().await.unwrap()[0];
            assert_eq!((metrics.loss, metrics.count), (found.loss, 21), "{name}");
            let norm = found.gradient.iter().map(|&g| f64::from(g).powi(2)).sum::<f64>().sqrt();
            assert!(relative_error(&[metrics.gradient_norm], &[norm]) < 1e-6, "{name}: norm");
            expected.step(optimizer, f64::from(0.02f32), step, &found.gradient);
        }
        let state = engine.state().await.unwrap();
        assert_eq!(state.step, 4);
        let error = relative_error(&state.parameters, &expected.parameters);
        assert!(error < 2e-6, "{name}: parameters {error:e}");
        let error = relative_error(&state.first_moment, &expected.first);
        assert!(error < 2e-6, "{name}: first moment {error:e}");
        if optimizer.kind == OptimizerKind::Sgd {
            assert!(state.second_moment.iter().all(|&v| v == 0.0), "{name}: second moment");
        } else {
            let error = relative_error(&state.second_moment, &expected.second);
            assert!(error < 2e-6, "{name}: second moment {error:e}");
        }
    });
}

#[test]
fn sgd_follows_its_formula() {
    check("plain", &OptimizerSpec::sgd(0.0));
    check("momentum, decay", &OptimizerSpec { weight_decay: 0.1, ..OptimizerSpec::sgd(0.9) });
    check("clipped", &OptimizerSpec { clip_norm: 0.05, weight_decay: 0.1, ..OptimizerSpec::sgd(0.5) });
}

#[test]
fn adam_and_adamw_follow_their_formulas() {
    let coarse = OptimizerSpec { epsilon: 1e-3, weight_decay: 0.3, ..OptimizerSpec::adam() };
    check("Adam", &coarse);
    check("AdamW", &OptimizerSpec { kind: OptimizerKind::AdamW, ..coarse.clone() });
    check("Adam, clipped", &OptimizerSpec { clip_norm: 0.05, beta1: 0.8, beta2: 0.95, ..coarse });
}
