//! Orders and transforms of epochs.

use nin_data::{Augmentation, DataError, epoch_plan};

const ALL: Augmentation =
    Augmentation { rotation_degrees: 5.0, shift_pixels: 1.0, scale_percent: 10.0, shear_degrees: 4.0 };

#[test]
fn every_epoch_has_an_order_of_its_own() {
    let none = Augmentation::default();
    let plan = epoch_plan(1000, 7, 3, &none);
    assert!(plan.transforms.is_empty());
    let mut sorted = plan.order.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (0..1000).collect::<Vec<u32>>());
    assert_eq!(epoch_plan(1000, 7, 3, &none), plan);
    assert_ne!(epoch_plan(1000, 7, 4, &none).order, plan.order);
    assert_ne!(epoch_plan(1000, 8, 3, &none).order, plan.order);
    assert!(epoch_plan(0, 7, 3, &none).order.is_empty());
}

#[test]
fn augmentation_leaves_the_order_alone() {
    let plan = epoch_plan(500, 1, 0, &ALL);
    assert_eq!(plan.order, epoch_plan(500, 1, 0, &Augmentation::default()).order);
    assert_eq!(plan.transforms.len(), 500);
    assert_eq!(plan, epoch_plan(500, 1, 0, &ALL));
    assert_ne!(plan.transforms, epoch_plan(500, 1, 1, &ALL).transforms);
}

#[test]
fn transforms_stay_within_their_amounts_and_use_them() {
    let only = |change: fn(&mut Augmentation)| {
        let mut augmentation = Augmentation::default();
        change(&mut augmentation);
        epoch_plan(2000, 5, 0, &augmentation).transforms
    };
    let range = |values: Vec<f32>| {
        let low = values.iter().copied().fold(f32::INFINITY, f32::min);
        (low, values.iter().copied().fold(f32::NEG_INFINITY, f32::max))
    };
    let close = |(low, high): (f32, f32), bound: f32| {
        assert!(
            low >= -bound * 1.0001 && high <= bound * 1.0001,
            "{low} to {high}, expected within ±{bound}"
        );
        assert!(low < -bound * 0.98 && high > bound * 0.98, "{low} to {high}, expected to fill ±{bound}");
    };

    let shifts = only(|a| a.shift_pixels = 2.0);
    assert!(shifts.iter().all(|t| (t.xx, t.xy, t.yx, t.yy) == (1.0, 0.0, 0.0, 1.0)));
    close(range(shifts.iter().map(|t| t.x0).collect()), 2.0);
    close(range(shifts.iter().map(|t| t.y0).collect()), 2.0);
    assert!(shifts.iter().any(|t| (t.x0 - t.y0).abs() > 1.0), "x and y are drawn apart");

    let rotations = only(|a| a.rotation_degrees = 30.0);
    assert!(rotations.iter().all(|t| (t.xx * t.yy - t.xy * t.yx - 1.0).abs() < 1e-6 && t.xx == t.yy));
    close(range(rotations.iter().map(|t| t.yx.atan2(t.xx).to_degrees()).collect()), 30.0);

    let scales = only(|a| a.scale_percent = 20.0);
    assert!(scales.iter().all(|t| t.xx == t.yy && t.xy == 0.0 && t.yx == 0.0 && t.x0 == 0.0 && t.y0 == 0.0));
    close(range(scales.iter().map(|t| 100.0 / t.xx - 100.0).collect()), 20.0);

    let shears = only(|a| a.shear_degrees = 10.0);
    assert!(shears.iter().all(|t| (t.xx, t.yx, t.yy) == (1.0, 0.0, 1.0)));
    close(range(shears.iter().map(|t| t.xy.atan().to_degrees()).collect()), 10.0);
}

#[test]
fn amounts_are_checked() {
    assert_eq!(ALL.check(), Ok(()));
    assert_eq!(Augmentation::default().check(), Ok(()));
    for bad in [-1.0, f32::NAN, f32::INFINITY] {
        for augmentation in [
            Augmentation { rotation_degrees: bad, ..ALL },
            Augmentation { shift_pixels: bad, ..ALL },
            Augmentation { scale_percent: bad, ..ALL },
            Augmentation { shear_degrees: bad, ..ALL },
        ] {
            assert!(matches!(augmentation.check(), Err(DataError::Augmentation { .. })), "{augmentation:?}");
        }
    }
    let said = Augmentation { scale_percent: 100.0, ..ALL }.check().unwrap_err().to_string();
    assert_eq!(said, "augmentation's scale_percent is 100: expected 0 to 90");
}
