//! The code lengths at the start of a block, themselves coded (RFC 1951, section 3.2.7).

use super::alphabet::{DISTANCES, LITERAL_LENGTHS};
use super::bits::BitWriter;
use super::code_lengths::{COUNT, COUNT_BITS, code_lengths, codes};

/// Code lengths as run lengths, with the code they are written in.
pub struct CodeTable {
    runs: Vec<Run>,
    literal_lengths: usize,
    distances: usize,
    lengths: [u8; SYMBOLS],
    /// Number of `lengths` that are written, in the order of `ORDER`.
    written: usize,
}

/// A symbol of the table's own alphabet with its extra bits.
#[derive(Clone, Copy)]
struct Run {
    symbol: u8,
    extra: u8,
}

const SYMBOLS: usize = 19;
/// Longest code of a symbol of this alphabet.
const LIMIT: usize = 7;
const ORDER: [usize; SYMBOLS] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// Extra bits: 16 repeats the last length 3 to 6 times, 17 and 18 are 3 to 10 and 11 to 138 zeros.
const fn extra_bits(symbol: u8) -> u32 {
    match symbol {
        16 => 2,
        17 => 3,
        18 => 7,
        _ => 0,
    }
}

impl CodeTable {
    /// The table for the code lengths of both alphabets.
    pub fn new(literal_lengths: &[u8; LITERAL_LENGTHS], distances: &[u8; DISTANCES]) -> Self {
        let used = |lengths: &[u8], least: usize| {
            lengths.iter().rposition(|length| *length > 0).map_or(least, |last| (last + 1).max(least))
        };
        let (many, few) = (used(literal_lengths, 257), used(distances, 1));
        let mut all = [0; LITERAL_LENGTHS + DISTANCES];
        let together = literal_lengths.iter().take(many).chain(distances.iter().take(few));
        for (place, length) in all.iter_mut().zip(together) {
            *place = *length;
        }
        let mut runs = Vec::with_capacity(many + few);
        for run in all.get(..many + few).unwrap_or(&all).chunk_by(|a, b| a == b) {
            push_run(&mut runs, run[0], run.len());
        }
        let mut counts = [0; SYMBOLS];
        for run in &runs {
            counts[usize::from(run.symbol)] += 1;
        }
        let mut lengths = [0; SYMBOLS];
        code_lengths(&counts, LIMIT, &mut lengths);
        let written =
            ORDER.iter().rposition(|symbol| lengths[*symbol] > 0).map_or(4, |last| (last + 1).max(4));
        Self { runs, literal_lengths: many, distances: few, lengths, written }
    }

    /// Bits of the table.
    pub fn bits(&self) -> u64 {
        let runs = self
            .runs
            .iter()
            .map(|run| u64::from(self.lengths[usize::from(run.symbol)]) + u64::from(extra_bits(run.symbol)));
        14 + 3 * self.written as u64 + runs.sum::<u64>()
    }

    /// Writes the table.
    pub fn write(&self, out: &mut BitWriter) {
        out.put(self.literal_lengths as u64 - 257, 5);
        out.put(self.distances as u64 - 1, 5);
        out.put(self.written as u64 - 4, 4);
        for symbol in &ORDER[..self.written] {
            out.put(u64::from(self.lengths[*symbol]), 3);
        }
        let mut table = [0; SYMBOLS];
        codes(&self.lengths, &mut table);
        for run in &self.runs {
            let code = table[usize::from(run.symbol)];
            out.put(u64::from(code >> COUNT_BITS), code & COUNT);
            out.put(u64::from(run.extra), extra_bits(run.symbol));
        }
    }
}

fn push_run(runs: &mut Vec<Run>, length: u8, mut times: usize) {
    if length > 0 {
        runs.push(Run { symbol: length, extra: 0 });
        times -= 1;
    }
    while times > 0 {
        let (symbol, least, most) = match (length, times) {
            (0, 11..) => (18, 11, 138),
            (0, 3..) => (17, 3, 10),
            (1.., 3..) => (16, 3, 6),
            _ => (length, 1, 1),
        };
        let taken = times.min(most);
        runs.push(Run { symbol, extra: (taken - least) as u8 });
        times -= taken;
    }
}
