//! Images that are turned, scaled and shifted by chance at each step of training, so that a network learns not to mind.

use nn_core::random::uniform;
use nn_core::{Image, Layer, Pass, Point, Scalar};

/// How far images are moved at most.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Distortion {
    /// Pixels, along each side.
    pub shift: f64,
    /// Degrees, either way.
    pub rotation: f64,
    /// Share by which an image grows or shrinks, below 1.
    pub scaling: f64,
}

impl Distortion {
    /// Whether anything is moved at all.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// Data augmentation: turns, scales and shifts each image at random in training, and leaves it alone in answers.
///
/// In training each sample is read through a map of its own, `y(p) = x(R (p - m) / z + m - t)` around the middle m of the
/// image: R turns by an angle, z is a factor and t a shift, each drawn evenly from its range. Between pixels x is interpolated
/// from the four around, and outside of the image it is the background. In answers nothing is moved.
///
/// # Shapes
/// x, y: lanes × (channels, rows, columns). theta: nothing.
#[derive(Clone, Debug)]
pub struct Augment {
    image: Image,
    distortion: Distortion,
    background: f64,
}

/// Numbers of a sample's map: `row = a i + b j + c`, `column = d i + e j + f`.
const MAP: usize = 6;

impl Augment {
    /// For images of this shape; `background` is what surrounds them, as the network reads it.
    pub fn new(image: Image, distortion: Distortion, background: f64) -> Self {
        Self { image, distortion, background }
    }

    /// Draws a random map.
    fn draw(&self, stream: &mut (impl FnMut() -> f64 + ?Sized)) -> [f64; MAP] {
        // Between -1 and 1.
        let mut chance = || 2.0 * stream() - 1.0;
        let Distortion { shift, rotation, scaling } = self.distortion;
        let angle = chance() * rotation.to_radians();
        let zoom = 1.0 + chance() * scaling;
        let (down, right) = (chance() * shift, chance() * shift);
        let (sine, cosine) = (angle.sin() / zoom, angle.cos() / zoom);
        let [row, column] = [self.image.rows, self.image.columns].map(|size| (size as f64 - 1.0) / 2.0);
        let (from_row, from_column) = (row - down, column - right);
        [
            cosine,
            -sine,
            from_row - cosine * row + sine * column,
            sine,
            cosine,
            from_column - sine * row - cosine * column,
        ]
    }

    /// Calls `visit` with each place of the output, each pixel that it is made of, and its weight; `None` is the background.
    fn each(&self, map: &[f64; MAP], mut visit: impl FnMut(usize, Option<usize>, f64)) {
        let Image { rows, columns, .. } = self.image;
        for i in 0..rows {
            for j in 0..columns {
                let (i_, j_) = (i as f64, j as f64);
                let row = map[0] * i_ + map[1] * j_ + map[2];
                let column = map[3] * i_ + map[4] * j_ + map[5];
                let (top, left) = (row.floor(), column.floor());
                let (down, right) = (row - top, column - left);
                for (row, share) in [(top, 1.0 - down), (top + 1.0, down)] {
                    for (column, part) in [(left, 1.0 - right), (left + 1.0, right)] {
                        let weight = share * part;
                        let inside = 0.0 <= row && row < rows as f64 && 0.0 <= column && column < columns as f64;
                        let from = inside.then(|| row as usize * columns + column as usize);
                        if weight != 0.0 {
                            visit(i * columns + j, from, weight);
                        }
                    }
                }
            }
        }
    }
}

impl<F: Scalar> Layer<F> for Augment {
    fn inputs(&self) -> usize {
        self.image.numbers()
    }

    fn outputs(&self) -> usize {
        self.image.numbers()
    }

    fn shape(&self) -> Vec<usize> {
        self.image.axes().to_vec()
    }

    /// The map of each lane.
    fn tape_len(&self, lanes: usize) -> usize {
        MAP * lanes
    }

