//! A plain reader of baseline JPEG, bit by bit: the quantised coefficients, and where restart markers stand.
//!
//! It shares nothing with the codec under test and has no mercy: what is not as T.81 wants it, panics.

#![allow(dead_code, clippy::unwrap_used, clippy::panic, reason = "test code; no test uses all of it")]

use std::collections::HashMap;

/// One component.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    /// Blocks in a row, those that fill up the last MCU included.
    pub columns: usize,
    /// In zigzag order, row by row.
    pub blocks: Vec<[i32; 64]>,
    /// In zigzag order.
    pub steps: Vec<u8>,
    /// Blocks of an MCU.
    pub mcu: (usize, usize),
}

impl Plane {
    pub fn block(&self, x: usize, y: usize) -> &[i32; 64] {
        &self.blocks[y * self.columns + x]
    }
}

/// A decoded file.
pub struct Coefficients {
    pub width: usize,
    pub height: usize,
    pub planes: Vec<Plane>,
    /// The numbers of the restart markers, in order.
    pub restarts: Vec<u8>,
    pub comment: Option<String>,
}

/// Symbols by code length and code.
type Codes = HashMap<(u32, u32), u8>;

struct BitStream<'b> {
    bytes: &'b [u8],
    at: usize,
    bit: u32,
}

impl BitStream<'_> {
    fn bit(&mut self) -> u32 {
        let byte = self.bytes[self.at];
        let bit = byte >> (7 - self.bit) & 1;
        self.bit += 1;
        if self.bit == 8 {
            self.bit = 0;
            self.at += 1;
            if byte == 0xff {
                assert_eq!(self.bytes[self.at], 0, "a marker inside of the data");
                self.at += 1;
            }
        }
        bit.into()
    }

    fn value(&mut self, size: u8) -> i32 {
        let bits = (0..size).fold(0, |bits, _| bits << 1 | self.bit()) as i32;
        if size > 0 && bits < 1 << (size - 1) { bits + 1 - (1 << size) } else { bits }
    }

    fn symbol(&mut self, codes: &Codes) -> u8 {
        let mut code = 0;
        for length in 1..=16 {
            code = code << 1 | self.bit();
            if let Some(symbol) = codes.get(&(length, code)) {
                return *symbol;
            }
        }
        panic!("no such code");
    }

    /// The marker that follows, behind padding of ones.
    fn marker(&mut self) -> u8 {
        while self.bit != 0 {
            assert_eq!(self.bit(), 1, "padding");
        }
        assert_eq!(self.bytes[self.at], 0xff, "data behind the last MCU of an interval");
        self.at += 2;
        self.bytes[self.at - 1]
    }
}

/// Reads a file.
pub fn coefficients(bytes: &[u8]) -> Coefficients {
    assert_eq!(bytes[..2], [0xff, 0xd8]);
    let word = |at: usize| usize::from(bytes[at]) << 8 | usize::from(bytes[at + 1]);
    let mut at = 2;
    let (mut tables, mut steps) = (HashMap::new(), HashMap::new());
    let (mut interval, mut comment) = (0, None);
    let (mut width, mut height) = (0, 0);
    let mut components = Vec::new();
    loop {
        assert_eq!(bytes[at], 0xff);
        let (marker, length) = (bytes[at + 1], word(at + 2));
        let segment = &bytes[at + 4..at + 2 + length];
        match marker {
            0xdb => {
                for table in segment.chunks(65) {
                    steps.insert(table[0], table[1..].to_vec());
                }
            }
            0xc0 => {
                (height, width) = (word(at + 5), word(at + 7));
                components = segment[6..].chunks(3).map(<[u8]>::to_vec).collect();
            }
            0xc4 => {
                let mut rest = segment;
                while let [id, tail @ ..] = rest {
                    let (counts, tail) = tail.split_at(16);
                    let (mut codes, mut code, mut taken) = (Codes::new(), 0, 0);
                    for (length, count) in (1..).zip(counts) {
                        for _ in 0..*count {
                            codes.insert((length, code), tail[taken]);
                            code += 1;
                            taken += 1;
                        }
                        code <<= 1;
                    }
                    tables.insert(*id, codes);
                    rest = &tail[taken..];
                }
            }
            0xdd => interval = word(at + 4),
            0xfe => comment = Some(String::from_utf8(segment.to_vec()).unwrap()),
            0xe0..=0xef => {}
            0xda => {
                at += 2 + length;
                let selectors = &segment[1..segment.len() - 3];
                let scan = Scan { tables: &tables, interval, components: &components, selectors };
                let mut planes = Vec::new();
                let most =
                    |place: u8| components.iter().map(|c| usize::from(c[1] >> place & 15)).max().unwrap();
                let (h, v) = if components.len() == 1 { (1, 1) } else { (most(4), most(0)) };
                let (columns, rows) = (width.div_ceil(8 * h), height.div_ceil(8 * v));
                for component in &components {
                    let alone = components.len() == 1;
                    let mcu = if alone {
                        (1, 1)
                    } else {
                        (usize::from(component[1] >> 4), usize::from(component[1] & 15))
                    };
                    planes.push(Plane {
                        columns: columns * mcu.0,
                        blocks: vec![[0; 64]; columns * mcu.0 * rows * mcu.1],
                        steps: steps[&component[2]].clone(),
                        mcu,
                    });
                }
                let stream = BitStream { bytes, at, bit: 0 };
                let restarts = scan.read(stream, columns, rows, &mut planes);
                return Coefficients { width, height, planes, restarts, comment };
            }
            other => panic!("marker {other:x}"),
        }
        at += 2 + length;
    }
}

struct Scan<'s> {
    tables: &'s HashMap<u8, Codes>,
    interval: usize,
    components: &'s [Vec<u8>],
    selectors: &'s [u8],
}

impl Scan<'_> {
    fn read(&self, mut stream: BitStream<'_>, columns: usize, rows: usize, planes: &mut [Plane]) -> Vec<u8> {
        let mut predicted = vec![0; self.components.len()];
        let mut restarts = Vec::new();
        for mcu in 0..columns * rows {
            if self.interval > 0 && mcu > 0 && mcu % self.interval == 0 {
                let marker = stream.marker();
                assert!((0xd0..=0xd7).contains(&marker), "no restart marker but {marker:x}");
                restarts.push(marker & 7);
                predicted.fill(0);
            }
            for (i, plane) in planes.iter_mut().enumerate() {
                let id = self.selectors[i * 2 + 1];
                let (dc, ac) = (&self.tables[&(id >> 4)], &self.tables[&(0x10 | id & 15)]);
                for part in 0..plane.mcu.0 * plane.mcu.1 {
                    let x = mcu % columns * plane.mcu.0 + part % plane.mcu.0;
                    let y = mcu / columns * plane.mcu.1 + part / plane.mcu.0;
                    let block = &mut plane.blocks[y * plane.columns + x];
                    let size = stream.symbol(dc);
                    assert!(size <= 11);
                    predicted[i] += stream.value(size);
                    block[0] = predicted[i];
                    let mut k = 1;
                    while k < 64 {
                        let symbol = stream.symbol(ac);
                        let (run, size) = (usize::from(symbol >> 4), symbol & 15);
                        if symbol == 0 {
                            break;
                        }
                        assert!(symbol == 0xf0 || (1..=10).contains(&size));
                        k += run;
                        block[k] = stream.value(size);
                        k += 1;
                    }
                }
            }
        }
        assert_eq!(stream.marker(), 0xd9, "EOI");
        restarts
    }
}
