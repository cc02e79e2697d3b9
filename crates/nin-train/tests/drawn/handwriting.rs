//! Digits as hands write them: a few ways for each, every one a little different.

use nin_net::Random;

/// A line that a pen draws without leaving the paper.
pub type Line = Vec<[f32; 2]>;

/// Ways to write each digit, in a box of 1×1, y downwards. A point that is written twice is a corner.
const WAYS: [&[&[&[[f32; 2]]]]; 10] = [
    &[
        &[&[
            [0.55, 0.0],
            [0.15, 0.2],
            [0.04, 0.55],
            [0.2, 0.9],
            [0.55, 1.0],
            [0.9, 0.75],
            [0.95, 0.4],
            [0.8, 0.1],
            [0.5, 0.0],
        ]],
        &[&[
            [0.3, 0.1],
            [0.08, 0.35],
            [0.1, 0.75],
            [0.45, 1.0],
            [0.85, 0.8],
            [0.92, 0.3],
            [0.65, 0.0],
            [0.3, 0.08],
            [0.15, 0.25],
        ]],
    ],
    &[
        &[&[[0.5, 0.0], [0.5, 1.0]]],
        &[&[[0.52, 0.0], [0.5, 0.5], [0.5, 1.0]]],
        &[&[[0.32, 0.2], [0.5, 0.0], [0.5, 0.0], [0.5, 1.0]]],
        &[&[[0.3, 0.22], [0.5, 0.0], [0.5, 0.0], [0.5, 1.0]], &[[0.22, 1.0], [0.78, 1.0]]],
    ],
    &[
        &[&[
            [0.1, 0.25],
            [0.35, 0.02],
            [0.75, 0.05],
            [0.85, 0.3],
            [0.6, 0.62],
            [0.05, 1.0],
            [0.05, 1.0],
            [0.95, 1.0],
        ]],
        &[&[
            [0.1, 0.22],
            [0.45, 0.0],
            [0.85, 0.22],
            [0.65, 0.6],
            [0.25, 0.95],
            [0.08, 0.85],
            [0.3, 0.75],
            [0.6, 0.93],
            [0.98, 0.92],
        ]],
    ],
    &[
        &[&[
            [0.1, 0.14],
            [0.45, 0.0],
            [0.85, 0.18],
            [0.75, 0.4],
            [0.4, 0.47],
            [0.8, 0.55],
            [0.92, 0.78],
            [0.5, 1.0],
            [0.05, 0.88],
        ]],
        &[&[
            [0.1, 0.0],
            [0.85, 0.0],
            [0.85, 0.0],
            [0.4, 0.4],
            [0.4, 0.4],
            [0.85, 0.52],
            [0.88, 0.85],
            [0.5, 1.0],
            [0.05, 0.9],
        ]],
    ],
    &[
        &[&[[0.2, 0.0], [0.1, 0.52], [0.1, 0.52], [0.95, 0.5]], &[[0.75, 0.15], [0.7, 1.0]]],
        &[&[[0.72, 1.0], [0.72, 0.0], [0.72, 0.0], [0.03, 0.66], [0.03, 0.66], [0.98, 0.66]]],
        &[&[[0.15, 0.05], [0.1, 0.45], [0.4, 0.55], [0.85, 0.42]], &[[0.85, 0.0], [0.78, 1.0]]],
    ],
    &[
        &[
            &[[0.2, 0.0], [0.15, 0.42], [0.15, 0.42], [0.6, 0.36], [0.92, 0.66], [0.6, 0.98], [0.05, 0.92]],
            &[[0.2, 0.0], [0.88, 0.0]],
        ],
        &[&[
            [0.88, 0.02],
            [0.22, 0.0],
            [0.22, 0.0],
            [0.15, 0.45],
            [0.15, 0.45],
            [0.6, 0.4],
            [0.9, 0.7],
            [0.5, 1.0],
            [0.08, 0.88],
        ]],
    ],
    &[
        &[&[
            [0.75, 0.0],
            [0.35, 0.25],
            [0.1, 0.65],
            [0.3, 0.97],
            [0.72, 0.95],
            [0.86, 0.7],
            [0.55, 0.52],
            [0.14, 0.7],
        ]],
        &[&[
            [0.45, 0.0],
            [0.15, 0.4],
            [0.1, 0.75],
            [0.45, 1.0],
            [0.88, 0.8],
            [0.7, 0.55],
            [0.3, 0.58],
            [0.12, 0.75],
        ]],
    ],
    &[
        &[&[[0.05, 0.02], [0.95, 0.0], [0.95, 0.0], [0.55, 0.5], [0.38, 1.0]]],
        &[&[[0.05, 0.0], [0.92, 0.0], [0.92, 0.0], [0.4, 1.0]], &[[0.25, 0.5], [0.8, 0.48]]],
        &[&[[0.06, 0.16], [0.08, 0.02], [0.08, 0.02], [0.92, 0.03], [0.92, 0.03], [0.5, 0.5], [0.4, 1.0]]],
    ],
    &[
        &[&[
            [0.78, 0.15],
            [0.45, 0.0],
            [0.18, 0.2],
            [0.45, 0.45],
            [0.85, 0.72],
            [0.5, 1.0],
            [0.12, 0.78],
            [0.5, 0.47],
            [0.8, 0.24],
            [0.76, 0.1],
        ]],
        &[
            &[[0.5, 0.0], [0.22, 0.1], [0.22, 0.36], [0.5, 0.46], [0.78, 0.36], [0.78, 0.1], [0.5, 0.0]],
            &[[0.5, 0.46], [0.12, 0.6], [0.12, 0.88], [0.5, 1.0], [0.88, 0.88], [0.88, 0.6], [0.5, 0.46]],
        ],
    ],
    &[
        &[&[[0.82, 0.2], [0.5, 0.0], [0.14, 0.2], [0.35, 0.48], [0.8, 0.22], [0.8, 0.22], [0.74, 1.0]]],
        &[&[
            [0.84, 0.25],
            [0.5, 0.0],
            [0.12, 0.25],
            [0.45, 0.5],
            [0.82, 0.22],
            [0.8, 0.6],
            [0.6, 0.95],
            [0.2, 0.95],
        ]],
    ],
];

