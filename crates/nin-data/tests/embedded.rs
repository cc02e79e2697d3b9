//! The digits that come with the program.

use nin_data::{DataError, embedded};

#[test]
fn embedded_digits_are_these() {
    let data = embedded().unwrap();
    assert_eq!((data.train.len(), data.test.len(), data.train.side), (8000, 2000, 28));
    assert_eq!(data.train.labels[..20], [1, 7, 3, 6, 0, 2, 4, 9, 8, 5, 1, 7, 3, 6, 0, 2, 4, 9, 8, 5]);
    let count =
        |labels: &[u8]| (0..10).map(|c| labels.iter().filter(|&&l| l == c).count()).collect::<Vec<_>>();
    assert_eq!(count(&data.train.labels), [801, 902, 793, 826, 784, 690, 811, 856, 755, 782]);
    assert_eq!(count(&data.test.labels), [200, 225, 198, 206, 196, 173, 203, 214, 189, 196]);
    assert_eq!(data.sha256, "a8d074324fe20d80e4d35037859665e75aaf9618b026f08b18fe42b148a6d79b");
}

#[test]
fn pixels_look_like_digits() {
    let data = embedded().unwrap();
    let images = data.train.images.as_chunks::<784>().0;
    assert!(images.iter().all(|image| image.iter().any(|&byte| byte > 200)), "every image has ink");
    assert!(
        images.iter().all(|image| image[..28].iter().all(|&byte| byte == 0)),
        "the top row is background"
    );
    let mean = images.iter().flatten().map(|&b| f64::from(b)).sum::<f64>() / (8000.0 * 784.0 * 255.0);
    assert!((mean - f64::from(nin_net::MEAN)).abs() < 0.002, "mean {mean}");
}

#[test]
fn hold_out_moves_the_last_training_images() {
    let whole = embedded().unwrap();
    let held = whole.clone().hold_out(1000).unwrap();
    assert_eq!((held.train.len(), held.test.len()), (7000, 1000));
    assert_eq!(held.test.images, whole.train.images[7000 * 784..]);
    assert_eq!(held.test.labels, whole.train.labels[7000..]);
    assert_eq!(held.train, whole.train.clone().take(7000));
    assert_eq!(held.sha256, whole.sha256);
    assert_ne!(held.name, whole.name);
    for count in [0, 8000, 9000] {
        let error = whole.clone().hold_out(count).unwrap_err();
        assert_eq!(error, DataError::HoldOut { count, images: 8000 });
    }
}
