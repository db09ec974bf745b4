//! Blocks: stored, with fixed codes, with codes of their own (RFC 1951, section 3.2.3).

use super::alphabet::{
    DISTANCES, END, LITERAL_LENGTHS, LITERAL_LENGTHS_USED, distance_extra_bits, distance_symbol,
    length_extra_bits, length_symbol,
};
use super::bits::{BitWriter, Pen};
use super::code_lengths::{COUNT, COUNT_BITS, code_lengths, codes};
use super::code_table::CodeTable;
use super::prices::Prices;
use super::sequences::{Sequence, Sequences};

/// Longest code of a literal or length: with 14 bits, four literals fit into one write. Nothing is lost by it.
const LITERAL_BITS: usize = 14;
/// Longest code of a distance.
const DISTANCE_BITS: usize = 15;

/// The code lengths of a block, and what the block takes with them.
pub struct Codes {
    literal_lengths: [u8; LITERAL_LENGTHS],
    distances: [u8; DISTANCES],
    /// The table of the lengths, none for the fixed codes.
    table: Option<CodeTable>,
    bits: u64,
}

impl Codes {
    /// The codes with which a block becomes smallest.
    pub fn best(counts: &[u32; LITERAL_LENGTHS], distance_counts: &[u32; DISTANCES]) -> Self {
        let mut own = Self { literal_lengths: [0; _], distances: [0; _], table: None, bits: 0 };
        code_lengths(&counts[..LITERAL_LENGTHS_USED], LITERAL_BITS, &mut own.literal_lengths);
        code_lengths(distance_counts, DISTANCE_BITS, &mut own.distances);
        let table = CodeTable::new(&own.literal_lengths, &own.distances);
        own.bits = table.bits() + own.data_bits(counts, distance_counts);
        own.table = Some(table);
        let mut fixed = Self::fixed();
        fixed.bits = fixed.data_bits(counts, distance_counts);
        if fixed.bits < own.bits { fixed } else { own }
    }

    /// RFC 1951, section 3.2.6.
    fn fixed() -> Self {
        let mut literal_lengths = [8; LITERAL_LENGTHS];
        literal_lengths[144..256].fill(9);
        literal_lengths[256..280].fill(7);
        Self { literal_lengths, distances: [5; DISTANCES], table: None, bits: 0 }
    }

    /// Bits of the block, its three bits of header among them.
    pub const fn bits(&self) -> u64 {
        self.bits
    }

    fn data_bits(&self, counts: &[u32; LITERAL_LENGTHS], distance_counts: &[u32; DISTANCES]) -> u64 {
        let sum = |counts: &[u32], lengths: &[u8], extra_bits: fn(usize) -> u8| -> u64 {
            let all = counts.iter().zip(lengths).enumerate();
            all.map(|(s, (count, length))| u64::from(*count) * u64::from(*length + extra_bits(s))).sum()
        };
        3 + sum(counts, &self.literal_lengths, length_extra_bits)
            + sum(distance_counts, &self.distances, distance_extra_bits)
    }

    /// What symbols cost in this block.
    fn prices(&self, counts: &[u32; LITERAL_LENGTHS]) -> Prices {
        Prices::new(&self.literal_lengths, &self.distances, counts)
    }

    /// Writes the block. `data` is what the sequences and the literals after them cover.
    fn write(&self, out: &mut BitWriter, sequences: &[Sequence], data: &[u8]) {
        // The head is written before the rest, which may then take more than its share of the bits.
        match &self.table {
            Some(table) => {
                out.put(0b100, 3);
                table.write(out);
            }
            None => out.put(0b010, 3),
        }
        out.reserve(self.bits);
        out.with_pen(|pen| self.write_data(pen, sequences, data));
    }