/// One digit, written in some way: lines in a box about 1 high.
pub fn write(digit: usize, random: &mut Random) -> Vec<Line> {
    let ways = WAYS[digit];
    let way = ways[random.below(ways.len() as u32) as usize];
    let hand = Hand::new(random);
    way.iter().map(|line| hand.write(line, random)).collect()
}

/// How somebody writes: slim or broad, upright or slanted, turned.
struct Hand {
    breadth: f32,
    slant: f32,
    turn: f32,
}

impl Hand {
    fn new(random: &mut Random) -> Hand {
        let breadth = random.uniform(0.5, 0.85);
        let slant = random.uniform(-0.12, 0.3);
        Hand { breadth, slant, turn: random.uniform(-8.0, 8.0_f32).to_radians() }
    }

    fn write(&self, points: &[[f32; 2]], random: &mut Random) -> Line {
        let mut shaken = Line::new();
        for (index, point) in points.iter().enumerate() {
            let corner = index > 0 && points[index - 1] == *point;
            let moved = match (corner, shaken.last()) {
                (true, Some(&before)) => before,
                _ => point.map(|place| place + random.uniform(-0.045, 0.045)),
            };
            shaken.push(moved);
        }
        smooth(&shaken).into_iter().map(|point| self.place(point)).collect()
    }

    fn place(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        let (x, y) = (self.breadth * (x - 0.5) - self.slant * (y - 0.5), y - 0.5);
        let (sine, cosine) = self.turn.sin_cos();
        [cosine * x - sine * y, sine * x + cosine * y]
    }
}

/// A smooth curve through all points (Catmull–Rom), with corners where a point comes twice.
fn smooth(points: &[[f32; 2]]) -> Line {
    const STEPS: usize = 12;
    let mut line = Line::new();
    for piece in pieces(points) {
        for index in 0..piece.len() - 1 {
            let at = |offset: isize| piece[index.saturating_add_signed(offset).min(piece.len() - 1)];
            let (before, from, to, after) = (at(-1), at(0), at(1), at(2));
            for step in 0..=STEPS {
                let t = step as f32 / STEPS as f32;
                let along = |axis: usize| {
                    let (a, b, c, d) = (before[axis], from[axis], to[axis], after[axis]);
                    let square = 2.0 * a - 5.0 * b + 4.0 * c - d;
                    b + 0.5 * t * (c - a + t * (square + t * (3.0 * (b - c) + d - a)))
                };
                line.push([along(0), along(1)]);
            }
        }
    }
    line
}

fn pieces(points: &[[f32; 2]]) -> Vec<Line> {
    let mut pieces = vec![Line::new()];
    for (index, &point) in points.iter().enumerate() {
        if index > 0 && points[index - 1] == point {
            pieces.push(Line::new());
        }
        pieces.last_mut().unwrap().push(point);
    }
    pieces.retain(|piece| piece.len() > 1);
    pieces
}
