use prost::Message as _;

use super::messages::{Graph, Model, Node, ValueInfo, attribute, element};
use super::{OnnxOptions, onnx};
use crate::{BlockSpec, FileError, Head, Layout, NetworkSpec, Pool};

/// Two blocks with every kind of module: ReLUs left out, no pooling, maximum and mean.
fn layout(resolution: usize, head: Head, pools: [Pool; 2]) -> Layout {
    let blocks = vec![
        BlockSpec { kernel: 5, channels: vec![3, 4], relu: vec![true, false], pool: pools[0] },
        BlockSpec { kernel: 1, channels: vec![10], relu: vec![], pool: pools[1] },
    ];
    Layout::new(&NetworkSpec { resolution, head, blocks }).unwrap()
}

fn parameters(layout: &Layout) -> Vec<f32> {
    (0..layout.parameter_count).map(|index| index as f32).collect()
}

fn model(layout: &Layout, with_preprocessing: bool) -> Model {
    let metadata = [("stage".to_owned(), "v1".to_owned())].into();
    let options = OnnxOptions { name: "test".to_owned(), with_preprocessing, metadata };
    Model::decode(onnx(layout, &parameters(layout), &options).unwrap().as_slice()).unwrap()
}

fn graph(layout: &Layout, with_preprocessing: bool) -> Graph {
    model(layout, with_preprocessing).graph.unwrap()
}

/// Name and operator of every node.
fn operators(graph: &Graph) -> Vec<(&str, &str)> {
    graph.node.iter().map(|node| (node.name.as_str(), node.op_type.as_str())).collect()
}

fn ints<'a>(node: &'a Node, name: &str) -> &'a [i64] {
    let attribute = node.attribute.iter().find(|attribute| attribute.name == name).unwrap();
    assert_eq!(attribute.r#type, attribute::INTS);
    &attribute.ints
}

fn shape(value: &ValueInfo) -> (i32, Vec<String>) {
    let tensor = value.r#type.clone().unwrap().tensor_type.unwrap();
    let text = |dim: &super::messages::Dimension| match (&dim.dim_param, dim.dim_value) {
        (Some(name), None) => name.clone(),
        (None, Some(value)) => value.to_string(),
        both => panic!("{both:?}"),
    };
    (tensor.elem_type, tensor.shape.unwrap().dim.iter().map(text).collect())
}

#[test]
fn modules_become_nodes_with_pytorchs_numbers() {
    let graph = graph(&layout(14, Head::Global, [Pool::Max(2), Pool::Average(3)]), false);
    let expected = [
        ("features.0", "Conv"),
        ("features.1", "Relu"),
        ("features.2", "Conv"),
        ("features.3", "MaxPool"),
        ("features.4", "Conv"),
        ("features.5", "Relu"),
        ("features.6", "AveragePool"),
        ("features.7", "GlobalAveragePool"),
        ("logits", "Flatten"),
    ];
    assert_eq!(operators(&graph), expected);
    let [first, .., max, _, _, average, _, _] = graph.node.as_slice() else { panic!("{graph:?}") };
    assert_eq!(ints(first, "kernel_shape"), [5, 5]);
    assert_eq!(ints(first, "pads"), [2, 2, 2, 2]);
    assert_eq!((ints(max, "kernel_shape"), ints(max, "strides")), (&[2, 2][..], &[2, 2][..]));
    assert_eq!((ints(average, "kernel_shape"), ints(average, "strides")), (&[3, 3][..], &[3, 3][..]));
}

#[test]
fn every_node_takes_what_the_one_before_made() {
    for with_preprocessing in [false, true] {
        let graph = graph(&layout(20, Head::Quadrant, [Pool::None, Pool::None]), with_preprocessing);
        let mut before = graph.input[0].name.clone();
        for node in &graph.node {
            assert!(node.input.contains(&before), "{node:?}");
            for constant in node.input.iter().filter(|name| **name != before) {
                assert_eq!(graph.initializer.iter().filter(|tensor| tensor.name == *constant).count(), 1);
            }
            before.clone_from(&node.output[0]);
        }
        assert_eq!((before.as_str(), graph.output[0].name.as_str()), ("logits", "logits"));
    }
}

#[test]
fn the_parameters_are_there_under_pytorchs_names() {
    let layout = layout(14, Head::Global, [Pool::Max(2), Pool::None]);
    let graph = graph(&layout, false);
    let mut found = Vec::new();
    for (tensor, name) in graph.initializer.iter().zip(["features.0.weight", "features.0.bias"]) {
        assert_eq!((tensor.name.as_str(), tensor.data_type), (name, element::FLOAT));
    }
    for tensor in &graph.initializer {
        found.extend(tensor.raw_data.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)));
    }
    assert_eq!(found, parameters(&layout));
    let shapes: Vec<_> = graph.initializer.iter().map(|tensor| tensor.dims.as_slice()).collect();
    assert_eq!(
        shapes,
        [&[3, 1, 5, 5][..], &[3], &[4, 3, 1, 1], &[4], &[10, 4, 1, 1], &[10]],
        "PyTorch's [out, in, k, k]"
    );
}

#[test]
fn the_batch_is_free_and_images_may_be_bytes() {
    let quadrant = layout(20, Head::Quadrant, [Pool::None, Pool::Max(2)]);
    let plain = graph(&quadrant, false);
    assert_eq!(shape(&plain.input[0]), (element::FLOAT, ["N", "1", "20", "20"].map(str::to_owned).to_vec()));
    assert_eq!(shape(&plain.output[0]), (element::FLOAT, ["N", "40"].map(str::to_owned).to_vec()));
    let bytes = graph(&quadrant, true);
    assert_eq!(shape(&bytes.input[0]), (element::UINT8, ["N", "28", "28"].map(str::to_owned).to_vec()));
    let steps = ["Cast", "Div", "Sub", "Div", "Unsqueeze", "MatMul", "MatMul", "Conv"];
    assert_eq!(bytes.node.iter().map(|node| node.op_type.as_str()).take(8).collect::<Vec<_>>(), steps);
    let same = graph(&layout(28, Head::Global, [Pool::None, Pool::Max(2)]), true);
    assert!(!same.node.iter().any(|node| node.op_type == "MatMul"), "28×28 is not resized");
}

#[test]
fn versions_and_preprocessing_are_written_down() {
    let quadrant = layout(20, Head::Quadrant, [Pool::None, Pool::Max(2)]);
    for (with_preprocessing, words) in
        [(false, ["/ 255 - 0.1307) / 0.3081", "half-pixel"]), (true, ["bytes", "[N, 28, 28]"])]
    {
        let model = model(&quadrant, with_preprocessing);
        assert_eq!((model.ir_version, model.opset_import[0].version), (8, 17));
        let value = |key: &str| {
            let entry = model.metadata_props.iter().find(|entry| entry.key == key);
            entry.unwrap_or_else(|| panic!("{key} is missing")).value.as_str()
        };
        for word in words {
            assert!(value("preprocessing").contains(word), "{}", value("preprocessing"));
        }
        assert_eq!((value("mean"), value("standard_deviation"), value("stage")), ("0.1307", "0.3081", "v1"));
        assert!(value("logits").starts_with("40 "));
    }
}

#[test]
fn other_parameters_are_refused() {
    let layout = layout(14, Head::Global, [Pool::None, Pool::None]);
    let error = onnx(&layout, &[1.0; 7], &OnnxOptions::default()).unwrap_err();
    assert!(matches!(error, FileError::Count { found: 7, .. }), "{error}");
}
