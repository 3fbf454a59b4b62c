//! Category for category what artlib 0.1.12 does with the same samples in the same order; `reference.py` beside this file
//! made the numbers.

use nn_art::{Art1, Art1Params, ArtMap, ArtMapParams, Dataset, FuzzyArt, FuzzyArtParams, Task};

/// Numbers from 0 to 1 by the generator of C's standard.
fn numbers(count: usize, mut state: u64) -> Vec<f64> {
    let mut draw = || {
        state = (state * 1_103_515_245 + 12_345) % (1 << 31);
        state as f64 / f64::from(1_u32 << 31)
    };
    (0..count).map(|_| draw()).collect()
}

#[test]
fn fuzzy_art_takes_the_categories_of_artlib() {
    for (vigilance, choice, rate, expected) in
        [(0.5, 0.001, 1.0, FUZZY[0]), (0.8, 0.1, 1.0, FUZZY[1]), (0.7, 0.01, 0.5, FUZZY[2])]
    {
        let params =
            FuzzyArtParams::default().range([0.0, 1.0]).vigilance(vigilance).choice(choice).learning_rate(rate);
        let mut art = FuzzyArt::start(params, 3).unwrap();
        let taken: Vec<usize> = numbers(180, 1).chunks(3).map(|x| art.learn(x).unwrap().unwrap()).collect();
        assert_eq!(taken, expected, "{vigilance} {choice} {rate}");
    }
}

#[test]
fn fuzzy_artmap_takes_the_categories_of_artlib_and_answers_alike() {
    let x = numbers(180, 1);
    for (vigilance, categories, classes) in [(0.0, MAP[0], CLASSES[0]), (0.7, MAP[1], CLASSES[1])] {
        let params = ArtMapParams::default().range([0.0, 1.0]).vigilance(vigilance);
        let mut art = ArtMap::start(params, 3, Task::Classes(3)).unwrap();
        let class = |x: &[f64]| u32::from(0.75 < x[0] + x[1] * x[2]) + u32::from(0.6 < x[2]);
        let taken: Vec<usize> = x.chunks(3).map(|x| art.learn(x, class(x)).unwrap().unwrap()).collect();
        assert_eq!(taken, categories, "{vigilance}");
        let answers = art.classify(&Dataset::from_slice(3, &x)).unwrap();
        assert_eq!(answers, classes.map(Some), "{vigilance}");
    }
}

#[test]
fn art1_takes_the_categories_of_artlib() {
    let bits: Vec<f64> = numbers(600, 7).iter().map(|&x| f64::from(u8::from(0.5 < x))).collect();
    for (vigilance, choice, expected) in [(0.6, 2.0, ART1[0]), (0.75, 1.5, ART1[1])] {
        let mut art =
            Art1::start(Art1Params::default().complement(true).vigilance(vigilance).choice(choice), 10).unwrap();
        let taken: Vec<usize> = bits.chunks(10).map(|x| art.learn(x).unwrap().unwrap()).collect();
        assert_eq!(taken, expected, "{vigilance} {choice}");
    }
}

const FUZZY: [[usize; 60]; 3] = [
    [
        0, 0, 0, 1, 1, 0, 2, 1, 2, 1, 2, 0, 3, 2, 3, 3, 4, 4, 5, 5, 2, 5, 0, 6, 5, 1, 4, 5, 1, 6, 4, 4, 2, 3, 6, 7, 7,
        7, 1, 8, 5, 7, 3, 6, 3, 8, 2, 1, 6, 6, 6, 8, 4, 5, 0, 3, 0, 3, 6, 6,
    ],
    [
        0, 1, 0, 2, 3, 4, 4, 5, 1, 3, 6, 4, 7, 8, 9, 8, 6, 10, 5, 9, 11, 5, 0, 11, 7, 10, 10, 7, 12, 13, 6, 14, 15, 9,
        14, 2, 15, 16, 10, 6, 7, 16, 17, 17, 0, 18, 4, 19, 5, 14, 17, 18, 20, 7, 15, 19, 19, 2, 21, 11,
    ],
    [
        0, 1, 0, 0, 2, 1, 3, 4, 1, 2, 3, 3, 0, 5, 5, 5, 3, 2, 4, 5, 1, 4, 0, 1, 4, 2, 2, 4, 2, 4, 3, 6, 3, 5, 6, 0, 5,
        7, 2, 3, 4, 2, 8, 1, 0, 3, 1, 8, 4, 6, 1, 3, 8, 0, 8, 0, 8, 0, 9, 4,
    ],
];
const MAP: [[usize; 60]; 2] = [
    [
        0, 0, 1, 0, 1, 2, 2, 0, 3, 2, 2, 3, 0, 1, 1, 3, 2, 1, 0, 1, 3, 0, 0, 3, 0, 1, 1, 0, 1, 0, 2, 2, 2, 1, 2, 0, 1,
        2, 3, 2, 0, 4, 3, 0, 0, 2, 5, 6, 0, 3, 0, 5, 2, 0, 1, 0, 5, 0, 0, 6,
    ],
    [
        0, 1, 2, 0, 3, 4, 4, 1, 5, 4, 6, 5, 0, 2, 2, 7, 4, 3, 8, 7, 5, 8, 9, 5, 8, 3, 3, 0, 3, 10, 4, 6, 11, 2, 12, 0,
        13, 14, 3, 6, 8, 15, 16, 17, 0, 14, 4, 9, 8, 18, 17, 11, 4, 0, 13, 9, 19, 0, 10, 1,
    ],
];
const CLASSES: [[u32; 60]; 2] = [
    [
        0, 0, 1, 0, 2, 2, 2, 1, 1, 2, 2, 1, 0, 1, 1, 1, 2, 1, 0, 1, 1, 0, 0, 1, 0, 1, 1, 0, 2, 0, 2, 2, 1, 1, 2, 0, 1,
        2, 1, 2, 0, 1, 1, 0, 0, 2, 2, 0, 0, 1, 0, 2, 2, 0, 1, 0, 2, 0, 0, 0,
    ],
    [
        0, 0, 1, 0, 1, 2, 2, 0, 1, 2, 2, 1, 0, 1, 1, 1, 2, 1, 0, 1, 1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 2, 2, 2, 1, 2, 0, 1,
        2, 1, 2, 0, 1, 1, 0, 0, 2, 2, 0, 0, 1, 0, 2, 2, 0, 1, 0, 2, 0, 0, 0,
    ],
];
const ART1: [[usize; 60]; 2] = [
    [
        0, 1, 0, 2, 3, 2, 0, 1, 2, 4, 4, 3, 5, 0, 6, 7, 6, 5, 2, 7, 8, 4, 9, 8, 10, 11, 11, 5, 0, 9, 1, 12, 5, 10, 13,
        13, 0, 14, 14, 15, 8, 16, 9, 11, 16, 17, 13, 17, 18, 12, 18, 8, 19, 20, 18, 13, 11, 15, 21, 14,
    ],
    [
        0, 1, 2, 3, 4, 5, 2, 6, 5, 7, 3, 7, 8, 2, 9, 6, 10, 4, 11, 12, 13, 14, 12, 15, 16, 17, 18, 15, 0, 13, 8, 17,
        19, 14, 9, 20, 2, 11, 10, 21, 22, 23, 24, 18, 5, 25, 20, 25, 0, 26, 27, 15, 28, 29, 30, 26, 18, 31, 32, 33,
    ],
];