    // A function of its own, so that its loops have all registers.
    #[inline(never)]
    fn write_data(&self, out: &mut Pen<'_>, sequences: &[Sequence], data: &[u8]) {
        let (mut literals, mut distances) = ([0; LITERAL_LENGTHS], [0; DISTANCES]);
        codes(&self.literal_lengths, &mut literals);
        codes(&self.distances, &mut distances);
        let end = literals[END];
        let lengths = whole_lengths(&literals);
        let literals: &[u32; 256] = literals.first_chunk().unwrap_or(&[0; 256]);
        let mut rest = data;
        for sequence in sequences {
            let (run, after) = rest.split_at_checked(sequence.literals as usize).unwrap_or((rest, &[]));
            write_literals(out, literals, run);
            let length = lengths[usize::from(sequence.length.wrapping_sub(3) & 255)];
            let distance = distance_symbol(sequence.distance);
            let code = distances[usize::from(distance.symbol) % DISTANCES];
            let so_far = length + code;
            out.put(
                u64::from(length >> COUNT_BITS)
                    | u64::from(code >> COUNT_BITS) << (length & COUNT)
                    | u64::from(distance.extra) << (so_far & COUNT),
                (so_far & COUNT) + u32::from(distance.extra_bits),
            );
            rest = after.get(usize::from(sequence.length)..).unwrap_or(&[]);
        }
        write_literals(out, literals, rest);
        out.put(u64::from(end >> COUNT_BITS), end & COUNT);
    }
}

/// Code and extra bits of each length from 3, as one code.
fn whole_lengths(codes: &[u32; LITERAL_LENGTHS]) -> [u32; 256] {
    std::array::from_fn(|at| {
        let symbol = length_symbol(at as u16 + 3);
        let code = codes[usize::from(symbol.symbol) % LITERAL_LENGTHS];
        let extra = u32::from(symbol.extra) << (code & COUNT);
        code + (extra << COUNT_BITS) + u32::from(symbol.extra_bits)
    })
}

/// Writes literals three at a time: mostly they are pixels.
#[inline(always)]
fn write_literals(out: &mut Pen<'_>, codes: &[u32; 256], run: &[u8]) {
    let code = |byte: u8| codes[usize::from(byte)];
    let (threes, rest) = run.as_chunks::<3>();
    for [a, b, c] in threes {
        let (a, b, c) = (code(*a), code(*b), code(*c));
        // The numbers of bits add up without a carry into the codes that mattered.
        let bits = u64::from(a >> COUNT_BITS)
            | u64::from(b >> COUNT_BITS) << (a & COUNT)
            | u64::from(c >> COUNT_BITS) << ((a + b) & COUNT);
        out.put(bits, (a + b + c) & COUNT);
    }
    for byte in rest {
        let code = code(*byte);
        out.put(u64::from(code >> COUNT_BITS), code & COUNT);
    }
}

/// Most bytes of a stored block.
const STORED_BYTES: usize = 65_535;

/// Writes a block, or stores `data` when that is shorter. `data` is what the sequences and the literals after them
/// cover. Returns what symbols cost in it.
pub fn write(out: &mut BitWriter, sequences: &Sequences, data: &[u8]) -> Prices {
    let (list, counts, distance_counts) = sequences.counted();
    let codes = Codes::best(&counts, &distance_counts);
    let stored = (data.len() + data.len().div_ceil(STORED_BYTES) * 5) as u64 * 8;
    if codes.bits() < stored {
        codes.write(out, list, data);
    } else {
        data.chunks(STORED_BYTES).for_each(|piece| store(out, piece));
    }
    codes.prices(&counts)
}

/// A stored block of at most 65,535 bytes. An empty one is the sync flush that ends a strip on a whole byte.
pub fn store(out: &mut BitWriter, data: &[u8]) {
    out.put(0, 3);
    let length = data.len() as u16;
    out.align();
    out.put_bytes(&length.to_le_bytes());
    out.put_bytes(&(!length).to_le_bytes());
    out.put_bytes(data);
}