    fn forward(&self, _theta: &[F], x: &[F], y: &mut [F], tape: &mut [F], pass: &mut Pass<'_, F>) {
        if !pass.training {
            return y.copy_from_slice(x);
        }
        let (lanes, pixels) = (pass.lanes, self.image.rows * self.image.columns);
        let mut stream = pass.key.stream("augment");
        y.fill(F::ZERO);
        for lane in 0..lanes {
            let map = self.draw(&mut || uniform(&mut stream)).map(F::from_f64);
            tape[lane * MAP..][..MAP].copy_from_slice(&map);
            self.each(&map.map(F::to_f64), |to, from, weight| {
                for channel in 0..self.image.channels {
                    let at = |place: usize| (channel * pixels + place) * lanes + lane;
                    let value = from.map_or(F::from_f64(self.background), |from| x[at(from)]);
                    y[at(to)] += F::from_f64(weight) * value;
                }
            });
        }
    }

    fn backward(&self, _: &[F], at: Point<'_, F>, dx: Option<&mut [F]>, _: &mut [F], pass: &mut Pass<'_, F>) {
        let Some(dx) = dx else { return };
        if !pass.training {
            return dx.copy_from_slice(at.dy);
        }
        let (lanes, pixels) = (pass.lanes, self.image.rows * self.image.columns);
        dx.fill(F::ZERO);
        for (lane, map) in at.tape.chunks_exact(MAP).enumerate() {
            let map: [f64; MAP] = std::array::from_fn(|number| map[number].to_f64());
            self.each(&map, |to, from, weight| {
                let Some(from) = from else { return };
                for channel in 0..self.image.channels {
                    let at_place = |place: usize| (channel * pixels + place) * lanes + lane;
                    dx[at_place(from)] += F::from_f64(weight) * at.dy[at_place(to)];
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nn_core::random::Key;
    use nn_core::testing::{forward, layer_gradient_error};

    fn moved(distortion: Distortion, x: &[f64], training: bool) -> Vec<f64> {
        let layer = Augment::new(Image::grey(9, 9), distortion, -1.0);
        let key = Key { seed: 3, step: 5, shard: 1 };
        forward(&layer, &[], x, 16, training.then_some(key))
    }

    /// A bright pixel in the middle of each of 16 images.
    fn dots() -> Vec<f64> {
        (0..81 * 16).map(|at| if at / 16 == 40 { 1.0 } else { 0.0 }).collect()
    }

    #[test]
    fn an_answer_is_left_alone_and_a_step_of_training_is_not() {
        let shift = Distortion { shift: 2.0, ..Distortion::default() };
        assert_eq!(moved(shift, &dots(), false), dots());
        assert_ne!(moved(shift, &dots(), true), dots());
        assert_eq!(moved(shift, &dots(), true), moved(shift, &dots(), true));
    }

    #[test]
    fn a_shift_moves_a_pixel_as_far_as_it_may_and_each_sample_by_itself() {
        let y = moved(Distortion { shift: 2.0, ..Distortion::default() }, &dots(), true);
        // The middle of what is bright, counted from the middle of the image.
        let middle = |lane: usize| {
            let bright = |at: usize| y[at * 16 + lane].max(0.0);
            let sum: f64 = (0..81).map(bright).sum();
            let mean =
                |along: fn(usize) -> usize| (0..81).map(|at| bright(at) * along(at) as f64).sum::<f64>() / sum - 4.0;
            (mean(|at| at / 9), mean(|at| at % 9))
        };
        let places: Vec<(f64, f64)> = (0..16).map(middle).collect();
        assert!(places.iter().all(|(down, right)| down.abs() <= 2.0 && right.abs() <= 2.0), "{places:?}");
        assert!(places.iter().any(|(down, _)| 1.0 < down.abs()) && places[0] != places[1]);
    }

    #[test]
    fn turning_and_scaling_leave_the_middle_where_it_is() {
        let y = moved(Distortion { rotation: 30.0, scaling: 0.2, ..Distortion::default() }, &dots(), true);
        assert!((0..16).all(|lane| (y[40 * 16 + lane] - 1.0).abs() < 1e-9));
    }

    #[test]
    fn what_comes_back_is_the_slope() {
        let distortion = Distortion { shift: 1.0, rotation: 20.0, scaling: 0.2 };
        let image = Image { rows: 3, columns: 4, channels: 2 };
        assert!(layer_gradient_error(&Augment::new(image, distortion, 0.5), 16) < 1e-6);
    }
}
