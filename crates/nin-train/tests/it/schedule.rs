use nin_train::{Schedule, ScheduleKind};

fn close(schedule: &Schedule, total: usize, expected: &[(usize, f64)]) {
    for &(step, rate) in expected {
        let found = f64::from(schedule.learning_rate(step, total));
        assert!((found - rate).abs() <= 2e-7 * 0.5, "step {step} of {total}: {found}, expected {rate}");
    }
}

/// Values of PyTorch's `OneCycleLR(max_lr=0.02, total_steps=50)`.
#[test]
fn one_cycle_is_pytorchs() {
    let schedule = Schedule::new(ScheduleKind::OneCycle, 0.02);
    let expected = [
        (0, 0.0008),
        (1, 0.0010406920430544933),
        (7, 0.0104),
        (13, 0.019759307956945506),
        (14, 0.02),
        (15, 0.019959743100980632),
        (16, 0.019839296528802754),
        (30, 0.011342367288845922),
        (48, 4.033689901936913e-05),
        (49, 8e-08),
    ];
    close(&schedule, 50, &expected);
}

/// Values of PyTorch's `OneCycleLR(max_lr=0.5, total_steps=7, pct_start=0.25, div_factor=10, final_div_factor=1000)`:
/// the rise ends between two steps.
#[test]
fn one_cycle_with_a_short_rise_is_pytorchs() {
    let mut schedule = Schedule::new(ScheduleKind::OneCycle, 0.5);
    (schedule.warmup, schedule.start_factor, schedule.final_factor) = (0.25, 0.1, 0.001);
    let expected = [
        (0, 0.05),
        (1, 0.49720798578562647),
        (2, 0.4332696416606608),
        (3, 0.30564967046572966),
        (4, 0.1586988774340104),
        (5, 0.043485962390359234),
        (6, 5e-05),
    ];
    close(&schedule, 7, &expected);
}

/// Values of PyTorch's `CosineAnnealingLR(T_max=20, eta_min=0.02e-4)` at 0.02.
#[test]
fn cosine_is_pytorchs() {
    let expected = [(0, 0.02), (1, 0.019876895717610782), (10, 0.010001), (19, 0.00012510428238921855)];
    close(&Schedule::new(ScheduleKind::Cosine, 0.02), 20, &expected);
}

#[test]
fn degenerate_lengths_stay_between_zero_and_the_peak() {
    for kind in [ScheduleKind::Constant, ScheduleKind::OneCycle, ScheduleKind::Cosine] {
        for warmup in [0.0, 0.3, 1.0] {
            let schedule = Schedule { warmup, ..Schedule::new(kind, 0.1) };
            for total in 0..5 {
                for step in 0..=total {
                    let rate = schedule.learning_rate(step, total);
                    assert!((0.0..=0.1).contains(&rate), "{kind:?} {warmup} {step}/{total}: {rate}");
                }
            }
        }
    }
}
