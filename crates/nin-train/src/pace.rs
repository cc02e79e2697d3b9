//! How fast a run goes: how many steps to queue at once, and how long the rest will take.

/// Work in one chunk of steps: short enough to answer commands and redraw, long enough to keep a device busy.
const CHUNK_SECONDS: f64 = 0.05;
/// Most steps in a chunk, however fast.
const MAX_CHUNK: usize = 256;
/// Weight of the newest measurement in the speed of late.
const NEWEST: f64 = 0.2;

/// Chunk size and speed. Steps give the same bits however they are cut into chunks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pace {
    seconds_per_step: Option<f64>,
    images_per_second: Option<f64>,
    /// What came in since the last measurement: one needs some time, because chunks are queued ahead, and so the
    /// metrics of one come back while another is worked on.
    steps: usize,
    images: u64,
    seconds: f64,
}

impl Pace {
    /// Steps to queue next: one, until it is known how long they take.
    pub(crate) fn chunk(&self) -> usize {
        self.seconds_per_step.map_or(1, |seconds| ((CHUNK_SECONDS / seconds) as usize).clamp(1, MAX_CHUNK))
    }

    /// Training speed of late.
    pub(crate) fn images_per_second(&self) -> f64 {
        self.images_per_second.unwrap_or(speed(self.images, self.seconds))
    }

    /// Takes note of a finished chunk.
    pub(crate) fn note(&mut self, steps: usize, images: u64, seconds: f64) {
        self.steps += steps;
        self.images += images;
        self.seconds += seconds;
        if self.steps == 0 || self.seconds < 2.0 * CHUNK_SECONDS {
            return;
        }
        let smooth = |before: Option<f64>, now: f64| Some(before.map_or(now, |b| b + NEWEST * (now - b)));
        self.seconds_per_step = smooth(self.seconds_per_step, self.seconds / self.steps as f64);
        self.images_per_second = smooth(self.images_per_second, self.images as f64 / self.seconds);
        (self.steps, self.images, self.seconds) = (0, 0, 0.0);
    }
}

/// Images per second; 0 where a coarse clock has seen no time pass.
pub(crate) fn speed(images: u64, seconds: f64) -> f64 {
    if seconds > 0.0 { images as f64 / seconds } else { 0.0 }
}

/// Work that is left in a stage, in multiply-adds: a trained image costs its forward pass three times
/// (forward, and the gradients of inputs and weights), a measured one once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work {
    /// Of one image's forward pass.
    pub macs: usize,
    /// Images to train on.
    pub train_images: usize,
    /// Images to measure.
    pub test_images: usize,
}

impl Work {
    fn total(self) -> f64 {
        self.macs as f64 * (3.0 * self.train_images as f64 + self.test_images as f64)
    }
}

/// Time for `left`, if training goes on at `images_per_second` with a network of `macs`.
pub(crate) fn seconds_left(left: impl Iterator<Item = Work>, macs: usize, images_per_second: f64) -> f64 {
    if images_per_second <= 0.0 {
        return 0.0;
    }
    left.map(Work::total).sum::<f64>() / (3.0 * macs as f64 * images_per_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_is_one_step_until_the_speed_is_known_then_fifty_milliseconds() {
        let mut pace = Pace::default();
        pace.note(1, 60, 0.01);
        assert_eq!(pace.chunk(), 1);
        for _ in 0..100 {
            pace.note(1, 60, 0.01);
        }
        assert!((4..=5).contains(&pace.chunk()), "{}", pace.chunk());
        assert!((pace.images_per_second() - 6000.0).abs() < 1e-6);
    }

    #[test]
    fn a_clock_that_stands_still_gives_no_infinity() {
        let mut pace = Pace::default();
        pace.note(8, 480, 0.0);
        assert_eq!((pace.chunk(), pace.images_per_second()), (1, 0.0));
    }

    #[test]
    fn time_left_follows_the_work_left() {
        let stage = |macs, train_images, test_images| Work { macs, train_images, test_images };
        // 100 images a second of a network of 10: the second stage's network costs twice as much.
        let left = [stage(10, 1000, 300), stage(20, 500, 0)];
        assert!((seconds_left(left.into_iter(), 10, 100.0) - (10.0 + 1.0 + 10.0)).abs() < 1e-9);
    }
}
