//! The Python that builds a network; what PyTorch makes of it is tested where PyTorch is.

#![allow(clippy::unwrap_used)]

mod common;

use common::stage;
use nin_net::{BlockSpec, Head, Layout, NetworkSpec, Pool, pytorch_snippet};

#[test]
fn modules_are_numbered_as_the_parameters_are_named() {
    let layout = stage(2, 28, Head::Global);
    let text = pytorch_snippet(&layout, "runs/a \"b\"/v2.safetensors");
    for convolution in &layout.convolutions {
        let number = format!("# features.{}", convolution.module);
        let line = text.lines().find(|line| line.ends_with(&number)).unwrap();
        let expected = format!("nn.Conv2d({}, {}, ", convolution.in_channels, convolution.out_channels);
        assert!(line.trim_start().starts_with(&expected), "{line}");
    }
    assert_eq!(text.matches("# features.").count(), layout.modules);
    assert!(text.contains(r#"load_file("runs/a \"b\"/v2.safetensors")"#), "{text}");
    assert!(!text.contains("interpolate"), "28×28 is not resized\n{text}");
}

#[test]
fn every_kind_of_module_is_written() {
    let blocks = vec![
        BlockSpec { kernel: 5, channels: vec![3, 4], relu: vec![true, false], pool: Pool::None },
        BlockSpec { kernel: 1, channels: vec![10], relu: vec![], pool: Pool::Average(2) },
        BlockSpec { kernel: 3, channels: vec![10], relu: vec![], pool: Pool::Max(3) },
    ];
    let layout = Layout::new(&NetworkSpec { resolution: 24, head: Head::Quadrant, blocks }).unwrap();
    let text = pytorch_snippet(&layout, "v.safetensors");
    let lines = text.lines().filter_map(|line| line.split_once("# features."));
    let modules: Vec<&str> = lines.map(|(module, _)| module.trim().trim_end_matches(',')).collect();
    let expected = [
        "nn.Conv2d(1, 3, 5, padding=2)",
        "nn.ReLU()",
        "nn.Conv2d(3, 4, 1)",
        "nn.Conv2d(4, 10, 1)",
        "nn.ReLU()",
        "nn.AvgPool2d(2)",
        "nn.Conv2d(10, 10, 3, padding=1)",
        "nn.ReLU()",
        "nn.MaxPool2d(3)",
        "nn.AvgPool2d(2)",
    ];
    assert_eq!(modules, expected);
    assert!(text.contains("interpolate(x, size=(24, 24), mode=\"bilinear\")"), "{text}");
}
