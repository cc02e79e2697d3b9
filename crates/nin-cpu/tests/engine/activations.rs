//! Every module's output against the naive network.

use nin_cpu::activations;
use nin_net::Layout;

use crate::cases::{Digits, parameters, specs};
use crate::reference::{forward, input, relative_error};

#[test]
fn every_module_makes_what_the_naive_network_makes() {
    for (name, spec) in specs() {
        let layout = Layout::new(&spec).unwrap();
        let digits = Digits::new(19, 9, 6);
        let parameters = parameters(&layout, 5);
        let found = activations(&spec, &parameters, digits.side, &digits.images).unwrap();
        assert_eq!(found.len(), layout.modules, "{name}");

        let wide: Vec<f64> = parameters.into_iter().map(f64::from).collect();
        let images = digits.images.chunks_exact(digits.side * digits.side);
        let expected: Vec<_> =
            images.map(|image| forward(&layout, &wide, input(image, digits.side, spec.resolution))).collect();
        for (module, found) in found.iter().enumerate() {
            assert_eq!(found.module, module, "{name}");
            let first = &expected[0][module];
            assert_eq!((found.channels, found.side), (first.channels, first.side), "{name}: module {module}");
            let values: Vec<f64> =
                expected.iter().flat_map(|modules| modules[module].values.clone()).collect();
            assert!(relative_error(&found.values, &values) < 1e-5, "{name}: module {module}");
        }
    }
}

#[test]
fn wrong_arguments_are_named() {
    let (_, spec) = specs().swap_remove(0);
    let message = activations(&spec, &[0.0; 3], 28, &[]).unwrap_err().to_string();
    assert!(message.contains("parameters, found 3"), "{message}");
    let count = Layout::new(&spec).unwrap().parameter_count;
    let message = activations(&spec, &vec![0.0; count], 28, &[0; 100]).unwrap_err().to_string();
    assert!(message.contains("100 bytes are not whole images of 28×28"), "{message}");
}
