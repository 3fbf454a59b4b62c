//! Draws with chances that differ: the next centre of k-means++.

/// A draw in proportion to some shares.
pub(crate) struct Lottery {
    shares: Vec<f64>,
    /// The sums of blocks of them.
    sums: Vec<f64>,
}

const BLOCK: usize = 256;

impl Lottery {
    pub(crate) fn new(shares: impl Iterator<Item = f64>) -> Self {
        let shares: Vec<f64> = shares.collect();
        let sums = shares.chunks(BLOCK).map(|block| block.iter().sum()).collect();
        Self { shares, sums }
    }

    /// The one that `luck`, from 0 to less than 1, falls on; `None` where there are no shares.
    pub(crate) fn draw(&self, luck: f64) -> Option<usize> {
        let total: f64 = self.sums.iter().sum();
        let mut left = luck * total;
        let mut found = None;
        for (block, &sum) in self.sums.iter().enumerate().filter(|(_, sum)| 0.0 < **sum) {
            found = Some(block);
            if left < sum {
                break;
            }
            left -= sum;
        }
        let first = found? * BLOCK;
        let mut chosen = None;
        for (at, &share) in self.shares[first..].iter().take(BLOCK).enumerate().filter(|(_, share)| 0.0 < **share) {
            chosen = Some(first + at);
            if left < share {
                break;
            }
            left -= share;
        }
        chosen
    }
}
